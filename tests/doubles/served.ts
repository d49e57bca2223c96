/**
 * An app with pictures, and what it serves as pixels.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type OutputFormat, outputOfExtension } from "../../codec/formats.ts";
import { fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "./app.ts";
import { decodePicture, type Picture } from "./decode.ts";

/** What a test asks of the app. */
export interface Served {
  readonly app: TestApp;
  readonly john: TestUser;
  /** The answer to a path below `/i/john/`. */
  get(path: string): Promise<Response>;
  /** Its bytes, when it is a 200. */
  bytes(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Its pixels by an independent decoder, chosen by the path's ending. */
  pixels(path: string): Promise<Picture>;
}

/** Runs a test on an app whose user john has uploaded fixtures under their own names. */
export async function withServed(
  names: readonly string[],
  run: (served: Served) => Promise<void>,
  options: TestAppOptions = {},
): Promise<void> {
  const app = await startTestApp(options);
  try {
    const john = await app.addUser("john");
    for (const name of names) {
      const answer = await app.upload(john, await fixture(name), name);
      assertEquals(answer.status, 201, await answer.text());
    }
    const get = (path: string) => app.request(`/i/john/${path}`);
    const bytes = async (path: string) => {
      const response = await get(path);
      assertEquals(response.status, 200, response.status === 200 ? "" : `${path}: ${await response.clone().text()}`);
      return new Uint8Array(await response.arrayBuffer());
    };
    const pixels = async (path: string) => await decodePicture(formatOf(path), await bytes(path));
    await run({ app, john, get, bytes, pixels });
  } finally {
    await app.close();
  }
}

function formatOf(path: string): OutputFormat {
  return outputOfExtension(/\.(\w+)(\?|$)/.exec(path)?.[1] ?? "")!;
}

/** Greatest difference of two pictures of one size, over every channel. */
export function greatestDifference(a: Picture, b: Picture): number {
  assertEquals([a.width, a.height], [b.width, b.height]);
  return a.data.reduce((most, value, at) => Math.max(most, Math.abs(value - b.data[at]!)), 0);
}

/** Mean difference of two pictures of one size, over every channel. */
export function meanDifference(a: Picture, b: Picture): number {
  assertEquals([a.width, a.height], [b.width, b.height]);
  return a.data.reduce((sum, value, at) => sum + Math.abs(value - b.data[at]!), 0) / a.data.length;
}

/** A part of a picture, px by px. */
export function cut(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 4;
    data.set(picture.data.subarray(from, from + width * 4), y * width * 4);
  }
  return { width, height, data };
}

/** A picture made of another one by a rule for each px. */
export function painted(
  { width, height }: { readonly width: number; readonly height: number },
  rule: (x: number, y: number) => readonly number[],
): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at++) data.set(rule(at % width, Math.floor(at / width)), at * 4);
  return { width, height, data };
}

/** What an upload's record says of its picture: colours, hashes, flags and dates, beside the reference packages. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode as blurhashOf } from "blurhash";
import { rgbaToThumbHash, thumbHashToAverageRGBA, thumbHashToRGBA } from "thumbhash";
import { CodecError } from "../../codec/errors.ts";
import { fixture, startTestApp, type TestApp, type TestAppOptions } from "../doubles/app.ts";
import { decodePicture, type Picture } from "../doubles/decode.ts";
import { painted } from "../doubles/served.ts";

interface Look {
  readonly dominant_color: string | null;
  readonly thumbhash: string | null;
  readonly blurhash: string | null;
  readonly has_alpha: boolean;
  readonly is_animated: boolean;
  readonly taken_at: string | null;
}

/** Uploads a file and reads the keys back from get and list, which must agree. */
async function lookOf(app: TestApp, name: string, file: Uint8Array<ArrayBuffer>): Promise<Look> {
  const user = await app.addUser(`user${crypto.randomUUID().slice(0, 8)}`);
  const upload = await app.upload(user, file, name);
  const uploaded = await upload.json();
  assertEquals(upload.status, 201, JSON.stringify(uploaded));
  const answer = await (await app.request(`/api/v1/images/${uploaded.id}`, { headers: user.auth })).json();
  const list = await (await app.request("/api/v1/images", { headers: user.auth })).json();
  const pick = (o: Record<string, unknown>) => {
    const { dominant_color, thumbhash, blurhash, has_alpha, is_animated, taken_at } = o;
    return { dominant_color, thumbhash, blurhash, has_alpha, is_animated, taken_at } as unknown as Look;
  };
  assertEquals(pick(list.images[0]), pick(answer.metadata));
  return pick(answer.metadata);
}

async function withLook(
  name: string,
  run: (look: Look, file: Uint8Array<ArrayBuffer>) => Promise<void> | void,
  options: TestAppOptions = {},
) {
  const app = await startTestApp(options);
  try {
    const file = await fixture(name);
    await run(await lookOf(app, name, file), file);
  } finally {
    await app.close();
  }
}

const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Mean of the commonest colour, by boxes of 16 values a channel; px weigh by alpha, those under half don't count. */
function dominantOf({ data }: Picture): string {
  const boxes = new Map<string, number[]>();
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, a] = data.subarray(at, at + 4) as unknown as [number, number, number, number];
    if (a < 128) continue;
    const key = [r, g, b].map((v) => v >> 4).join();
    const [sr, sg, sb, n] = boxes.get(key) ?? [0, 0, 0, 0];
    boxes.set(key, [sr! + r * a, sg! + g * a, sb! + b * a, n! + a]);
  }
  const [r, g, b, n] = [...boxes.values()].toSorted((p, q) => q[3]! - p[3]!)[0]!;
  return [r!, g!, b!].map((v) => Math.round(v / n!).toString(16).padStart(2, "0")).join("");
}

// Up to 100 px the copy is the picture itself, so that both sides see the same px.
for (const name of ["quarters.png", "fading.png", "framed.png"]) {
  Deno.test(`uploadImage() tells the hashes of ${name} as the reference packages do`, () =>
    withLook(name, async (look, file) => {
      const { data, width, height } = await decodePicture("png", file);
      assertEquals(look.thumbhash, toBase64(rgbaToThumbHash(width, height, data)));
      assertEquals(look.blurhash, blurhashOf(data as Uint8ClampedArray<ArrayBuffer>, width, height, 4, 3));
      assertEquals(look.dominant_color, dominantOf({ data, width, height }));
    }));
}

/** Means of boxes of px: a copy of at most 100 px a side. */
function smallCopy(picture: Picture): Picture {
  const factor = 100 / Math.max(picture.width, picture.height);
  const [width, height] = [Math.round(picture.width * factor), Math.round(picture.height * factor)];
  const start = (at: number, from: number, to: number) => Math.floor((at * from) / to);
  return painted({ width, height }, (x, y) => {
    const sums = [0, 0, 0, 0];
    const [left, right] = [start(x, picture.width, width), start(x + 1, picture.width, width)];
    const [top, bottom] = [start(y, picture.height, height), start(y + 1, picture.height, height)];
    for (let sy = top; sy < bottom; sy++) {
      for (let sx = left; sx < right; sx++) {
        for (let c = 0; c < 4; c++) sums[c]! += picture.data[(sy * picture.width + sx) * 4 + c]!;
      }
    }
    return sums.map((sum) => Math.round(sum / ((right - left) * (bottom - top))));
  });
}

Deno.test("uploadImage() tells hashes of a photo that show its colours and its ratio", () =>
  withLook("sample.jpg", async (look, file) => {
    const copy = smallCopy(await decodePicture("jpeg", file));
    const hash = fromBase64(look.thumbhash!);
    const small = thumbHashToRGBA(hash);
    assert(Math.abs(small.w / small.h - 1600 / 1067) < 0.2, `${small.w}×${small.h}`);
    const found = thumbHashToAverageRGBA(hash);
    const expected = thumbHashToAverageRGBA(rgbaToThumbHash(copy.width, copy.height, copy.data));
    for (const channel of ["r", "g", "b", "a"] as const) {
      assert(Math.abs(found[channel] - expected[channel]) <= 0.02, `${channel}: ${found[channel]}`);
    }
    const reference = blurhashOf(copy.data as Uint8ClampedArray<ArrayBuffer>, copy.width, copy.height, 4, 3);
    assertEquals([look.blurhash!.length, look.blurhash!.slice(0, 1)], [reference.length, reference.slice(0, 1)]);
    const channels = (hex: string) => hex.match(/../g)!.map((h) => parseInt(h, 16));
    const expectedColour = channels(dominantOf(copy));
    channels(look.dominant_color!).forEach((v, at) => assert(Math.abs(v - expectedColour[at]!) <= 8));
  }));

Deno.test("uploadImage() hashes the picture as it is shown, turned by EXIF", () =>
  withLook("quarters-turned.jpg", (look) => {
    const small = thumbHashToRGBA(fromBase64(look.thumbhash!));
    assert(small.w < small.h, `${small.w}×${small.h}`);
    // Turned, blue is at the top left and yellow at the bottom left.
    const [r, g, b] = small.rgba.subarray((small.w * 2 + 2) * 4, (small.w * 2 + 2) * 4 + 3);
    assert(b! > r! && b! > g!, `top left is ${r},${g},${b}`);
  }));

for (
  const [name, hasAlpha, isAnimated] of [
    ["quarters.jpg", false, false],
    ["quarters.png", false, false],
    ["fading.png", true, false],
    ["fading.webp", true, false],
    ["movie.gif", false, true],
    ["movie.png", false, true],
    ["movie.webp", false, true],
    ["quarters.avif", false, false],
    // Its encoder writes an alpha channel always: no px of it is clear.
    ["quarters.jxl", false, false],
  ] as const
) {
  Deno.test(`uploadImage() says whether ${name} moves and has transparency`, () =>
    withLook(name, (look) => {
      assertEquals([look.has_alpha, look.is_animated], [hasAlpha, isAnimated]);
      assertMatch(look.dominant_color!, /^[0-9a-f]{6}$/);
      assert(fromBase64(look.thumbhash!).length >= 5 && look.blurhash!.length === 28);
    }));
}

Deno.test("uploadImage() calls a drawing opaque when no px of it is clear, and only then", async () => {
  const app = await startTestApp();
  const drawing = (body: string) =>
    new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">${body}</svg>`);
  const ground = `<rect width="400" height="300" fill="#369"/>`;
  const look = async (body: string) => (await lookOf(app, "drawing.svg", drawing(body))).has_alpha;
  try {
    assertEquals(await look(ground), false);
    assertEquals(await look(`<circle cx="200" cy="150" r="90" fill="#369"/>`), true);
    // A hole of one px is lost in a copy of 100 px.
    assertEquals(await look(`<path fill="#369" fill-rule="evenodd" d="M0 0H400V300H0ZM200 150h1v1h-1z"/>`), true);
  } finally {
    await app.close();
  }
});

Deno.test("uploadImage() keeps when the picture was taken, and null where EXIF doesn't say", async () => {
  await withLook("quarters-dated.jpg", (look) => assertEquals(look.taken_at, "2021-03-04T05:06:07"));
  for (const name of ["quarters.jpg", "quarters-turned.jpg", "quarters.png"]) {
    await withLook(name, (look) => assertEquals(look.taken_at, null, name));
  }
});

/** An app whose pool looks at no picture in time. */
async function withSlowAnalysis(error: CodecError, run: (app: TestApp) => Promise<void>) {
  const app = await startTestApp();
  const pool = app.deps.pool as { analyse: TestApp["deps"]["pool"]["analyse"] };
  pool.analyse = () => Promise.reject(error);
  try {
    await run(app);
  } finally {
    await app.close();
  }
}

for (const code of ["deadline", "crashed", "busy", "limit"] as const) {
  Deno.test(`uploadImage() takes a picture without colours and hashes when its analysis ends as ${code}`, () =>
    withSlowAnalysis(new CodecError(code, "Picture was not looked at"), async (app) => {
      const look = await lookOf(app, "movie.gif", await fixture("movie.gif"));
      assertEquals(look, {
        dominant_color: null,
        thumbhash: null,
        blurhash: null,
        taken_at: null,
        has_alpha: false,
        is_animated: true,
      });
    }));
}

Deno.test("uploadImage() ends an analysis that hangs, takes the picture and has a whole pool for the next", async () => {
  const app = await startTestApp({ pool: {} });
  const pool = app.deps.pool as { analyse: TestApp["deps"]["pool"]["analyse"] };
  const { analyse } = pool;
  pool.analyse = (_job, bytes, options) =>
    analyse({ kind: "test", does: "hang" } as never, bytes, { ...options, deadlineMs: 1_000 });
  const hung = await lookOf(app, "quarters.png", await fixture("quarters.png"));
  assertEquals([hung.dominant_color, hung.thumbhash, hung.blurhash], [null, null, null]);
  assertEquals(app.deps.pool.stats.replaced, 1);
  assertEquals(app.logged.filter(({ event }) => event === "not_analysed").map(({ code }) => code), ["deadline"]);
  pool.analyse = analyse;
  const next = await lookOf(app, "quarters.png", await fixture("quarters.png"));
  assertMatch(next.dominant_color!, /^[0-9a-f]{6}$/);
  await app.close();
});

Deno.test("uploadImage() gives the analysis a second and no more", async () => {
  const app = await startTestApp({ env: { ANALYSIS_DEADLINE_MS: "" } });
  const pool = app.deps.pool as { analyse: TestApp["deps"]["pool"]["analyse"] };
  const { analyse } = pool;
  const deadlines: (number | undefined)[] = [];
  pool.analyse = (job, bytes, options) => {
    deadlines.push(options?.deadlineMs);
    return analyse(job, bytes, options);
  };
  await lookOf(app, "quarters.png", await fixture("quarters.png"));
  assertEquals(deadlines, [1_000]);
  await app.close();
});

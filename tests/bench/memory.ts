/**
 * Part 4: peak resident memory of a process that renders, beside sharp's.
 *
 * @module
 */
import { planTransform } from "../../codec/plan.ts";
import { spawnCodecProcess } from "../../codec/spawn.ts";
import { DEFAULT_PARAMS } from "../../codec/transform.ts";
import { peakMemoryBytes, temporaryFolder } from "./children.ts";
import type { Photo } from "./photos.ts";
import { QUALITY, WIDTH } from "./pipeline.ts";
import { installSharp, startSharpServer } from "./sharp_child.ts";
import { mib, type Section } from "./table.ts";

/** How much is measured. */
export interface MemoryOptions {
  /** Renders of the photo in one process. */
  readonly renders: number;
}

/** Peaks of one process in bytes: ready, after its first render, after all. */
type Peaks = readonly [ready: number, first: number, all: number];

async function peaksOf(pid: number, renders: number, render: () => Promise<unknown>): Promise<Peaks> {
  const ready = await peakMemoryBytes(pid);
  await render();
  const first = await peakMemoryBytes(pid);
  for (let done = 1; done < renders; done++) await render();
  return [ready, first, await peakMemoryBytes(pid)];
}

async function ourPeaks(photo: Photo, renders: number): Promise<Peaks> {
  const process = spawnCodecProcess({
    denoPath: Deno.execPath(),
    env: Deno.env.toObject(),
    registry: { born: () => {}, died: () => {} },
  });
  await process.ready;
  const source = { width: photo.width, height: photo.height, orientation: 1, hasAlpha: false };
  const transform = { ...DEFAULT_PARAMS, width: WIDTH, quality: QUALITY, format: "webp" } as const;
  const plan = planTransform(source, transform, photo.width * photo.height);
  const render = () => process.run({ kind: "render", plan, sourceFormat: "jpeg" }, photo.bytes);
  const peaks = await peaksOf(process.pid, renders, render);
  process.close();
  await process.ended;
  return peaks;
}

async function sharpPeaks(photo: Photo, renders: number): Promise<Peaks> {
  await using folder = await temporaryFolder();
  await installSharp(folder.path);
  const server = await startSharpServer(folder.path);
  const path = await server.add(photo);
  const render = async () => await (await fetch(`${server.origin}${path}.webp?w=${WIDTH}`)).arrayBuffer();
  const peaks = await peaksOf(server.pid, renders, render);
  await server.stop();
  return peaks;
}

/** Measures the largest photo. */
export async function benchMemory(photos: readonly Photo[], { renders }: MemoryOptions): Promise<Section[]> {
  const photo = photos.at(-1)!;
  const ours = await ourPeaks(photo, renders);
  const theirs = await sharpPeaks(photo, renders);
  const toRow = (name: string, peaks: Peaks) => [name, ...peaks.map(mib)];
  const ratios = ours.map((bytes, i) => (bytes / theirs[i]!).toFixed(2));
  return [{
    title: "Peak resident memory",
    notes: [
      `VmHWM of a fresh process that renders the ${photo.name} JPEG to ${WIDTH} wide WebP: a codec process as the pool ` +
      "starts it, and node + sharp (one thread, no cache).",
    ],
    header: ["process", "ready, MiB", "after 1 render, MiB", `after ${renders}, MiB`],
    rows: [toRow("codec process", ours), toRow("node + sharp", theirs), ["ours/sharp", ...ratios]],
  }];
}

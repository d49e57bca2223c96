/**
 * Part 5: peak resident memory of a process that renders, beside sharp's.
 *
 * @module
 */
import { planTransform } from "../../codec/plan.ts";
import type { CodecProcess } from "../../codec/pool.ts";
import { spawnCodecProcess } from "../../codec/spawn.ts";
import { DEFAULT_PARAMS } from "../../codec/transform.ts";
import { peakMemoryBytes, temporaryFolder } from "./children.ts";
import { largestPhotos } from "./largest.ts";
import { renderJob } from "./ours.ts";
import type { Photo, Photos } from "./photos.ts";
import { QUALITY, wideTask, WIDTH } from "./pipeline.ts";
import { installSharp, startSharpServer } from "./sharp_child.ts";
import { fixed, mib, type Section } from "./table.ts";

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

/** A codec process as the pool starts it, in use, and ended after it. */
async function withProcess<T>(warmUp: boolean, use: (process: CodecProcess) => Promise<T>): Promise<T> {
  const registry = { born: () => {}, died: () => {} };
  const process = spawnCodecProcess({ denoPath: Deno.execPath(), env: Deno.env.toObject(), registry, warmUp });
  try {
    await process.ready;
    return await use(process);
  } finally {
    process.close();
    await process.ended;
  }
}

const ourPeaks = (photo: Photo, renders: number, warmUp: boolean): Promise<Peaks> =>
  withProcess(warmUp, (process) => {
    const job = renderJob(wideTask(photo, "webp"), QUALITY);
    return peaksOf(process.pid, renders, () => process.run(job, photo.bytes));
  });

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

async function repeatedSection(photo: Photo, renders: number): Promise<Section> {
  const cold = await ourPeaks(photo, renders, false);
  const warm = await ourPeaks(photo, renders, true);
  const theirs = await sharpPeaks(photo, renders);
  const toRow = (name: string, peaks: Peaks) => [name, ...peaks.map(mib)];
  const ratios = warm.map((bytes, i) => (bytes / theirs[i]!).toFixed(2));
  return {
    title: "Peak resident memory",
    notes: [
      `VmHWM of a fresh process that renders the ${photo.name} JPEG to ${WIDTH} wide WebP. The pool starts its codec ` +
      "processes with every encoder warmed up; node + sharp: one thread, no cache.",
    ],
    header: ["process", "ready, MiB", "after 1 render, MiB", `after ${renders}, MiB`],
    rows: [
      toRow("codec process", cold),
      toRow("codec process, warmed up", warm),
      toRow("node + sharp", theirs),
      ["ours, warmed up/sharp", ...ratios],
    ],
  };
}

/** One render in a process of its own: its peak and its time, or why it was refused. */
async function peakOf(photo: Photo, width: number | null): Promise<string[]> {
  const { width: w, height, hasAlpha, sourceFormat } = photo;
  const source = { width: w, height, hasAlpha, orientation: 1, frames: 1 };
  const plan = planTransform(source, { ...DEFAULT_PARAMS, width, quality: QUALITY, format: "jpeg" }, w * height);
  return await withProcess(false, async (process) => {
    const startedAt = performance.now();
    try {
      await process.run({ kind: "render", plan, sourceFormat }, photo.bytes);
    } catch (error) {
      return [mib(await peakMemoryBytes(process.pid).catch(() => NaN)), (error as Error).message];
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    return [mib(await peakMemoryBytes(process.pid)), fixed(seconds)];
  });
}

async function largestSection(photos: Photos): Promise<Section> {
  const rows: string[][] = [];
  for await (const photo of largestPhotos(photos)) {
    console.error(`memory: ${photo.name}`);
    const megapixels = (photo.width * photo.height) / 1e6;
    const wide = await peakOf(photo, WIDTH);
    rows.push([
      photo.name,
      fixed(megapixels),
      fixed(photo.bytes.length / 2 ** 20),
      ...wide,
      ...await peakOf(photo, null),
    ]);
  }
  return {
    title: "Peak memory of the largest pictures that are taken",
    notes: [
      "Each format at its own cap of pixels, where a file so large can be made here; VmHWM of a fresh codec process, not " +
      `warmed up, that renders one as JPEG, to ${WIDTH} wide and in full size. The target is 400 MB, which is 381 MiB. ` +
      "The first time of a picture, so V8 compiles in it.",
    ],
    header: [
      "picture",
      "MP",
      "file, MiB",
      `to ${WIDTH} wide: peak, MiB`,
      "s",
      "full size: peak, MiB",
      "s",
    ],
    rows,
  };
}

/** Measures the largest photo over and over, then the largest picture of every format. */
export async function benchMemory(photos: Photos, { renders }: MemoryOptions): Promise<Section[]> {
  return [await repeatedSection(photos.jpegs.at(-1)!, renders), await largestSection(photos)];
}

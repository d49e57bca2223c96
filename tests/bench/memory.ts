/**
 * Part 5: peak resident memory of a process that renders, beside sharp's.
 *
 * @module
 */
import type { OutputFormat } from "../../codec/formats.ts";
import { DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";
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

/** Outputs of the largest pictures, in full size. */
const FULL_SIZE_FORMATS = ["jpeg", "webp", "png", "jxl", "avif"] as const;

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

/** One render in a process of its own: its peak in MiB, and the size of what is not written in full; or why not. */
async function peakOf(photo: Photo, width: number | null, format: OutputFormat): Promise<string> {
  const { width: w, height, hasAlpha, sourceFormat, bytes } = photo;
  const source = { width: w, height, hasAlpha, orientation: 1, frames: 1 };
  const plan = planTransform(source, { ...DEFAULT_PARAMS, width, quality: QUALITY, format }, DEFAULT_MAX_PIXELS);
  const { output } = plan.geometry;
  const isWhole = width !== null || output.width * output.height >= w * height;
  const written = isWhole ? "" : ` (${fixed((output.width * output.height) / 1e6)} MP)`;
  return await withProcess(false, async (process) => {
    const error = await process.run({ kind: "render", plan, sourceFormat }, bytes).then(() => null, (e: Error) => e);
    const peak = await peakMemoryBytes(process.pid).catch(() => NaN);
    return error === null ? `${mib(peak)}${written}` : `${mib(peak)}: ${error.message}`;
  });
}

async function largestSection(photos: Photos): Promise<Section> {
  const rows: string[][] = [];
  for await (const photo of largestPhotos(photos)) {
    const row = [photo.name, fixed((photo.width * photo.height) / 1e6), fixed(photo.bytes.length / 2 ** 20)];
    row.push(await peakOf(photo, WIDTH, "jpeg"));
    for (const format of FULL_SIZE_FORMATS) {
      console.error(`memory: ${photo.name} → ${format}`);
      row.push(await peakOf(photo, null, format));
    }
    rows.push(row);
  }
  return {
    title: "Peak memory of the largest pictures that are taken",
    notes: [
      "Each format at its own cap of pixels, where a file so large can be made here; VmHWM of a fresh codec process, not " +
      `warmed up, that renders one, as JPEG to ${WIDTH} wide and in every format in full size, or in the size that the ` +
      "output is scaled down to: past 8 MP an AVIF is a WebP. The target is 400 MB, which is 381 MiB.",
    ],
    header: ["picture", "MP", "file, MiB", `${WIDTH} wide, MiB`, ...FULL_SIZE_FORMATS.map((name) => `${name}, MiB`)],
    rows,
  };
}

/** Measures the largest photo over and over, then the largest picture of every format. */
export async function benchMemory(photos: Photos, { renders }: MemoryOptions): Promise<Section[]> {
  return [await repeatedSection(photos.jpegs.at(-1)!, renders), await largestSection(photos)];
}

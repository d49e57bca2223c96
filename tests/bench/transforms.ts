/**
 * Part 1: time per transform, file to file, in this process; every contestant in turn on the same picture.
 *
 * @module
 */
import { OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import { createOurs } from "./ours.ts";
import type { Photo } from "./photos.ts";
import { type Pipeline, QUALITY, type Run, WIDTH } from "./pipeline.ts";
import { psnrOfFile, referenceOf } from "./quality.ts";
import { sharpPeer } from "./sharp_peer.ts";
import { median, pairedRatio } from "./stats.ts";
import { createJsquash, imagescript } from "./stock.ts";
import { fixed, kib, type Section } from "./table.ts";

/** How much is measured. */
export interface TransformOptions {
  /** Measured rounds of ours and sharp. */
  readonly rounds: number;
  /** Measured rounds of the stock pipelines, which are slow. */
  readonly stockRounds: number;
}

/** V8 compiles WASM anew while it runs hot: these rounds count for nothing. */
const WARM_UP_ROUNDS = 3;

type Runs = ReadonlyMap<Pipeline, Run[]>;

async function measure(contestants: readonly Pipeline[], rounds: number, photo: Photo, format: OutputFormat) {
  const runs = new Map<Pipeline, Run[]>(contestants.map((pipeline) => [pipeline, []]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    // Who goes first alternates, so that nobody always finds the cache as another one left it.
    for (const pipeline of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const run = await pipeline.run(photo, format);
      if (run !== null && round >= 0) runs.get(pipeline)!.push(run);
    }
  }
  return runs;
}

const cpus = (runs: readonly Run[]) => runs.map((run) => run.cpuMs);
const totals = (runs: readonly Run[]) => runs.map((run) => run.totalMs);

/** Medians of the steps, such as `12.3 + 4.5 + 78.9`; a step that is part of the one before it is left out. */
function steps(runs: readonly Run[]): string {
  if (runs.length === 0) return "–";
  const resizes = runs.flatMap((run) => run.resizeMs ?? []);
  const medians = [runs.map((run) => run.decodeMs), resizes, runs.map((run) => run.encodeMs)];
  return medians.filter((values) => values.length > 0).map((values) => fixed(median(values))).join(" + ");
}

async function nativeRow(photo: Photo, format: OutputFormat, runs: Runs, ours: Pipeline, reference: Uint8Array) {
  const [mine, theirs] = [runs.get(ours)!, runs.get(sharpPeer)!];
  const score = async (run: Run | undefined) =>
    fixed(run === undefined ? null : await psnrOfFile(run.bytes, format, reference));
  return [
    `${photo.name} → ${format}`,
    steps(mine),
    fixed(median(totals(mine))),
    steps(theirs),
    fixed(median(totals(theirs))),
    fixed(pairedRatio(totals(mine), totals(theirs)), 2),
    fixed(pairedRatio(cpus(mine), cpus(theirs)), 2),
    kib(mine[0]!.bytes.length),
    kib(theirs[0]?.bytes.length ?? null),
    await score(mine[0]),
    await score(theirs[0]),
  ];
}

function stockRow(photo: Photo, format: OutputFormat, runs: Runs, ours: Pipeline, stock: readonly Pipeline[]) {
  const mine = totals(runs.get(ours)!);
  const cells = stock.flatMap((pipeline) => {
    const theirs = runs.get(pipeline)!;
    const times = totals(theirs);
    return [
      steps(theirs),
      fixed(median(times)),
      fixed(pairedRatio(times, mine)),
      kib(theirs[0]?.bytes.length ?? null),
    ];
  });
  return [`${photo.name} → ${format}`, fixed(median(mine)), ...cells];
}

const NATIVE_HEADER = [
  "photo → format",
  "ours: decode + resize + encode, ms",
  "ours, ms",
  "sharp: decode and resize + encode, ms",
  "sharp, ms",
  "ours/sharp",
  "in CPU time",
  "ours, KiB",
  "sharp, KiB",
  "ours, dB",
  "sharp, dB",
];
const STOCK_HEADER = ["photo → format", "ours, ms"].concat(
  ["jSquash", "imagescript"].flatMap((
    name,
  ) => [`${name}: decode + resize + encode, ms`, `${name}, ms`, `${name}/ours`, `${name}, KiB`]),
);

/** Measures every photo in every output format. */
export async function benchTransforms(photos: readonly Photo[], options: TransformOptions): Promise<Section[]> {
  const ours = await createOurs();
  const stock = [await createJsquash(), imagescript];
  const native: string[][] = [];
  const baseline: string[][] = [];
  for (const photo of photos) {
    const reference = await referenceOf(photo);
    for (const format of OUTPUT_FORMATS) {
      console.error(`transforms: ${photo.name} → ${format}`);
      const runs = await measure([ours, sharpPeer], options.rounds, photo, format);
      native.push(await nativeRow(photo, format, runs, ours, reference));
      const stockRuns = await measure([ours, ...stock], options.stockRounds, photo, format);
      baseline.push(stockRow(photo, format, stockRuns, ours, stock));
    }
  }
  return [
    {
      title: `Transforms to ${WIDTH} wide beside sharp`,
      notes: [
        `Quality ${QUALITY}; WebP method 4; AVIF speed 8 (sharp: effort 1) at the same libaom quality; sharp's defaults ` +
        "otherwise. File in memory to file in memory, one thread each.",
        `Medians of ${options.rounds} rounds after ${WARM_UP_ROUNDS} of warming up, taken in turn; the ratio is the median ` +
        "of the rounds' ratios. Steps are medians of their own and need not add up.",
        "CPU time is that of all threads of this process, V8's compiler and collector included: the ratio to trust where " +
        "other programs kept the machine busy.",
        "sharp's encoding is timed apart on the same pixels. JPEG XL: sharp's prebuilt library writes none.",
        "dB: PSNR over RGB against a full decode resized by Lanczos3 (by sharp); a check that nobody is fast by being " +
        "worse, no perceptual score.",
      ],
      header: NATIVE_HEADER,
      rows: native,
    },
    {
      title: "The stock pipelines on the same pictures",
      notes: [
        "jSquash: its decoder, @jsquash/resize with Lanczos3, its encoder, with the packages' defaults but the same " +
        "quality. imagescript: native addon, resizes by nearest neighbour; writes no AVIF and no JPEG XL.",
        `Medians of ${options.stockRounds} rounds in turn with ours.`,
      ],
      header: STOCK_HEADER,
      rows: baseline,
    },
  ];
}

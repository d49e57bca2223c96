/**
 * Part 1: time per transform, file to file, in this process; every contestant in turn on the same picture.
 *
 * @module
 */
import { createEngine } from "../../codec/engine.ts";
import { OUTPUT_FORMATS } from "../../codec/formats.ts";
import { oursOf } from "./ours.ts";
import type { Photos } from "./photos.ts";
import { COVER_SIDE, coverTask, type Pipeline, QUALITY, type Run, type Task, wideTask, WIDTH } from "./pipeline.ts";
import { createJudge, type Judge } from "./quality.ts";
import { sharpPeer } from "./sharp_peer.ts";
import { median, pairedRatio } from "./stats.ts";
import { createJsquash, imagescript } from "./stock.ts";
import { fixed, kib, type Section } from "./table.ts";

/** How much is measured. */
export interface TransformOptions {
  /** Measured rounds. */
  readonly rounds: number;
}

/** V8 compiles WASM anew while it runs hot: these rounds count for nothing. */
const WARM_UP_ROUNDS = 3;
/** The stock pipelines gain little by it and take long. */
const STOCK_WARM_UP_ROUNDS = 1;

type Runs = ReadonlyMap<Pipeline, Run[]>;

async function measure(
  contestants: readonly Pipeline[],
  counts: { warmUp: number; rounds: number },
  task: Task,
): Promise<Runs> {
  const runs = new Map<Pipeline, Run[]>(contestants.map((pipeline) => [pipeline, []]));
  for (let round = -counts.warmUp; round < counts.rounds; round++) {
    // Who goes first alternates, so that nobody always finds the cache as another one left it.
    for (const pipeline of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const run = await pipeline.run(task);
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

function nameOf({ photo, format, fit }: Task): string {
  return `${photo.name} → ${fit === "cover" ? `${COVER_SIDE}² cover ` : ""}${format}`;
}

async function nativeRow(task: Task, mine: readonly Run[], theirs: readonly Run[], judge: Judge): Promise<string[]> {
  const files = [mine, theirs].flatMap((runs) => runs[0]?.bytes ?? []);
  const [myScore, theirScore] = await judge.judge(task, files);
  const peerBytes = theirs[0]?.bytes.length ?? null;
  const myBytes = mine[0]!.bytes.length;
  return [
    nameOf(task),
    steps(mine),
    fixed(median(totals(mine))),
    steps(theirs),
    fixed(median(totals(theirs))),
    fixed(pairedRatio(totals(mine), totals(theirs)), 2),
    fixed(pairedRatio(cpus(mine), cpus(theirs)), 2),
    kib(myBytes),
    kib(peerBytes),
    fixed(peerBytes && myBytes / peerBytes, 2),
    fixed(myScore!),
    fixed(theirScore ?? null),
  ];
}

function stockRow(task: Task, mine: readonly Run[], stock: readonly (readonly Run[])[]): string[] {
  const cells = stock.flatMap((theirs) => {
    const times = totals(theirs);
    return [
      steps(theirs),
      fixed(median(times)),
      fixed(pairedRatio(times, totals(mine))),
      kib(theirs[0]?.bytes.length ?? null),
    ];
  });
  return [nameOf(task), fixed(median(totals(mine))), ...cells];
}

const nativeHeader = (score: string) => [
  "picture → output",
  "ours: decode + resize + encode, ms",
  "ours, ms",
  "sharp: decode and resize + encode, ms",
  "sharp, ms",
  "ours/sharp",
  "in CPU time",
  "ours, KiB",
  "sharp, KiB",
  "KiB ours/sharp",
  `ours, ${score}`,
  `sharp, ${score}`,
];
const STOCK_HEADER = ["picture → output", "ours, ms"].concat(
  ["jSquash", "imagescript"].flatMap((
    name,
  ) => [`${name}: decode + resize + encode, ms`, `${name}, ms`, `${name}/ours`, `${name}, KiB`]),
);

/** What the issue's targets are about, and what they name beside: progressive JPEG, PNG, small covers. */
function tasksOf({ jpegs, progressive, screenshot, alpha }: Photos) {
  return {
    wide: jpegs.flatMap((photo) => OUTPUT_FORMATS.map((format) => wideTask(photo, format))),
    others: [
      ...jpegs.slice(1).map((photo) => coverTask(photo, "webp")),
      wideTask(progressive, "jpeg"),
      wideTask(progressive, "webp"),
      wideTask(screenshot, "png"),
      wideTask(screenshot, "webp"),
      wideTask(screenshot, "jpeg"),
      wideTask(alpha, "png"),
      wideTask(alpha, "webp"),
      coverTask(alpha, "webp"),
    ],
  };
}

function notesOf(judge: Judge, rounds: number): string[] {
  return [
    `Quality ${QUALITY}; WebP method 4; AVIF beside sharp's effort 4, 4:2:0; sharp's defaults otherwise. File in memory ` +
    "to file in memory, one thread each. AVIF at equal scores: a table of its own below.",
    `Medians of ${rounds} rounds after ${WARM_UP_ROUNDS} of warming up, taken in turn; the ratio is the median of the ` +
    "rounds' ratios. Steps are medians of their own and need not add up.",
    "CPU time is that of all threads of this process, V8's compiler and collector included: the ratio to trust where " +
    "other programs kept the machine busy.",
    "sharp's encoding is timed apart on the same pixels. JPEG XL: sharp's prebuilt library writes none.",
    judge.name === "dB"
      ? "dB: PSNR over RGB against a full decode resized by Lanczos3 (by sharp); no perceptual score."
      : "SSIMULACRA2 against a full decode resized by Lanczos3 (by sharp), on white where there is alpha: 100 is equal, " +
        "90 can't be told apart, 70 is high quality.",
  ];
}

/** Measures ours and sharp on every photo in every output format. */
export async function benchTransforms(photos: Photos, { rounds }: TransformOptions): Promise<Section[]> {
  const ours = oursOf(await createEngine());
  const judge = await createJudge();
  const { wide, others } = tasksOf(photos);
  const nativeRows = async (tasks: readonly Task[]) => {
    const rows: string[][] = [];
    for (const task of tasks) {
      console.error(`transforms: ${nameOf(task)}`);
      const runs = await measure([ours, sharpPeer], { warmUp: WARM_UP_ROUNDS, rounds }, task);
      rows.push(await nativeRow(task, runs.get(ours)!, runs.get(sharpPeer)!, judge));
    }
    return rows;
  };
  const native = await nativeRows(wide);
  const otherRows = await nativeRows(others);
  return [
    {
      title: `JPEG photos to ${WIDTH} wide beside sharp`,
      notes: notesOf(judge, rounds),
      header: nativeHeader(judge.name),
      rows: native,
    },
    {
      title: "Other inputs and sizes beside sharp",
      notes: [
        `Measured as above; ${WIDTH} wide where nothing else is said.`,
        "Covers: sharp resizes to whole px and then cuts, we cut exactly. The reference is laid as sharp lays it, so where " +
        "the photo's ratio gives no whole px (12 MP) ours lies half a px beside it, and its score says nothing.",
      ],
      header: nativeHeader(judge.name),
      rows: otherRows,
    },
  ];
}

/** Measures the stock pipelines beside ours on the JPEG photos. */
export async function benchStock({ jpegs }: Photos, { rounds }: TransformOptions): Promise<Section[]> {
  const ours = oursOf(await createEngine());
  const stock = [await createJsquash(), imagescript];
  const tasks = jpegs.flatMap((photo) => OUTPUT_FORMATS.map((format) => wideTask(photo, format)));
  const baseline: string[][] = [];
  for (const task of tasks) {
    console.error(`stock: ${nameOf(task)}`);
    const runs = await measure([ours, ...stock], { warmUp: STOCK_WARM_UP_ROUNDS, rounds }, task);
    baseline.push(stockRow(task, runs.get(ours)!, stock.map((pipeline) => runs.get(pipeline)!)));
  }
  return [
    {
      title: "The stock pipelines on the same pictures",
      notes: [
        "jSquash: its decoder, @jsquash/resize with Lanczos3, its encoder, with the packages' defaults but the same " +
        "quality. imagescript: native addon, resizes by nearest neighbour; writes no AVIF and no JPEG XL.",
        `Medians of ${rounds} rounds in turn with ours.`,
      ],
      header: STOCK_HEADER,
      rows: baseline,
    },
  ];
}

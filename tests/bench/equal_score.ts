/**
 * Part 2: AVIF and WebP at equal SSIMULACRA2. Encoders count quality differently, so bytes and times only compare
 * where the scores are the same: for each of sharp's qualities, ours is the lowest that scores no less.
 *
 * @module
 */
import { createEngine, type Engine } from "../../codec/engine.ts";
import { runOurs } from "./ours.ts";
import type { Photos } from "./photos.ts";
import { type Run, type Task, wideTask, WIDTH } from "./pipeline.ts";
import { createJudge, type Judge } from "./quality.ts";
import { runSharp } from "./sharp_peer.ts";
import { median } from "./stats.ts";
import { fixed, kib, type Section } from "./table.ts";

/** sharp's, on each format's own scale. */
const QUALITIES = { avif: [50, 55, 60, 65], webp: [70, 80, 90] } as const;
/** Past it ours is near-lossless, another kind of file. */
const MAX_QUALITY = 99;

interface Match {
  readonly quality: number;
  readonly score: number;
}

/** What was tried on the way to 20 %, by hand on 2026-12-01 with 4 to 10 qualities a setting. */
const AVIF_NOTES = [
  "Goal for AVIF: at most 20 % more bytes than sharp, in no more time. Ours is a build of libaom 3.14 for WASM with its " +
  "NEON code as SIMD128; its `tune=iq`, sharp's default too, is what wins: libaom 3.7 of @jsquash/avif needed 15–34 % more " +
  "bytes than sharp in about twice our time.",
  "Tried at scores between measured points, bytes against sharp's on the 1, 6 and 12 MP photos: speed 6 with 10 bits " +
  "0.99–1.01, 1.07–1.08 and 1.04–1.10, as it is; speed 7 1.04–1.08, 1.05–1.06 and 1.14–1.25 in half to three quarters of " +
  "the time; speed 5 on the 12 MP photo 0.99 in four times the time; 4:4:4 5–7 % less on the 6 MP photo, 2–3 % more on the " +
  "1 MP one; 8 bits 3–7 % more. Steps of quality are a point of score apart, and ours is the next one up: up to 4 % of bytes.",
] as const;

/** Lowest of our qualities that scores no less than `wanted`; the best there is where none does. */
async function findQuality(engine: Engine, task: Task, wanted: number, judge: Judge): Promise<Match> {
  const scoreOf = async (quality: number) => {
    const { bytes } = await runOurs(engine, task, quality);
    return (await judge.judge(task, [bytes]))[0]!;
  };
  let [low, high] = [1, MAX_QUALITY];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await scoreOf(middle) >= wanted) high = middle;
    else low = middle + 1;
  }
  return { quality: low, score: await scoreOf(low) };
}

async function timesOf(rounds: number, run: () => Promise<Run>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await run()).cpuMs);
  return median(times);
}

async function rowOf(engine: Engine, task: Task, theirQuality: number, judge: Judge, rounds: number) {
  const { bytes } = await runSharp(task, theirQuality);
  const wanted = (await judge.judge(task, [bytes]))[0]!;
  const { quality, score } = await findQuality(engine, task, wanted, judge);
  const { length } = (await runOurs(engine, task, quality)).bytes;
  const myCpu = await timesOf(rounds, () => runOurs(engine, task, quality));
  const theirCpu = await timesOf(rounds, () => runSharp(task, theirQuality));
  return [
    `${task.photo.name} → ${task.format}`,
    `${theirQuality}`,
    fixed(wanted),
    `${quality}`,
    fixed(score),
    kib(length),
    kib(bytes.length),
    fixed(length / bytes.length, 2),
    fixed(myCpu),
    fixed(theirCpu),
    fixed(myCpu / theirCpu, 2),
  ];
}

/** Nothing where there is no perceptual score. @param options rounds of timing */
export async function benchEqualScore({ jpegs }: Photos, { rounds }: { readonly rounds: number }): Promise<Section[]> {
  const judge = await createJudge();
  if (judge.name === "dB") return [];
  const engine = await createEngine();
  const rows: string[][] = [];
  for (const format of ["avif", "webp"] as const) {
    for (const photo of jpegs) {
      for (const quality of QUALITIES[format]) {
        console.error(`equal score: ${photo.name} → ${format}, sharp's quality ${quality}`);
        rows.push(await rowOf(engine, wideTask(photo, format), quality, judge, rounds));
      }
    }
  }
  return [{
    title: "AVIF and WebP at equal SSIMULACRA2",
    notes: [
      `To ${WIDTH} wide; sharp's AVIF with effort 4 and 4:2:0, its WebP with effort 4. Ours is the lowest quality that ` +
      `scores no less. CPU time of the whole transform, medians of ${rounds} rounds.`,
      ...AVIF_NOTES,
    ],
    header: [
      "photo → format",
      "sharp, quality",
      "sharp, score",
      "ours, quality",
      "ours, score",
      "ours, KiB",
      "sharp, KiB",
      "KiB ours/sharp",
      "ours CPU, ms",
      "sharp CPU, ms",
      "CPU ours/sharp",
    ],
    rows,
  }];
}

/**
 * Damaged files and odd pixels for the codecs outside the core (libavif both ways, libjxl's encoder), which cargo's
 * drivers can't reach: `outside.ts SECONDS SEED`. The same seed gives the same cases.
 *
 * A damaged file may be refused, or cost its process; a picture that is whole must come out; neither may hang.
 *
 * @module
 */
import { CodecError } from "../../codec/errors.ts";
import type { DerivativeFormat, ImageFormat } from "../../codec/formats.ts";
import type { CodecJob, Inspection } from "../../codec/job.ts";
import { DEFAULT_JOB_DEADLINE_MS, DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";
import { planTransform } from "../../codec/plan.ts";
import type { CodecProcess } from "../../codec/pool.ts";
import { spawnCodecProcess } from "../../codec/spawn.ts";
import { DEFAULT_PARAMS, type TransformParams } from "../../codec/transform.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

const CORPUS = Deno.env.get("IMGSRC_CORPUS") ?? new URL("../../../shared/corpus", import.meta.url).pathname;
const FIXTURES = new URL("../fixtures/files", import.meta.url).pathname;
/** Larger seeds take so long that few cases are left. */
const MAX_SEED_BYTES = 60_000;
const MAX_SIDE_PX = 96;
const MAX_CHANGES = 12;

type End = "taken" | "refused" | "crashed" | "hung";
type File = Uint8Array<ArrayBuffer>;

async function seedFiles(folder: string): Promise<File[]> {
  const found: File[] = [];
  const entries = [];
  for await (const entry of Deno.readDir(folder)) entries.push(entry);
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await seedFiles(path));
    else if (/\.avifs?$/.test(name) && (await Deno.stat(path)).size <= MAX_SEED_BYTES) {
      found.push(await Deno.readFile(path));
    }
  }
  return found;
}

/** Bytes changed, cut, doubled or overwritten. */
function damaged(random: SeededRandom, file: File): File {
  const out = [...file];
  for (let n = random.integer(1, MAX_CHANGES); n > 0; n--) {
    const at = random.integer(0, Math.max(0, out.length - 1));
    const change = random.pick(["bit", "byte", "edge", "cut", "copy"] as const);
    if (change === "bit") out[at]! ^= 1 << random.integer(0, 7);
    if (change === "byte") out[at] = random.integer(0, 255);
    if (change === "edge") out[at] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
    if (change === "cut" && random.integer(0, 7) === 0) out.length = at;
    if (change === "copy") out.splice(at, random.integer(0, 16), ...out.slice(at, at + random.integer(0, 16)));
  }
  return Uint8Array.from(out);
}

/** A PAM file with alpha: flat, noise, or steps. */
function picture(random: SeededRandom): { file: File; width: number; height: number } {
  const [width, height] = [random.integer(1, MAX_SIDE_PX), random.integer(1, MAX_SIDE_PX)];
  const head = new TextEncoder().encode(
    `P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`,
  );
  const kind = random.pick(["flat", "noise", "steps"] as const);
  const step = random.integer(1, 9);
  const noise = kind === "noise" ? random.bytes(width * height * 4) : null;
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, at) => {
    if (noise !== null) return noise[at]!;
    return kind === "flat" ? step * 20 + at % 4 : Math.floor(at / (4 * step)) * 37;
  });
  const file = new Uint8Array(head.length + pixels.length);
  file.set(head);
  file.set(pixels, head.length);
  return { file, width, height };
}

function someParams(random: SeededRandom): Partial<TransformParams> {
  return {
    width: random.pick([null, 1, 7, random.integer(1, 200)]),
    height: random.pick([null, null, random.integer(1, 200)]),
    fit: random.pick(["contain", "cover", "fill"]),
    quality: random.integer(1, 100),
    lossless: random.integer(0, 4) === 0,
    background: random.pick([null, null, "ff8800", "00112233"]),
    rotate: random.pick(["0", "90", "180"]),
  };
}

/** One codec process at a time, replaced when it ends. */
class Runner {
  #process: CodecProcess | null = null;

  async run(job: CodecJob, file: File): Promise<{ end: End; result: unknown }> {
    const registry = { born: () => {}, died: () => {} };
    this.#process ??= spawnCodecProcess({ denoPath: Deno.execPath(), env: Deno.env.toObject(), registry });
    const process = this.#process;
    await process.ready;
    let isHung = false;
    const timer = setTimeout(() => {
      isHung = true;
      process.kill();
    }, DEFAULT_JOB_DEADLINE_MS);
    try {
      return { end: "taken", result: (await process.run(job, file)).result };
    } catch (error) {
      if (error instanceof CodecError && error.code !== "crashed") return { end: "refused", result: null };
      process.kill();
      await process.ended;
      this.#process = null;
      return { end: isHung ? "hung" : "crashed", result: error };
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#process?.close();
    await this.#process?.ended;
  }
}

type Source = Pick<Inspection, "width" | "height" | "orientation" | "hasAlpha" | "frames">;

function renderJob(random: SeededRandom, sourceFormat: ImageFormat, source: Source): CodecJob {
  const format = random.pick<DerivativeFormat>(["avif", "jxl"]);
  const plan = planTransform(source, { ...DEFAULT_PARAMS, ...someParams(random), format }, DEFAULT_MAX_PIXELS);
  return { kind: "render", plan, sourceFormat };
}

async function damagedCase(random: SeededRandom, runner: Runner, seeds: readonly File[]): Promise<End> {
  const file = damaged(random, random.pick(seeds));
  const seen = await runner.run({ kind: "inspect", maxPixels: DEFAULT_MAX_PIXELS }, file);
  if (seen.end !== "taken") return seen.end;
  const inspection = seen.result as Inspection;
  // A plan for more than a little would fuzz the encoder's patience.
  if (inspection.width * inspection.height > 200_000) return "taken";
  return (await runner.run(renderJob(random, inspection.format, inspection), file)).end;
}

async function wholeCase(random: SeededRandom, runner: Runner): Promise<End> {
  const { file, width, height } = picture(random);
  const source = { width, height, orientation: 1, hasAlpha: true, frames: 1 };
  return (await runner.run(renderJob(random, "pnm", source), file)).end;
}

const [seconds, firstSeed] = [Number(Deno.args[0] ?? 20), Number(Deno.args[1] ?? 1)];
const hasCorpus = await Deno.stat(`${CORPUS}/manifest.tsv`).then(() => true, () => false);
const seeds = await seedFiles(hasCorpus ? CORPUS : FIXTURES);
const runner = new Runner();
const counts = new Map<string, number>();
const failures: string[] = [];
const endsAt = performance.now() + seconds * 1_000;
for (let n = 0; performance.now() < endsAt; n++) {
  const random = seededRandom(firstSeed * 1_000_003 + n);
  const isWhole = n % 2 === 0 || seeds.length === 0;
  const end = isWhole ? await wholeCase(random, runner) : await damagedCase(random, runner, seeds);
  const name = `${isWhole ? "whole" : "damaged"} ${end}`;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (end === "hung" || (isWhole && end !== "taken")) failures.push(`case ${n} of seed ${firstSeed}: ${name}`);
}
await runner.close();
console.log(`outside codecs: ${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}`);
failures.forEach((failure) => console.error(failure));
Deno.exit(failures.length === 0 ? 0 : 1);

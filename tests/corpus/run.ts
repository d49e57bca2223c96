/**
 * Every file of the corpus through real codec processes: a look, as at an upload, then a small WebP.
 *
 * @module
 */
import { CodecError, type CodecErrorCode } from "../../codec/errors.ts";
import type { Inspection } from "../../codec/job.ts";
import { DEFAULT_JOB_DEADLINE_MS, DEFAULT_MAX_PIXELS, MIN_DECODED_ROWS_SHARE } from "../../codec/limits.ts";
import { estimateMemoryBytes } from "../../codec/memory.ts";
import { planTransform } from "../../codec/plan.ts";
import type { CodecPool, PoolEvent, PoolStats } from "../../codec/pool.ts";
import { DEFAULT_PARAMS } from "../../codec/transform.ts";
import { startTestPool } from "../doubles/app.ts";
import { CORPUS, type CorpusFile } from "./manifest.ts";

/** How a file fared. */
export interface Outcome {
  readonly file: CorpusFile;
  /** `taken`, `cut` (too few rows were in the file), or the code of the error. */
  readonly end: "taken" | "cut" | CodecErrorCode;
  /** Words of the error; empty where it was taken. */
  readonly message: string;
  readonly ms: number;
}

/** All outcomes, and the pool as it was left. */
export interface CorpusRun {
  readonly outcomes: readonly Outcome[];
  readonly events: readonly PoolEvent[];
  readonly stats: PoolStats;
  readonly ms: number;
}

/** Three times the product's own: a hang is what is looked for, also where other tests keep the machine busy. */
const DEADLINE_MS = 3 * DEFAULT_JOB_DEADLINE_MS;
/** Width of the picture that is made, in px. */
const WIDTH = 64;
/** As at an upload. */
const INSPECT_MEMORY_BYTES = 128 * 1024 * 1024;

async function look(pool: CodecPool, bytes: Uint8Array<ArrayBuffer>): Promise<Inspection> {
  const job = { kind: "inspect", maxPixels: DEFAULT_MAX_PIXELS } as const;
  return (await pool.inspect(job, bytes, { memoryBytes: INSPECT_MEMORY_BYTES })).result;
}

async function takeOne(pool: CodecPool, bytes: Uint8Array<ArrayBuffer>): Promise<"taken" | "cut"> {
  const seen = await look(pool, bytes);
  if (seen.decodedRowsShare < MIN_DECODED_ROWS_SHARE) return "cut";
  const transform = { ...DEFAULT_PARAMS, format: "webp", width: WIDTH } as const;
  const plan = planTransform(seen, transform, DEFAULT_MAX_PIXELS);
  const memoryBytes = estimateMemoryBytes(seen.format, seen.width * seen.height);
  const { bytes: webp } = await pool.render({ kind: "render", plan, sourceFormat: seen.format }, bytes, {
    memoryBytes,
  });
  const head = new TextDecoder("latin1").decode(webp.subarray(0, 12));
  if (!/^RIFF.{4}WEBP$/s.test(head)) throw new CodecError("crashed", "Result is no WebP");
  return "taken";
}

async function runOne(pool: CodecPool, file: CorpusFile): Promise<Outcome> {
  const bytes = await Deno.readFile(new URL(file.path.split("/").map(encodeURIComponent).join("/"), CORPUS));
  const start = performance.now();
  const since = () => Math.round(performance.now() - start);
  try {
    return { file, end: await takeOne(pool, bytes), message: "", ms: since() };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { file, end: error.code, message: error.message, ms: since() };
  }
}

/** Runs all files on two processes. */
export async function runCorpus(files: readonly CorpusFile[]): Promise<CorpusRun> {
  const events: PoolEvent[] = [];
  const { pool, ended } = startTestPool({
    deadlineMs: DEADLINE_MS,
    queueTimeoutMs: 10 * DEADLINE_MS,
    onEvent: (event) => events.push(event),
  });
  const start = performance.now();
  const waiting = [...files];
  const outcomes: Outcome[] = [];
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      outcomes.push(await runOne(pool, file));
    }
  };
  await Promise.all([work(), work()]);
  const stats = await wholeAgain(pool);
  pool.kill();
  await ended();
  return { outcomes, events, stats, ms: Math.round(performance.now() - start) };
}

/** The pool once its replacements have started: each process must still take a job. */
async function wholeAgain(pool: CodecPool): Promise<PoolStats> {
  const jobs = Array.from({ length: 4 }, () => pool.run({ kind: "test", does: "echo" }, new Uint8Array([1, 2, 3])));
  await Promise.all(jobs);
  for (let tries = 0; pool.stats.idle < 3 && tries < 200; tries++) await new Promise((r) => setTimeout(r, 50));
  return pool.stats;
}

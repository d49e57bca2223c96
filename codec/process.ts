/**
 * Entry of a codec process: frames on standard input and output, one job at a time, no permissions.
 *
 * Ctrl-C reaches the whole terminal group; the server decides when this process ends, by closing its input.
 *
 * @module
 */
import { CodecError } from "./errors.ts";
import { createEngine } from "./engine.ts";
import { readFrameSync, writeFrameSync } from "./frames.ts";
import type { CodecJob, TestJob } from "./job.ts";
import { WASM_MAX_MEMORY_PAGES } from "./limits.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});

const NO_TIMINGS = { decodeMs: 0, resizeMs: 0, encodeMs: 0 };
const allowsTestJobs = Deno.args.includes("--allow-test-jobs");

function runTestJob(job: TestJob, body: Uint8Array<ArrayBuffer>) {
  if (!allowsTestJobs) throw new CodecError("bad_request", "Test jobs are not allowed");
  // deno-lint-ignore no-empty -- a loop without end is what the job is for
  if (job.does === "hang") { for (;;) {} }
  if (job.does === "trap") throw new WebAssembly.RuntimeError("unreachable");
  if (job.does === "exit") Deno.exit(3);
  if (job.does === "grow") new WebAssembly.Memory({ initial: 1, maximum: 65_536 }).grow(WASM_MAX_MEMORY_PAGES);
  return { result: {}, bytes: body, timings: NO_TIMINGS };
}

const engine = await createEngine();
writeFrameSync(Deno.stdout, { ready: true }, new Uint8Array());
if (Deno.args.includes("--warm-up")) await engine.warmUp();

for (let frame = readFrameSync(Deno.stdin); frame !== null; frame = readFrameSync(Deno.stdin)) {
  const job = frame.header.job as CodecJob;
  try {
    const answer = job.kind === "test" ? runTestJob(job, frame.body) : await engine.execute(job, frame.body);
    const { result, timings } = answer;
    writeFrameSync(Deno.stdout, { ok: true, result, timings, residentBytes: Deno.memoryUsage().rss }, answer.bytes);
  } catch (error) {
    // A typed error leaves the instances whole. Anything else may have left them in pieces: say so and go.
    const isTyped = error instanceof CodecError;
    const code = isTyped ? error.code : "crashed";
    const message = isTyped ? error.message : `Codec failed: ${(error as Error)?.message ?? error}`;
    writeFrameSync(Deno.stdout, { ok: false, code, message }, new Uint8Array());
    if (!isTyped) Deno.exit(1);
  }
}
Deno.exit(0);

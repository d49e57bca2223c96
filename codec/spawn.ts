/**
 * Starts codec processes without any permission, and sees to it that none outlives the server.
 *
 * @module
 */
import { CodecError, KilledError, toCodecErrorCode } from "./errors.ts";
import { FrameReader, writeFrame } from "./frames.ts";
import type { CodecAnswer, CodecJob } from "./job.ts";
import { WASM_MAX_MEMORY_PAGES } from "./limits.ts";
import type { CodecProcess } from "./pool.ts";

/** What the spawner needs from the composition root. */
export interface SpawnOptions {
  /** Path of the Deno executable. */
  readonly denoPath: string;
  /** Environment of the child: where Deno finds its cache, nothing else. */
  readonly env: Readonly<Record<string, string>>;
  /** Hears of births and deaths, for the watchdog and the reaper. */
  readonly registry: ProcessRegistry;
  /** Lets tests ask for a hang or a trap. Default false. */
  readonly allowTestJobs?: boolean;
  /** Uses every codec once after the start, or the first picture of each format is up to four times slower. */
  readonly warmUp?: boolean;
}

/** Remembers which processes live. */
export interface ProcessRegistry {
  born(pid: number): void;
  died(pid: number): void;
}

const ENTRY = new URL("./process.ts", import.meta.url);
const STDERR_KEPT_CHARS = 2_000;
/** A process whose output has ended is gone in a moment; it is not waited for longer than that. */
const GONE_WITHIN_MS = 1_000;

function command(options: SpawnOptions): Deno.Command {
  return new Deno.Command(options.denoPath, {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      `--v8-flags=--wasm-max-mem-pages=${WASM_MAX_MEMORY_PAGES},--expose-gc`,
      ENTRY.href,
      ...(options.allowTestJobs ? ["--allow-test-jobs"] : []),
      ...(options.warmUp ? ["--warm-up"] : []),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    // Without the last one Deno asks a name server for a newer version of itself, permissions or not.
    env: { ...options.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
}

async function keepTail(stream: ReadableStream<Uint8Array>, into: { tail: string }): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    into.tail = (into.tail + decoder.decode(chunk, { stream: true })).slice(-STDERR_KEPT_CHARS);
  }
}

/** Starts one codec process. */
export function spawnCodecProcess(options: SpawnOptions): CodecProcess {
  const child = command(options).spawn();
  options.registry.born(child.pid);
  const writer = child.stdin.getWriter();
  writer.closed.catch(() => {});
  const frames = new FrameReader(child.stdout);
  const stderr = { tail: "" };
  keepTail(child.stderr, stderr).catch(() => {});
  const ended = child.status.then(() => options.registry.died(child.pid));
  const crashed = () => new CodecError("crashed", `Codec process ended: ${stderr.tail.split("\n")[0] ?? ""}`);

  /** What to say of a process that gave no answer. */
  const gone = async (): Promise<CodecError> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), GONE_WITHIN_MS));
    const status = await Promise.race([child.status, late]);
    clearTimeout(timer);
    return status?.signal === "SIGKILL" ? new KilledError() : crashed();
  };

  const send = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch { /* It is gone already. */ }
  };

  const ready = frames.read().then((frame) => {
    if (frame?.header.ready !== true) throw crashed();
  });
  return {
    pid: child.pid,
    ready,
    ended,
    async run(job: CodecJob, bytes: Uint8Array) {
      const answered = writeFrame(writer, { job }, bytes).then(() => frames.read());
      const frame = await answered.catch(() => null);
      if (frame === null) throw await gone();
      const { header, body } = frame;
      if (header.ok !== true) throw new CodecError(toCodecErrorCode(header.code), String(header.message));
      const { result, timings } = header as unknown as CodecAnswer<unknown>;
      return { result, timings, bytes: body, residentBytes: Number(header.residentBytes) };
    },
    pause: () => send("SIGSTOP"),
    resume: () => send("SIGCONT"),
    kill: () => send("SIGKILL"),
    close() {
      writer.close().catch(() => {});
    },
  };
}

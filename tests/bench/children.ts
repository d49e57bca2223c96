/**
 * Processes that the benchmark starts, and ends.
 *
 * @module
 */

/** How long a child may take to be ready. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** A server in a process of its own. */
export interface Child {
  readonly pid: number;
  /** Origin, without a slash at its end. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** A folder of its own, removed at the end of the scope. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "imgsrc-bench-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * Starts a program with its output in a file: a pipe would have to be emptied by the process that measures.
 *
 * @param readOrigin gives the server's origin once it listens, null before
 */
export async function startChild(
  command: readonly string[],
  logPath: string,
  env: Record<string, string>,
  readOrigin: () => Promise<string | null>,
): Promise<Child> {
  const script = `log=$1; shift; exec "$@" >"$log" 2>&1`;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", logPath, ...command],
    env,
    stdin: "null",
  }).spawn();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const stop = async () => {
    if (!hasEnded) child.kill("SIGTERM");
    await child.status;
  };
  for (let waited = 0; waited < READY_TIMEOUT_MS && !hasEnded; waited += POLL_MS) {
    const origin = await readOrigin().catch(() => null);
    if (origin !== null) return { pid: child.pid, origin, stop };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await stop();
  throw new Error(`${command.join(" ")} did not start: ${await Deno.readTextFile(logPath)}`);
}

/** Reads the first match of `pattern` in a child's output. */
export function originInLog(logPath: string): () => Promise<string | null> {
  return async () => /http:\/\/127\.0\.0\.1:\d+/.exec(await Deno.readTextFile(logPath))?.[0] ?? null;
}

/** Peak resident memory of a process so far, in bytes. */
export async function peakMemoryBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

const TICK_MS = 10;

/** CPU time of a process so far, user and system, in ms; steady where the clock is not, since others' work is not in it. */
export async function cpuTimeMs(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The same of a process and of all processes below it. */
export async function cpuTimeOfTreeMs(pid: number): Promise<number> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
  const below = await Promise.all(children.split(" ").filter(Boolean).map((child) => cpuTimeOfTreeMs(Number(child))));
  return below.reduce((sum, ms) => sum + ms, await cpuTimeMs(pid).catch(() => 0));
}

/**
 * What running processes ask of the kernel, by strace.
 *
 * @module
 */
import { hasProgram } from "./has_program.ts";

/** A call, as strace prints it. `begun` and `ended` are places in the trace: who was first. */
export interface SystemCall {
  readonly pid: number;
  readonly name: string;
  /** Arguments, with paths of file descriptors in `<>`, and the result. */
  readonly text: string;
  readonly begun: number;
  readonly ended: number;
}

/** A trace under way. */
export interface Trace {
  /** Ends it. */
  stop(): Promise<SystemCall[]>;
}

/** Pairs the two halves of calls that others were faster than. */
export function readCalls(text: string): SystemCall[] {
  const open = new Map<string, { name: string; text: string; begun: number }>();
  const calls: SystemCall[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    const first = open.get(pid);
    if (resumed !== null && first !== undefined) {
      open.delete(pid);
      calls.push({ ...first, pid: Number(pid), text: first.text + resumed[2], ended: at });
    }
    const begun = /^(\w+)\((.*)$/.exec(rest);
    if (begun === null) continue;
    const [, name = "", args = ""] = begun;
    if (args.endsWith("<unfinished ...>")) {
      open.set(pid, { name, text: args.replace("<unfinished ...>", ""), begun: at });
    } else calls.push({ pid: Number(pid), name, text: args, begun: at, ended: at });
  }
  return calls;
}

/** Whether strace is here and may look into processes; says so once where not. */
async function canAttach(): Promise<boolean> {
  if (Deno.build.os !== "linux" || !await hasProgram("strace", ["-V"])) return false;
  const child = new Deno.Command("sleep", { args: ["5"] }).spawn();
  const trace = await traceProcesses([child.pid], "close").catch(() => null);
  await trace?.stop();
  child.kill("SIGKILL");
  await child.status;
  return trace !== null;
}

/** Whether processes can be traced here. */
export const HAS_STRACE: boolean = await canAttach();
if (!HAS_STRACE) console.log("skipped: what is asked of the kernel, since strace is not installed or may not attach");

/** Traces processes with all their threads. @param names of calls, with commas */
export async function traceProcesses(pids: readonly number[], names: string): Promise<Trace> {
  const file = await Deno.makeTempFile({ prefix: "imgsrc-trace-" });
  const attach = pids.flatMap((pid) => ["-p", String(pid)]);
  const child = new Deno.Command("strace", {
    args: ["-f", "-y", "-s", "40", "-e", `trace=${names}`, "-e", "signal=none", "-o", file, ...attach],
    stderr: "piped",
    stdout: "null",
  }).spawn();
  let said = "";
  const attached = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const chunk of child.stderr) {
      said += new TextDecoder().decode(chunk);
      if ([...said.matchAll(/attached/g)].length >= pids.length) attached.resolve();
    }
    attached.reject(new Error(`Strace could not attach: ${said}`));
  })();
  await attached.promise;
  return {
    async stop() {
      child.kill("SIGINT");
      await child.status;
      await reading;
      const text = await Deno.readTextFile(file);
      await Deno.remove(file);
      return readCalls(text);
    },
  };
}

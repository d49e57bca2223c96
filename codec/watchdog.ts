/**
 * Kills codec processes whose server died without saying goodbye (kill -9, out of memory).
 *
 * A codec process stuck in WASM never sees the end of its input, so somebody else has to: a shell that does nothing
 * but read lines. It learns of births and deaths on its standard input; when that ends, the server is gone, and
 * what is still alive gets SIGKILL. Where there is no shell, {@linkcode reapLeftovers} at the next start remains.
 *
 * @module
 */
import type { ProcessRegistry } from "./spawn.ts";

/**
 * How far codec processes stand back for the server, as a nice value. With two of them at work on two cores, hits, lists
 * and the making of small pictures took a third off their p90 and p99 (measured); renders wait for nobody else.
 */
const NICE = 10;

/**
 * Reads `+pid` and `-pid` lines; lets what is born stand back, where there is a renice; at the end of input kills what is
 * left. Ctrl-C is not for it.
 */
const SCRIPT = `trap '' INT TERM HUP
pids=" "
while read -r line; do
  pid=\${line#?}
  case "$line" in
    +*) pids="$pids$pid "; renice -n ${NICE} -p "$pid" > /dev/null 2>&1 ;;
    -*) case "$pids" in *" $pid "*) pids="\${pids%% $pid *} \${pids#* $pid }" ;; esac ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done`;

/** A registry backed by the watchdog and by a file for the next start. */
export interface Watchdog extends ProcessRegistry {
  /** Ends the watchdog; it kills nothing when every process has been reported dead. */
  close(): Promise<void>;
}

/**
 * Starts the watchdog.
 *
 * @param pidFile where the living pids are kept for {@linkcode reapLeftovers}
 */
export function startWatchdog(pidFile: string): Watchdog {
  const living = new Set<number>();
  const child = spawnShell();
  const writer = child?.stdin.getWriter();
  writer?.closed.catch(() => {});
  const tell = (line: string) => writer?.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  const save = () => Deno.writeTextFileSync(pidFile, [...living].join("\n"), { mode: 0o600 });
  return {
    born(pid) {
      living.add(pid);
      tell(`+${pid}`);
      save();
    },
    died(pid) {
      living.delete(pid);
      tell(`-${pid}`);
      save();
    },
    async close() {
      await writer?.close().catch(() => {});
      await child?.status;
    },
  };
}

function spawnShell(): Deno.ChildProcess | null {
  try {
    return new Deno.Command("/bin/sh", { args: ["-c", SCRIPT], stdin: "piped", stdout: "null", stderr: "null" })
      .spawn();
  } catch {
    return null;
  }
}

/**
 * Kills what an earlier run left behind. A pid counts only while its command line is a codec process of ours, so a
 * pid that was given to somebody else since is left alone.
 *
 * @returns the pids that were killed
 */
export async function reapLeftovers(pidFile: string): Promise<number[]> {
  const text = await Deno.readTextFile(pidFile).catch(() => "");
  const killed: number[] = [];
  for (const pid of text.split("\n").map(Number).filter((n) => n > 1)) {
    if (!(await commandLineOf(pid)).includes("codec/process.ts")) continue;
    if (await killHard(pid)) killed.push(pid);
  }
  return killed;
}

/** By the shell: Deno.kill() would need the permission to run everything. False where it has ended in between. */
async function killHard(pid: number): Promise<boolean> {
  return (await outputOfShell(`kill -9 ${pid}`)) !== null;
}

/** What a command line prints; null where it fails, or where there is no shell. */
async function outputOfShell(line: string): Promise<string | null> {
  try {
    const command = new Deno.Command("/bin/sh", { args: ["-c", line], stdin: "null", stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch {
    return null;
  }
}

async function commandLineOf(pid: number): Promise<string> {
  return await outputOfShell(`cat /proc/${pid}/cmdline 2>/dev/null || ps -o command= -p ${pid}`) ?? "";
}

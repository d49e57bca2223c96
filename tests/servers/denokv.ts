/**
 * A real denokv for tests: a free port, a folder of its own, gone at the end.
 *
 * @module
 */
import { hasProgram } from "../doubles/has_program.ts";
import { startListening, untilListening } from "./listening.ts";

/** A running KV server. */
export interface KvServer extends AsyncDisposable {
  readonly url: string;
  readonly accessToken: string;
  /** Opens it in this process. */
  open(): Promise<Deno.Kv>;
  signal(signal: Deno.Signal): void;
  /** Kills it: connections are refused. */
  stop(): Promise<void>;
  /** Starts it again at the same port, on the same file. */
  start(): Promise<void>;
}

const PROGRAM = `${Deno.env.get("HOME") ?? ""}/.cache/imgsrc/bin/denokv`;
/** One for all: Deno takes it from the environment, which tests of one process share. */
const ACCESS_TOKEN = "imgsrc-tests-only";

/** Starts one, or says why not and answers null. */
export async function startDenokv(): Promise<KvServer | null> {
  if (!await hasProgram(PROGRAM, ["--help"])) {
    console.log(`skipped: there is no ${PROGRAM}; .ci/run builds it where cargo is installed`);
    return null;
  }
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-denokv-" });
  const spawn = (port: number) =>
    new Deno.Command(PROGRAM, {
      args: ["--sqlite-path", `${folder}/kv.sqlite3`, "serve", "--addr", `127.0.0.1:${port}`],
      env: { DENO_KV_ACCESS_TOKEN: ACCESS_TOKEN },
      stdout: "null",
      stderr: "null",
    }).spawn();
  const { port, child: first } = await startListening(spawn);
  let child = first;
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch { /* A test has ended it. */ }
    await child.status;
  };
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    accessToken: ACCESS_TOKEN,
    open() {
      Deno.env.set("DENO_KV_ACCESS_TOKEN", ACCESS_TOKEN);
      return Deno.openKv(url);
    },
    signal: (signal) => child.kill(signal),
    stop,
    async start() {
      child = spawn(port);
      if (!await untilListening(port, child)) throw new Error(`No denokv at ${url} after it was started again`);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

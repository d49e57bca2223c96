/**
 * The real program as a process of its own, as its user starts it.
 *
 * @module
 */

import { loadConfig } from "../../routes/config.ts";
import { permissionFlags } from "../../routes/permissions.ts";

const ROOT = new URL("../../", import.meta.url);
/** Of the command line, which works on anything that it is pointed at. */
const PERMISSIONS = ["net", "read", "write", "env", "sys", "run"].map((p) => `--allow-${p}`);

/** A running server. */
export interface TestServer {
  readonly url: string;
  readonly pid: number;
  /** Everything printed so far. */
  output(): string;
  /** The log's lines of one event. */
  events(name: string): Record<string, unknown>[];
  signal(signal: Deno.Signal): void;
  readonly ended: Promise<Deno.CommandStatus>;
}

const DEFAULTS = { HOST: "127.0.0.1", PORT: "0", CODEC_PROCESSES: "1" };

/** Those that `deno task start` gives. @throws {ConfigError} */
function serverFlags(env: Readonly<Record<string, string>>): string[] {
  const root = decodeURIComponent(ROOT.pathname).replace(/\/$/, "");
  return permissionFlags(loadConfig((name) => env[name]), { root, cwd: root, denoPath: Deno.execPath() });
}

function command(
  flags: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, "main.ts", ...args],
    cwd: ROOT,
    env,
    stdout: "piped",
    stderr: "piped",
  });
}

const parseLines = (text: string): Record<string, unknown>[] =>
  text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));

/**
 * Starts the server and waits until it listens.
 *
 * @param preload a module that runs before the program; then the server may do anything
 */
export async function startServer(env: Readonly<Record<string, string>>, preload?: URL): Promise<TestServer> {
  const settings = { ...DEFAULTS, ...env };
  const flags = preload === undefined ? serverFlags(settings) : [...PERMISSIONS, "--preload", preload.href];
  const child = command(flags, [], settings).spawn();
  let text = "";
  const listening = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      const line = parseLines(text.slice(0, text.lastIndexOf("\n"))).find((l) => l.event === "listening");
      if (line !== undefined) listening.resolve(String(line.url));
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const ended = child.status.then(async (status) => {
    await reading;
    listening.reject(new Error(`Server ended before it listened:\n${text}`));
    return status;
  });
  listening.promise.catch(() => {});
  const url = await listening.promise;
  return {
    url,
    pid: child.pid,
    output: () => text,
    events: (name) => parseLines(text.slice(0, text.lastIndexOf("\n"))).filter((l) => l.event === name),
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** Runs `deno task admin …` to its end. */
export async function runMain(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await command(PERMISSIONS, args, { ...DEFAULTS, ...env }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A fresh folder that goes with the test. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

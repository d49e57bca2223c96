/**
 * The official clients of the service against the real program, each with its own script in `clients/`, as two users.
 * One that can't be installed here is skipped, and says why. The Rust one takes minutes to compile: `RUST_CLIENT=on`.
 */
import { assert, assertEquals } from "@std/assert";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";

const CLIENTS = new URL("clients/", import.meta.url);
const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);
const path = (url: URL) => decodeURIComponent(url.pathname);

interface Ran {
  readonly success: boolean;
  readonly text: string;
}

/** Runs a program to its end; one that isn't there counts as failed. */
async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ".",
): Promise<Ran> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], env, cwd }).output();
    const decoder = new TextDecoder();
    return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    return { success: false, text: String(error) };
  }
}

/** Where an installed client is: the command that runs its script, or why there is none. */
type Installed = { readonly program: string; readonly args: readonly string[] } | string;

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";

async function installPython(folder: string): Promise<Installed> {
  const made = await run("python3", ["-m", "venv", `${folder}/venv`]);
  if (!made.success) return `there is no Python with venv: ${lastLine(made.text)}`;
  const pip = await run(`${folder}/venv/bin/pip`, ["install", "--quiet", "img-src==0.3.2"]);
  if (!pip.success) return `pip could not install img-src: ${lastLine(pip.text)}`;
  return { program: `${folder}/venv/bin/python`, args: [path(new URL("python/run.py", CLIENTS))] };
}

async function installRust(folder: string): Promise<Installed> {
  if (Deno.env.get("RUST_CLIENT") !== "on") return "it takes minutes to compile; RUST_CLIENT=on runs it";
  const source = path(new URL("rust/", CLIENTS));
  const target = `${folder}/target`;
  await run("cp", ["-r", source, `${folder}/rust`]);
  const built = await run("cargo", ["build", "--quiet", "--target-dir", target], {}, `${folder}/rust`);
  if (!built.success) return `cargo could not build it: ${lastLine(built.text)}`;
  return { program: `${target}/debug/imgsrc-client-test`, args: [] };
}

async function environment(server: TestServer, dataDir: string): Promise<Record<string, string>> {
  const env = { DATA_DIR: dataDir };
  await runMain(["admin", "user", "create", "--username", "mary", "--plan", "pro", "--json"], env);
  const { stdout, stderr } = await runMain(["admin", "key", "create", "mary", "--label", "test", "--json"], env);
  const key = /imgsrc_[A-Za-z0-9]{48}/.exec(stdout)?.[0];
  assert(key !== undefined, stdout + stderr);
  return {
    IMGSRC_URL: server.url,
    IMGSRC_SAMPLE: path(SAMPLE),
    IMGSRC_KEY: (await Deno.readTextFile(`${dataDir}/first-key`)).trim(),
    IMGSRC_NAME: "owner",
    IMGSRC_OTHER_KEY: key,
    IMGSRC_OTHER_NAME: "mary",
  };
}

/** Runs a client's script against a fresh server. */
function runClient(name: string, install: (folder: string) => Promise<Installed>): Promise<void> {
  return withFolder(async (folder) => {
    const installed = await install(folder);
    if (typeof installed === "string") return console.log(`skipped the ${name} client: ${installed}`);
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir });
    const ran = await run(installed.program, installed.args, await environment(server, dataDir));
    server.signal("SIGTERM");
    const { code } = await server.ended;
    assertEquals([ran.success, lastLine(ran.text)], [true, "ok"], `${ran.text}\n${server.output()}`);
    assertEquals([code, server.events("failed")], [0, []]);
  });
}

Deno.test("the official Python client runs its whole surface", () => runClient("Python", installPython));

Deno.test("the official Rust client runs its whole surface", () => runClient("Rust", installRust));

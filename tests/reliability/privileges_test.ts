/** T6, T27, T28: what the program is made of, and what it may do. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as modules from "../../codec/codecs.js";
import { CodecError } from "../../codec/errors.ts";
import { WASM_MAX_MEMORY_PAGES } from "../../codec/limits.ts";
import { loadConfig } from "../../routes/config.ts";
import { sha256Hex } from "../../kv/ids.ts";
import { startTestPool } from "../doubles/app.ts";
import { codecPids } from "../doubles/client.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { startServer, withFolder } from "../doubles/server.ts";
import { testRow } from "./test_row.ts";

const ROOT = new URL("../../", import.meta.url);
const HAS_CARGO_DENY = await hasProgram("cargo-deny", ["--version"]) && await hasProgram("cargo", ["--version"]);

testRow("T6", "imports of every module, and an end to its memory", async (measure) => {
  assertEquals(WebAssembly.Module.imports(modules.coreModule), []);
  const names = Object.entries(modules as unknown as Record<string, WebAssembly.Module>);
  // What each of them may import is a list in tests/codec/wasm_imports_test.ts; none brings its own memory from outside.
  for (const [name, module] of names) {
    const kinds = new Set(WebAssembly.Module.imports(module).map(({ kind }) => kind));
    assert([...kinds].every((kind) => kind === "function"), `${name} imports ${[...kinds]}`);
  }
  const { pool, ended } = startTestPool({ size: 1 });
  try {
    const run = (does: "grow" | "echo") => pool.run({ kind: "test", does }, new Uint8Array([1]), {});
    for (let n = 0; n < 3; n++) {
      assertEquals((await assertRejects(() => run("grow"), CodecError)).code, "crashed");
      assertEquals([...(await run("echo")).bytes], [1]);
    }
  } finally {
    pool.kill();
    await ended();
  }
  const unsafe = await unsafeFiles();
  measure(
    `${names.length} modules, the core imports nothing, the others functions alone; memory ends at ` +
      `${WASM_MAX_MEMORY_PAGES * 64 / 1024} MB; files of the core with unsafe code: ${unsafe.join(", ")}`,
  );
});

/** Of the core, below `src`. */
async function unsafeFiles(): Promise<string[]> {
  const found: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`codec/core/src/${folder}`, ROOT))) {
      if (isDirectory) await look(`${folder}${name}/`);
      else if (name.endsWith(".rs")) {
        const text = await Deno.readTextFile(new URL(`codec/core/src/${folder}${name}`, ROOT));
        if (/\bunsafe\s*(\{|fn|impl|extern)/.test(text)) found.push(folder + name);
      }
    }
  };
  await look("");
  return found.toSorted();
}

/** Of the command, what it says last. */
async function tail(program: string, args: readonly string[]): Promise<{ isGood: boolean; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  return { isGood: success, said: new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout) };
}

testRow("T27", "locks, hashes, pinned versions, and a program that runs from the locks alone", async (measure) => {
  const [lock, config] = await Promise.all(
    ["deno.lock", "deno.json"].map(async (name) => JSON.parse(await Deno.readTextFile(new URL(name, ROOT)))),
  );
  const packages = Object.entries(lock.npm as Record<string, { integrity?: string }>);
  for (const [name, { integrity }] of packages) assert(/^sha512-/.test(integrity ?? ""), `${name} has no hash`);
  for (const [name, at] of Object.entries<string>(config.imports)) {
    assert(at.startsWith("./") || /@\d+\.\d+\.\d+$/.test(at), `${name} is not pinned: ${at}`);
  }
  const crates = await Deno.readTextFile(new URL("codec/core/crates.lock", ROOT));
  const frozen = await tail(Deno.execPath(), ["check", "--frozen", "main.ts"]);
  assert(frozen.isGood, frozen.said);
  const wasm: string[] = [];
  for await (const { name } of Deno.readDir(new URL("codec/wasm/", ROOT))) {
    if (name.endsWith(".wasm")) {
      wasm.push((await sha256Hex(await Deno.readFile(new URL(`codec/wasm/${name}`, ROOT)))).slice(0, 12));
    }
  }
  assert(wasm.length > 0);
  measure(
    `${packages.length} npm packages with SHA-512, every import pinned, ${crates.split("\n").length} lines of locked ` +
      `crates, the program checks with a frozen lock; the WASM (SHA-256 ${wasm.join(", ")}…) is rebuilt and compared ` +
      `by deno task codec:check`,
  );
});

testRow("T27", "licences, bans and sources of crates, offline", async (measure) => {
  await tail("bash", ["codec/core/lock.sh"]);
  const args = ["--offline", "--manifest-path", "codec/core/Cargo.toml", "check", "licenses", "bans", "sources"];
  const { isGood, said } = await tail("cargo-deny", args);
  assert(isGood, said);
  measure(`cargo-deny: ${said.trim().split("\n").at(-1)}`);
}, { ignore: !HAS_CARGO_DENY });

const argsOf = async (pid: number) => (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");

testRow("T28", "flags of a running server and of its codec processes", async (measure) => {
  await withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir });
    const flags = (await argsOf(server.pid)).filter((arg) => arg.startsWith("--allow") || arg === "-A");
    const lists = Object.fromEntries(flags.map((flag) => {
      const [name = "", list = ""] = flag.replace("--allow-", "").split("=");
      assert(list !== "", `${flag} allows everything of its kind`);
      return [name, list.split(",")];
    }));
    assertEquals(Object.keys(lists).toSorted(), ["env", "net", "read", "run", "write"]);
    assertEquals(lists.run!.toSorted(), ["/bin/sh", Deno.execPath()].toSorted());
    const config = loadConfig((name) => ({ HOST: "127.0.0.1", PORT: "0" })[name]);
    assert(lists.net!.every((host) => host.startsWith("127.")), `${lists.net} of ${config.HOST}`);
    const codecs = await codecPids(dataDir);
    for (const pid of codecs) {
      const args = await argsOf(pid);
      assert(args.includes("--no-prompt") && !args.some((arg) => /^(-A|--allow|--unstable)/.test(arg)), args.join(" "));
      const names = (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0").map((line) => line.split("=")[0]);
      assert(names.every((name) => !/KEY|TOKEN|SECRET|PASSWORD/.test(name!)), names.join());
    }
    server.signal("SIGTERM");
    await server.ended;
    const shown = Object.entries(lists).map(([name, list]) => `${name} ${list.length}`).join(", ");
    measure(`the server has ${shown} entries and nothing else; ${codecs.length} codec processes have no permission`);
  });
}, { ignore: Deno.build.os !== "linux" });

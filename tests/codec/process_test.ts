/** Codec processes as they really are: permissions, signals, memory, end of input. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { CodecError } from "../../codec/errors.ts";
import type { CodecProcess } from "../../codec/pool.ts";
import { spawnCodecProcess } from "../../codec/spawn.ts";

const env = Object.fromEntries(["HOME", "DENO_DIR", "PATH"].flatMap((n) => {
  const value = Deno.env.get(n);
  return value === undefined ? [] : [[n, value]];
}));

async function withProcess(run: (process: CodecProcess) => Promise<void>): Promise<void> {
  const registry = { born: () => {}, died: () => {} };
  const process = spawnCodecProcess({ denoPath: Deno.execPath(), env, registry, allowTestJobs: true });
  await process.ready;
  try {
    await run(process);
  } finally {
    process.kill();
    await process.ended;
  }
}

const ask = (process: CodecProcess, does: "hang" | "trap" | "exit" | "grow" | "echo", bytes = new Uint8Array()) =>
  process.run({ kind: "test", does }, bytes);

Deno.test("spawnCodecProcess() gives a process without a single permission", () =>
  withProcess(async ({ pid }) => {
    const args = (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");
    assertEquals(args.filter((a) => /^(-A|--allow-(?!test-jobs)|--unstable|--ext)/.test(a)), []);
    assert(args.includes("--no-prompt"));
    const environment = (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0").map((l) => l.split("=")[0]);
    const allowed = ["HOME", "DENO_DIR", "PATH", "NO_COLOR", "DENO_NO_UPDATE_CHECK", ""];
    assertEquals(environment.filter((name) => !allowed.includes(name!)), [], "no secret of the server is seen");
  }));

Deno.test("a codec process ignores Ctrl-C and ends at the end of its input", () =>
  withProcess(async (process) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.kill(process.pid, signal);
    const { bytes } = await ask(process, "echo", new Uint8Array([1, 2, 3]));
    assertEquals([...bytes], [1, 2, 3]);
    process.close();
    await process.ended;
  }));

Deno.test("a codec process can't take more WASM memory than it is given", () =>
  withProcess(async (process) => {
    const error = await assertRejects(() => ask(process, "grow"), CodecError);
    assertEquals(error.code, "crashed");
  }));

Deno.test("a codec process carries megabytes both ways", () =>
  withProcess(async (process) => {
    const sent = crypto.getRandomValues(new Uint8Array(65_536));
    const large = new Uint8Array(8 * 1024 * 1024).map((_, i) => sent[i % sent.length]!);
    const { bytes } = await ask(process, "echo", large);
    assertEquals(bytes.length, large.length);
    assert(bytes.every((b, i) => b === large[i]));
  }));

Deno.test("spawnCodecProcess() says crashed when the process leaves, traps or is killed", async () => {
  for (const does of ["exit", "trap"] as const) {
    await withProcess(async (process) => {
      assertEquals((await assertRejects(() => ask(process, does), CodecError)).code, "crashed");
    });
  }
  await withProcess(async (process) => {
    const stuck = assertRejects(() => ask(process, "hang"), CodecError);
    process.kill();
    assertEquals((await stuck).code, "crashed");
  });
});

Deno.test({
  name: "a codec process stands still when it is told to, and goes on",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withProcess(async (process) => {
      const state = async () => (await Deno.readTextFile(`/proc/${process.pid}/stat`)).split(") ")[1]![0];
      const becomes = async (...wanted: string[]) => {
        while (!wanted.includes((await state())!)) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      process.pause();
      await becomes("T");
      const answer = ask(process, "echo", Uint8Array.of(7));
      process.resume();
      assertEquals((await answer).bytes, Uint8Array.of(7));
      process.pause();
      await becomes("T");
      // A process that stands still can be killed all the same.
      process.kill();
      await process.ended;
    }),
});

Deno.test("a codec process does no test jobs unless it is told to", async () => {
  const registry = { born: () => {}, died: () => {} };
  const process = spawnCodecProcess({ denoPath: Deno.execPath(), env, registry });
  await process.ready;
  const error = await assertRejects(() => ask(process, "hang"), CodecError);
  assertEquals(error.code, "bad_request");
  process.kill();
  await process.ended;
});

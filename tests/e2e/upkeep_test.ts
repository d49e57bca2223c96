/** Care of all data at once, by the command line, with a running server and without. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../doubles/client.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);
const LONG_AGO = new Date("2020-01-01");

async function stop(server: TestServer): Promise<void> {
  server.signal("SIGTERM");
  assertEquals((await server.ended).code, 0, server.output());
}

async function uploadSample(server: TestServer, dataDir: string): Promise<string> {
  const key = await Deno.readTextFile(`${dataDir}/first-key`);
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
  assertEquals(response.status, 201);
  return (await response.json()).id;
}

async function admin(env: Readonly<Record<string, string>>, ...args: string[]) {
  const { code, stdout, stderr } = await runMain(["admin", ...args, "--json"], env);
  return { code, stderr, result: stdout === "" ? null : JSON.parse(stdout) };
}

/** A blob of nobody, and a file of a put that was killed, both old. */
async function leaveBehind(dataDir: string): Promise<string> {
  const hash = "ab".repeat(32);
  const folder = `${dataDir}/blobs/originals/user_x/ab`;
  await Deno.mkdir(folder, { recursive: true });
  for (const path of [`${folder}/${hash}.n`, `${dataDir}/blobs/.tmp/killed`]) {
    await Deno.writeTextFile(path, "bytes");
    await Deno.utime(path, LONG_AGO, LONG_AGO);
  }
  return `originals/user_x/ab/${hash}.n`;
}

Deno.test("admin verify and sweep find and remove what a crash left, with a running server and without", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const env = { DATA_DIR: dataDir };
    const server = await startServer(env);
    await uploadSample(server, dataDir);
    assertEquals((await admin(env, "verify", "--bytes", "yes")).code, 0);
    for (const isServed of [true, false]) {
      if (!isServed) await stop(server);
      const orphan = await leaveBehind(dataDir);
      const found = await admin(env, "verify");
      assertEquals([found.code, found.result.faults], [1, [`blob_without_record: ${orphan}`]]);
      const look = await admin(env, "sweep", "--dry-run", "yes");
      assertEquals([look.code, look.result.orphans_found], [0, 1]);
      const swept = await admin(env, "sweep");
      // A process that may be beside a server removes old half-written files as it opens the folder.
      assertEquals([swept.result.orphans_removed, swept.result.unfinished_removed], [1, isServed ? 1 : 0]);
      assertEquals(await Array.fromAsync(Deno.readDir(`${dataDir}/blobs/.tmp`)), []);
      const clean = await admin(env, "verify", "--bytes", "yes");
      assertEquals([clean.code, clean.result.fault_count, clean.result.images], [0, 0, 1]);
    }
    for (const wrong of [["--grace-minutes", "soon"], ["--dry-run", "perhaps"]]) {
      const { code, stderr } = await admin(env, "sweep", ...wrong);
      assertEquals(code, 1);
      assertStringIncludes(stderr, wrong[0]!);
    }
  }));

Deno.test("a server sweeps orphans by itself, at its start where it is due", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const orphan = await leaveBehind(`${folder}/data`).catch(async () => {
      await Deno.mkdir(`${dataDir}/blobs/.tmp`, { recursive: true });
      return await leaveBehind(dataDir);
    });
    const server = await startServer({ DATA_DIR: dataDir });
    await until("it has swept", () => server.events("orphans_swept").length > 0);
    assertEquals(server.events("orphans_swept")[0]!.orphans, 1);
    await Deno.stat(`${dataDir}/blobs/${orphan}`).then(
      () => assert(false, "it is still there"),
      (error) => assert(error instanceof Deno.errors.NotFound),
    );
    await stop(server);
  }));

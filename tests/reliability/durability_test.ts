/** F2, F8, F25: what stays when the power goes, when the disk is full, and in a copy made while the server works. */
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { errorOf, fixture } from "../doubles/app.ts";
import { statusOf, until, uploadTo, variantOf } from "../doubles/client.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { HAS_STRACE, type SystemCall, traceProcesses } from "../doubles/strace.ts";
import { testRow } from "./test_row.ts";

const LONG = { CODEC_DEADLINE_MS: "120000", CODEC_QUEUE_TIMEOUT_MS: "120000", QUOTAS: "off" };

async function stop(server: TestServer): Promise<void> {
  server.signal("SIGTERM");
  assertEquals((await server.ended).code, 0, server.output());
}

/** What `admin verify` says against the data, bytes read too. */
async function faultsOf(dataDir: string): Promise<string[]> {
  const { stdout, stderr } = await runMain(["admin", "verify", "--bytes", "yes", "--json"], { DATA_DIR: dataDir });
  assert(stdout !== "", stderr);
  return JSON.parse(stdout).faults;
}

/** The one call among those of a name whose text fits, and nothing when there is none. */
const find = (calls: readonly SystemCall[], names: RegExp, text: RegExp) =>
  calls.find((call) => names.test(call.name) && text.test(call.text));

/** Fails unless everything an upload wrote was synced, in the right order, before its answer was sent. */
function assertSynced(calls: readonly SystemCall[], dataDir: string): string[] {
  const placed = find(calls, /^(rename|link)/, /\.tmp\/.*originals\//);
  assert(placed !== undefined, "the original is put in place by a rename or a link");
  const [, temporary = "", place = ""] = /"([^"]+)".*"([^"]+)"/.exec(placed.text) ?? [];
  const data = find(calls, /^f(data)?sync$/, new RegExp(`<[^>]*${temporary.split("/").at(-1)}>`));
  assert(data !== undefined && data.ended < placed.begun, "the file is synced before it is put in place");
  const answer = find(calls, /^(write|writev|sendto|sendmsg)$/, /HTTP\/1\.1 201/);
  assert(answer !== undefined, "the answer is seen");
  const folders: string[] = [];
  const root = `${dataDir}/blobs`;
  for (
    let at = place.slice(0, place.lastIndexOf("/"));
    at.length >= root.length;
    at = at.slice(0, at.lastIndexOf("/"))
  ) {
    const synced = calls.find(({ name, text, begun }) =>
      name === "fsync" && text.includes(`<${at}>`) && begun > placed.ended
    );
    assert(synced !== undefined && synced.ended < answer.begun, `${at} is synced after it and before the answer`);
    folders.push(at);
  }
  const lastFolder = calls.findLast(({ name, text }) => name === "fsync" && text.includes(`<${root}`))!;
  const kv = calls.filter(({ name, text, begun, ended }) =>
    /^f(data)?sync$/.test(name) && text.includes("kv.sqlite3") && begun > placed.ended && ended < answer.begun
  );
  assert(kv.length > 0, "the record is synced before the answer");
  assert(kv.at(-1)!.begun > lastFolder.ended || kv.at(-1)!.begun > placed.ended, "bytes before the record");
  const recordWrite = calls.find(({ name, text, begun }) =>
    /^pwrite/.test(name) && text.includes("kv.sqlite3") && begun > placed.ended
  );
  assert(recordWrite !== undefined, "the record is written after the bytes are in place");
  return folders;
}

testRow("F2", "order of syncs of an upload, a delete and a hidden picture, seen by strace", async (measure) => {
  await withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, GATE: "off", ...LONG });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const names = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,pwrite64,write,writev,sendto,sendmsg";
    const traced = async (run: () => Promise<Response>): Promise<[SystemCall[], Response]> => {
      const trace = await traceProcesses([server.pid], names);
      const response = await run();
      return [await trace.stop(), response];
    };
    const [upload, taken] = await traced(async () => uploadTo(server, key, await fixture("sample.jpg"), "s.jpg"));
    assertEquals(taken.status, 201);
    const { id } = await taken.json();
    const folders = assertSynced(upload, dataDir);
    /** The last sync of the KV file before an answer, after the last write to it before that. */
    const assertRecordSynced = (calls: readonly SystemCall[], what: string) => {
      const answer = find(calls, /^(write|writev|sendto|sendmsg)$/, /HTTP\/1\.1 200/);
      const before = calls.filter(({ text, begun }) => text.includes("kv.sqlite3") && begun < (answer?.begun ?? 0));
      const isSynced = before.some(({ name, ended }) => /^f(data)?sync$/.test(name) && ended < answer!.begun);
      assert(answer !== undefined && isSynced, `${what} is synced before its answer`);
    };
    const image = `${server.url}/api/v1/images/${id}`;
    const body = JSON.stringify({ visibility: "private" });
    const [hide] = await traced(() => fetch(`${image}/visibility`, { method: "PUT", headers, body }).then(drop));
    assertRecordSynced(hide, "a change of visibility");
    const [removal] = await traced(() => fetch(image, { method: "DELETE", headers }).then(drop));
    assertRecordSynced(removal, "a delete");
    await stop(server);
    measure(
      `file synced, put in place, ${folders.length} folders synced, record written and synced, then 201; ` +
        `visibility and delete synced before their 200 (simulation: no power was cut)`,
    );
  });
}, { ignore: !HAS_STRACE });

/** Whatever it is doing; it may be gone already. */
async function end(server: TestServer): Promise<void> {
  try {
    server.signal("SIGKILL");
  } catch { /* gone */ }
  await server.ended;
}

async function drop(response: Response): Promise<Response> {
  await response.body?.cancel();
  return response;
}

/** Mounts a small file system; null where that is not allowed. */
async function mountSmall(path: string, bytes: number): Promise<AsyncDisposable | null> {
  if (Deno.build.os !== "linux") return null;
  await Deno.mkdir(path, { recursive: true });
  const run = async (program: string, ...args: string[]) => {
    try {
      return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
    } catch {
      return false;
    }
  };
  if (!await run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path)) return null;
  return { [Symbol.asyncDispose]: async () => void await run("umount", "-l", path) };
}

async function canMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  const mounted = await mountSmall(folder, 65_536);
  await mounted?.[Symbol.asyncDispose]();
  await Deno.remove(folder);
  return mounted !== null;
}

const CAN_MOUNT = await canMount();
if (!CAN_MOUNT) console.log("skipped: a full disk (F8), since a small file system can't be mounted here");

/** Fills what is left of a file system, but for some bytes. */
async function fill(path: string, leaveBytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const zeros = new Uint8Array(4_096);
  let size = 0;
  try {
    for (;;) size += await file.write(zeros);
  } catch { /* full */ }
  await file.truncate(Math.max(0, size - leaveBytes));
}

for (const [where, small] of [["all data", ""], ["blobs", "/blobs"]] as const) {
  testRow("F8", `no space for ${where}`, async (measure) => {
    await withFolder(async (folder) => {
      const dataDir = `${folder}/data`;
      await using mounted = await mountSmall(dataDir + small, 24 * 2 ** 20);
      assert(mounted !== null);
      const server = await startServer({ DATA_DIR: dataDir, MEMORY_CACHE_BYTES: "0", ...LONG });
      try {
        const key = await Deno.readTextFile(`${dataDir}/first-key`);
        const sample = await fixture("sample.jpg");
        const whole = await sha256Hex(sample);
        assertEquals((await drop(await uploadTo(server, key, sample, "kept.jpg"))).status, 201);
        assertEquals(await statusOf(`${server.url}/i/owner/kept.webp?w=50`), 200);
        const seen = new Map<string, number>();
        let taken = 1;
        // Ever less is left, so that each of the writes of an upload is the one that fails.
        for (let left = 20; left >= 0; left--) {
          await fill(`${dataDir}${small}/filler`, left * 8_192);
          const response = await uploadTo(server, key, variantOf(sample, left), `n${left}.jpg`);
          const text = await response.clone().text();
          if (response.status === 201) {
            taken++;
            await response.body?.cancel();
          } else {
            assert([503, 507].includes(response.status), `${left}: ${response.status} ${text}`);
            await errorOf(response);
          }
          seen.set(String(response.status), (seen.get(String(response.status)) ?? 0) + 1);
          const original = await fetch(`${server.url}/i/owner/kept.jpg`);
          assertEquals([original.status, await sha256Hex(await original.bytes())], [200, whole]);
          assertEquals(await statusOf(`${server.url}/i/owner/kept.webp?w=50`), 200);
          // Paid for by a commit before it is made, which may find no space.
          const made = await statusOf(`${server.url}/i/owner/kept.webp?w=${60 + left}`);
          assert([200, 503, 507].includes(made), `${left}: ${made}`);
        }
        assert((seen.get("507") ?? 0) + (seen.get("503") ?? 0) > 0, "the disk was full");
        await Deno.remove(`${dataDir}${small}/filler`);
        const ms = await until("uploads are taken again", async () => {
          const again = await uploadTo(server, key, variantOf(sample, "after"), "after.jpg");
          await again.body?.cancel();
          return again.status === 201;
        });
        const list = await fetch(`${server.url}/api/v1/images?limit=100`, {
          headers: { authorization: `Bearer ${key}` },
        });
        const { images } = await list.json();
        // A commit that failed for lack of space may have happened all the same: never fewer than were acknowledged.
        assert(images.length >= taken + 1, `${images.length} of ${taken + 1}`);
        await stop(server);
        const faults = (await faultsOf(dataDir)).filter((fault) => !fault.startsWith("blob_without_record"));
        assertEquals(faults, []);
        const shown = [...seen].map(([status, n]) => `${n} × ${status}`).join(", ");
        measure(
          `${where}: ${shown} while space ran out, reads 200 all the while, taken again after ${Math.round(ms)} ms`,
        );
      } finally {
        await end(server);
      }
    });
  }, { ignore: !CAN_MOUNT });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`).catch(ignoreAbsent);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`).catch(ignoreAbsent);
  }
}

/** Deleted while it was being copied. */
function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

testRow(
  "F25",
  "KV copied first, then the blobs, of a server at work; restored into an empty folder",
  async (measure) => {
    await withFolder(async (folder) => {
      const [dataDir, backup] = [`${folder}/data`, `${folder}/backup`];
      const server = await startServer({ DATA_DIR: dataDir, ...LONG });
      const key = await Deno.readTextFile(`${dataDir}/first-key`);
      const sample = await fixture("sample.jpg");
      /** Path → SHA-256, by the clients' own log; deleted ones are in `gone`. */
      const acknowledged = new Map<string, string>();
      const gone = new Set<string>();
      let isOver = false;
      const clients = Array.from({ length: 6 }, async (_, client) => {
        for (let n = 0; !isOver; n++) {
          const [bytes, path] = [variantOf(sample, `${client} ${n}`), `c${client}/${n}.jpg`];
          const response = await uploadTo(server, key, bytes, path);
          const answer = await response.json();
          assertEquals(response.status, 201, JSON.stringify(answer));
          acknowledged.set(path, await sha256Hex(bytes));
          if (n % 4 !== 3) continue;
          // From before it is sent on: it may be carried out at any time.
          gone.add(path);
          const headers = { authorization: `Bearer ${key}` };
          await drop(await fetch(`${server.url}/api/v1/images/${answer.id}`, { method: "DELETE", headers }));
        }
      });
      await until("there is something to lose", () => acknowledged.size >= 40, 60_000);
      const before = new Map(acknowledged);
      await Deno.mkdir(backup);
      const db = new DatabaseSync(`${dataDir}/kv.sqlite3`, { readOnly: true });
      db.exec(`VACUUM INTO '${backup}/kv.sqlite3'`);
      db.close();
      const during = acknowledged.size - before.size;
      await copyFolder(`${dataDir}/blobs`, `${backup}/blobs`);
      await Deno.copyFile(`${dataDir}/admin-token`, `${backup}/admin-token`);
      isOver = true;
      await Promise.all(clients);
      server.signal("SIGKILL");
      await server.ended;
      const restored = await startServer({ DATA_DIR: backup, ...LONG });
      const kept = [...before].filter(([path]) => !gone.has(path));
      for (const [path, hash] of kept) {
        const response = await fetch(`${restored.url}/i/owner/${path}`);
        assertEquals([response.status, await sha256Hex(await response.bytes())], [200, hash], path);
      }
      assertEquals((await drop(await uploadTo(restored, key, sample, "new.jpg"))).status, 201, "keys work");
      await stop(restored);
      // Deleted after the KV's copy and before the blobs': their records came along, their bytes did not.
      const faults = await faultsOf(backup);
      const bad = faults.filter((fault) => !/^(blob_without_record|record_without_blob)/.test(fault));
      assertEquals(bad, []);
      const dangling = faults.filter((fault) => fault.startsWith("record_without_blob")).length;
      assert(dangling <= gone.size);
      measure(
        `${kept.length} of ${kept.length} acknowledged before the copy are readable with equal SHA-256, ` +
          `copied beside ${during} more uploads; ${dangling} that were deleted in between are told by verify`,
      );
    });
  },
);

/** The store of derivatives of the real program: killed in the middle, past its cap, past its bound. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FileBlobs } from "../../kv/blobs/file.ts";
import { makeState } from "../../kv/state.ts";
import { Store } from "../../kv/store.ts";
import { until } from "../doubles/client.ts";
import { checkBlobs, checkBooks } from "../doubles/derivative_books.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { PATIENT_STORE, sleep } from "../doubles/state.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);
const CAP = 12;
/** Longer than any reservation. */
const LATER_MS = 3_600_000;

async function upload(server: TestServer, folder: string): Promise<void> {
  const key = await Deno.readTextFile(`${folder}/first-key`);
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
  assertEquals(answer.status, 201, await answer.text());
}

async function fetchWidth(server: TestServer, width: number) {
  const response = await fetch(`${server.url}/i/owner/sample.webp?w=${width}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { headers, status } = response;
  return { status, bytes, location: headers.get("content-location"), cache: headers.get("cache-control") };
}

/** Bytes of all files below a folder. Files and folders may go meanwhile. */
async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await folderBytes(path) : await Deno.stat(path).then((file) => file.size, () => 0);
  }
  return bytes;
}

/** Opens what a server left behind, at a time when nothing is under way any more. */
async function openLater(folder: string) {
  const blobs = await FileBlobs.open(`${folder}/blobs`, () => crypto.randomUUID());
  const store = new Store(await Deno.openKv(`${folder}/kv.sqlite3`), PATIENT_STORE);
  const state = makeState({
    store,
    blobs,
    now: () => Date.now() + LATER_MS,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    newUuid: () => crypto.randomUUID(),
    isAlone: true,
    memoryCacheBytes: 0,
    listMemoryBytes: 0,
    derivativeMaxBytes: 0,
    derivativeMaxPerImage: CAP,
    reservationMs: 1,
    areQuotasOn: true,
  });
  return { store, blobs, state };
}

Deno.test("kill -9 in the middle leaves books that agree, and what it left half done ends by itself", () =>
  withFolder(async (folder) => {
    const env = { DATA_DIR: folder, DERIVATIVE_MAX_PER_IMAGE: String(CAP) };
    let server = await startServer(env);
    await upload(server, folder);
    const served = new Map<number, Uint8Array>();
    for (const afterMs of [40, 120, 250]) {
      const asked = Array.from({ length: 30 }, (_, n) => afterMs + n).map(async (width) => {
        const answer = await fetchWidth(server, width).catch(() => null);
        if (answer?.status === 200 && answer.location === null) served.set(width, answer.bytes);
      });
      await sleep(afterMs);
      server.signal("SIGKILL");
      await server.ended;
      await Promise.all(asked);
      const left = await openLater(folder);
      assert((await checkBooks(left.store, CAP)).length <= CAP);
      left.store.close();
      server = await startServer(env);
    }
    // Whoever got a derivative gets the same one again, or what stands in for it.
    for (const [width, bytes] of served) {
      const again = await fetchWidth(server, width);
      assertEquals(again.status, 200);
      if (again.location === null) assertEquals(again.bytes, bytes, `w=${width}`);
    }
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
    const { store, blobs, state } = await openLater(folder);
    await state.derivativeSweep.run();
    const rows = await checkBooks(store, CAP);
    assert(rows.every(({ row }) => row.maker === null), "nothing is under way");
    await checkBlobs(blobs, rows);
    store.close();
  }));

Deno.test("a server past its cap and its bound serves every width, and keeps what was used last", () =>
  withFolder(async (folder) => {
    const server = await startServer({
      DATA_DIR: folder,
      DERIVATIVE_MAX_PER_IMAGE: "6",
      DERIVATIVE_MAX_BYTES: "30000",
      MEMORY_CACHE_BYTES: "0",
    });
    await upload(server, folder);
    const bytesOf = () => folderBytes(`${folder}/blobs/derivatives`);
    let substitutes = 0;
    for (let width = 100; width < 130; width++) {
      const { status, bytes, location, cache } = await fetchWidth(server, width);
      assertEquals([status, bytes.length > 0], [200, true]);
      if (location === null) continue;
      substitutes++;
      assertMatch(location, /^\/i\/owner\/sample\.(webp\?w=\d+|jpg)$/);
      assertEquals(cache, "public, max-age=300");
      assertEquals(new Uint8Array(await (await fetch(server.url + location)).arrayBuffer()), bytes);
    }
    assert(substitutes > 0, "6 of 30 widths fit");
    for (let width = 400; width < 430; width++) await fetchWidth(server, width);
    const popular = await fetchWidth(server, 130);
    await until("it keeps to its bound", async () => await bytesOf() <= 30_000);
    assertEquals((await fetchWidth(server, 130)).status, popular.status);
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
    const { store, blobs } = await openLater(folder);
    await checkBlobs(blobs, await checkBooks(store, 6));
    store.close();
  }));

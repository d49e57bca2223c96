import { assertEquals } from "@std/assert";
import { checksOf, Readiness } from "../../routes/_services/readiness.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { errorOf, startTestApp } from "../doubles/app.ts";
import { openState } from "../doubles/state.ts";

const ok = () => {};

Deno.test("report() is ready when every check passes", async () => {
  const readiness = new Readiness({ kv: ok, blobs: ok, codecs: ok }, () => false);
  assertEquals(await readiness.report(), { isReady: true, checks: { kv: "ok", blobs: "ok", codecs: "ok" } });
});

Deno.test("report() says of each check what is wrong, also of one that never answers", async () => {
  const readiness = new Readiness({
    kv: () => new Promise<void>(() => {}),
    blobs: () => Promise.reject(new Error("Blob folder gave an error")),
    codecs: () => {
      throw new Error("No codec process is running");
    },
  }, () => false);
  assertEquals(await readiness.report(), {
    isReady: false,
    checks: {
      kv: "No answer within 2000 ms",
      blobs: "Blob folder gave an error",
      codecs: "No codec process is running",
    },
  });
});

Deno.test("checksOf() asks KV and blobs, and wants a codec process that idles or works", async () => {
  using state = await openState();
  const gone = new MemoryBlobs(state.deps.now);
  gone.check = () => Promise.reject(new Error("Folder is gone"));
  const report = (blobs: MemoryBlobs, idle: number, busy: number) => {
    const stats = { idle, busy, queued: 0, jobs: 0, replaced: 0 };
    return new Readiness(checksOf(state.store, blobs, { stats }), () => false).report();
  };
  const isOk = { kv: "ok", blobs: "ok", codecs: "ok" };
  assertEquals((await report(new MemoryBlobs(state.deps.now), 0, 1)).checks, isOk);
  assertEquals((await report(gone, 1, 0)).checks, { ...isOk, blobs: "Folder is gone" });
  assertEquals((await report(new MemoryBlobs(state.deps.now), 0, 0)).checks, {
    ...isOk,
    codecs: "No codec process is running",
  });
});

Deno.test("report() asks once for many who ask at once, and is not ready from the moment the server leaves", async () => {
  let asked = 0;
  let isLeaving = false;
  const readiness = new Readiness({ kv: () => void asked++ }, () => isLeaving);
  await Promise.all(Array.from({ length: 50 }, () => readiness.report()));
  assertEquals(asked, 1);
  isLeaving = true;
  const checks = { server: "Server is shutting down", kv: "ok" };
  assertEquals(await readiness.report(), { isReady: false, checks });
});

Deno.test("GET /ready answers 200 or 503 with the reasons, and is never kept", async () => {
  const app = await startTestApp();
  try {
    const ready = await app.request("/ready");
    assertEquals([ready.status, await ready.json()], [200, { status: "ready", checks: {} }]);
    assertEquals(ready.headers.get("cache-control"), "no-store");
    app.deps.readiness.report = () => Promise.resolve({ isReady: false, checks: { kv: "No answer" } });
    const unready = await app.request("/ready");
    assertEquals([unready.status, await unready.json()], [503, { status: "not_ready", checks: { kv: "No answer" } }]);
  } finally {
    await app.close();
  }
});

Deno.test("a body that breaks off is the server's doing while it shuts down, and the sender's else", async () => {
  let isDraining = false;
  const app = await startTestApp({ isDraining: () => isDraining });
  const john = await app.addUser("john");
  const send = (isCutByUs: boolean) => {
    const body = new ReadableStream({
      pull: (controller) => {
        // The request was begun before.
        isDraining = isCutByUs;
        controller.error(new TypeError("Connection was reset"));
      },
    }, { highWaterMark: 0 });
    const headers = { ...john.auth, "content-type": "application/json" };
    return app.request("/api/v1/settings/presets", { method: "POST", headers, body });
  };
  const own = await send(false);
  assertEquals([own.status, (await errorOf(own)).code], [400, "VALIDATION_ERROR"]);
  const ours = await send(true);
  assertEquals([ours.status, ours.headers.has("retry-after"), (await errorOf(ours)).code], [503, true, "BUSY"]);
  isDraining = false;
  await app.close();
});

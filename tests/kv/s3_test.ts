/** Blobs in a real bucket: the suite that every store runs, in both styles, and what only a bucket has. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlobError, deletePrefix } from "../../kv/blobs/blobs.ts";
import { S3Blobs, type S3BlobsDeps } from "../../kv/blobs/s3.ts";
import type { S3Settings } from "../../kv/blobs/s3/settings.ts";
import { testBlobs } from "../conformance/blobs.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { sleep } from "../doubles/state.ts";
import { fetchAtHost, HAS_VERSITYGW, HOST_STYLE_ENDPOINT, startVersitygw } from "../servers/versitygw.ts";
import type { TestBucketServer } from "../servers/versitygw.ts";

const MIB = 1024 * 1024;

const deps: S3BlobsDeps = {
  fetch: (url, init) => fetch(url, init),
  now: Date.now,
  sleep,
  random: Math.random,
  newName: () => crypto.randomUUID(),
};

async function open(more: Partial<S3Settings> = {}) {
  const server = await startVersitygw();
  const settings = await server.addBucket(more);
  const requests: string[] = [];
  const counting: S3BlobsDeps = {
    ...deps,
    fetch: (url, init) => {
      requests.push(`${init.method} ${url.search.replace(/=[^&]*/g, "")}`);
      return settings.style === "host" ? fetchAtHost(url, init, server) : fetch(url, init);
    },
  };
  return {
    server,
    settings,
    requests,
    blobs: new S3Blobs(settings, counting),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function withBucket(run: (opened: Awaited<ReturnType<typeof open>>) => Promise<void>) {
  await using opened = await open();
  await run(opened);
}

const test = (name: string, run: (opened: Awaited<ReturnType<typeof open>>) => Promise<void>) =>
  Deno.test({ name, ignore: !HAS_VERSITYGW, fn: () => withBucket(run) });

if (HAS_VERSITYGW) {
  testBlobs("S3Blobs, path style", () => open());
  testBlobs(
    "S3Blobs, host style with a prefix",
    () => open({ style: "host", endpoint: HOST_STYLE_ENDPOINT, prefix: "some/folder/" }),
  );
}

const noParts = async (server: TestBucketServer, bucket: string) =>
  (await server.filesOf(bucket)).filter((file) => file.includes("multipart"));

test("put() sends what is larger than 8 MiB in parts, and get() gives it back whole", async ({ blobs, requests, server, settings }) => {
  const bytes = seededRandom(1).bytes(65_536);
  const large = new Uint8Array(17 * MIB + 5);
  for (let at = 0; at < large.length; at += bytes.length) large.set(bytes.subarray(0, large.length - at), at);
  assertEquals(await blobs.put("large", large), true);
  assertEquals(requests, [
    "POST ?uploads",
    "PUT ?partNumber&uploadId",
    "PUT ?partNumber&uploadId",
    "PUT ?partNumber&uploadId",
    "POST ?uploadId",
  ]);
  const stored = await blobs.get("large");
  assert(stored !== null && stored.length === large.length && stored.every((byte, at) => byte === large[at]));
  assertEquals(await blobs.put("large", large, { ifAbsent: true }), false);
  assertEquals(await noParts(server, settings.bucket), []);
});

test("put() throws the parts away when one of them fails", async ({ settings, server }) => {
  let parts = 0;
  const blobs = new S3Blobs(settings, {
    ...deps,
    fetch: (url, init) =>
      url.searchParams.has("partNumber") && ++parts > 1
        ? Promise.resolve(new Response("<Error><Code>InternalError</Code></Error>", { status: 500 }))
        : fetch(url, init),
  });
  const error = await assertRejects(() => blobs.put("large", new Uint8Array(9 * MIB)), BlobError);
  assertEquals([error.code, parts], ["unavailable", 4]);
  assertEquals(await server.filesOf(settings.bucket), []);
});

test("list() follows the pages of a list with more than 1,000 blobs", async ({ blobs, requests }) => {
  const keys = Array.from({ length: 1_203 }, (_, n) => `p/${n % 9}/${n}`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => blobs.put(key, Uint8Array.of(1))));
  }
  requests.length = 0;
  const listed = (await Array.fromAsync(blobs.list("p/"))).map((blob) => blob.key);
  assertEquals(listed.toSorted(), keys.toSorted());
  assertEquals(requests.length, 2);
  assertEquals(await deletePrefix(blobs, "p/"), 1_203);
});

test("list() leaves out what lies outside the prefix and what is no blob of ours", async ({ settings, blobs }) => {
  const inside = new S3Blobs({ ...settings, prefix: "inside/" }, deps);
  await inside.put("a/b", Uint8Array.of(1));
  await blobs.put("outside/a", Uint8Array.of(2));
  await blobs.put("insider", Uint8Array.of(3));
  assertEquals((await Array.fromAsync(inside.list(""))).map((b) => b.key), ["a/b"]);
  assertEquals(await inside.get("a/b"), Uint8Array.of(1));
  assertEquals((await Array.fromAsync(blobs.list(""))).map((b) => b.key).toSorted(), [
    "inside/a/b",
    "insider",
    "outside/a",
  ]);
});

test("get() says damaged, not absent, when the bytes in the bucket are others or fewer", async ({ blobs, settings, server }) => {
  const flip = (bytes: Uint8Array<ArrayBuffer>) => bytes.with(100, bytes[100]! ^ 1);
  const cut = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, -1);
  for (const change of [flip, cut]) {
    await blobs.put("a/b", seededRandom(2).bytes(1_000));
    await server.tamper(settings.bucket, "a/b", change);
    const error = await assertRejects(() => blobs.get("a/b"), BlobError);
    assertEquals(error.code, "damaged");
  }
});

test("a wrong secret, a wrong key and a wrong bucket are refused at once, and never taken for an absent blob", async ({ settings }) => {
  for (const wrong of [{ secretAccessKey: "wrong" }, { accessKeyId: "nobody" }, { bucket: "no-such-bucket" }]) {
    let requests = 0;
    const fetching = (url: URL, init: RequestInit) => (requests++, fetch(url, init));
    const blobs = new S3Blobs({ ...settings, ...wrong }, { ...deps, fetch: fetching });
    for (const call of [() => blobs.check(), () => blobs.get("a"), () => blobs.put("a", Uint8Array.of(1))]) {
      const error = await assertRejects(call, BlobError);
      assertEquals(error.code, "refused", JSON.stringify(wrong));
    }
    assertEquals(requests, 3);
  }
});

test("a put whose answer got lost is done once: with ifAbsent it is still ours", async ({ settings }) => {
  let lost = 0;
  const losing = new S3Blobs(settings, {
    ...deps,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (init.method !== "PUT" || lost++ > 0) return response;
      await response.body?.cancel();
      throw new TypeError("Connection reset");
    },
  });
  assertEquals(await losing.put("a", Uint8Array.of(1), { ifAbsent: true }), true);
  assertEquals(lost, 2);
  assertEquals(await losing.put("a", Uint8Array.of(2), { ifAbsent: true }), false);
  assertEquals(await losing.get("a"), Uint8Array.of(1));
});

test("sweepUnfinished() throws away uploads in parts that a killed process left, and none that are younger", async ({ settings, server }) => {
  const killed = new S3Blobs({ ...settings, prefix: "live/" }, {
    ...deps,
    fetch: (url, init) =>
      init.method === "DELETE" || (init.method === "POST" && url.searchParams.has("uploadId"))
        ? Promise.reject(new TypeError("Connection reset"))
        : fetch(url, init),
  });
  await assertRejects(() => killed.put("large", new Uint8Array(9 * MIB)), BlobError);
  assert((await server.filesOf(settings.bucket)).length > 0);
  const others = new S3Blobs({ ...settings, prefix: "other/" }, deps);
  assertEquals(await others.sweepUnfinished(Date.now() + 60_000), 0);
  const blobs = new S3Blobs({ ...settings, prefix: "live/" }, deps);
  assertEquals(await blobs.sweepUnfinished(Date.now() - 60_000), 0);
  assertEquals(await blobs.sweepUnfinished(Date.now() + 60_000), 1);
  assertEquals(await blobs.sweepUnfinished(Date.now() + 60_000), 0);
  assertEquals(await server.filesOf(settings.bucket), []);
});

/** The program on a real bucket, as whoever runs it sees it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { HAS_VERSITYGW, startVersitygw, type TestBucketServer } from "../servers/versitygw.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);

async function stop(server: TestServer): Promise<void> {
  server.signal("SIGTERM");
  assertEquals((await server.ended).code, 0, server.output());
}

function test(name: string, run: (bucket: TestBucketServer, folder: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !HAS_VERSITYGW,
    fn: () =>
      withFolder(async (folder) => {
        await using bucket = await startVersitygw();
        await run(bucket, folder);
      }),
  });
}

async function fetchBytes(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
}

test(
  "on a bucket a picture is uploaded, transformed, served after a restart and deleted without a trace",
  async (bucket, folder) => {
    const settings = await bucket.addBucket({ prefix: "live/" });
    const env = { DATA_DIR: `${folder}/data`, ...bucket.environment(settings) };
    const first = await startServer(env);
    const key = await Deno.readTextFile(`${folder}/data/first-key`);
    const headers = { authorization: `Bearer ${key}` };
    const sample = await Deno.readFile(SAMPLE);
    const body = new FormData();
    body.append("file", new File([sample], "sample.jpg"));
    const uploaded = await fetch(`${first.url}/api/v1/images`, { method: "POST", headers, body });
    assertEquals(uploaded.status, 201);
    const { id } = await uploaded.json();
    const made = await fetchBytes(`${first.url}/i/owner/sample.webp?w=300`);
    assertEquals(made.status, 200);
    await stop(first);
    const files = (await bucket.filesOf(settings.bucket)).filter((file) => !file.startsWith("."));
    assertEquals(files.map((file) => file.split("/").slice(0, 2).join("/")).toSorted(), [
      "live/derivatives",
      "live/originals",
    ]);
    await Deno.stat(`${folder}/data/blobs`).then(
      () => assert(false, "the folder is not used"),
      (error) => assert(error instanceof Deno.errors.NotFound),
    );

    const second = await startServer(env);
    const served = await fetchBytes(`${second.url}/i/owner/sample.webp?w=300`);
    assertEquals([served.status, served.bytes], [200, made.bytes]);
    assertStringIncludes(served.headers.get("server-timing")!, "store");
    assertEquals((await fetchBytes(`${second.url}/i/owner/sample.jpg`)).bytes, sample);
    const deleted = await fetchBytes(`${second.url}/api/v1/images/${id}`, { method: "DELETE", headers });
    assertEquals(deleted.status, 200);
    assertEquals((await fetchBytes(`${second.url}/i/owner/sample.webp?w=300`)).status, 404);
    await stop(second);
    assertEquals((await bucket.filesOf(settings.bucket)).filter((file) => !file.startsWith(".")), []);
  },
);

test("a bucket that refuses is told at start, one that is down for now is waited for", async (bucket, folder) => {
  const env = { DATA_DIR: `${folder}/data`, ...bucket.environment(await bucket.addBucket()) };
  for (const wrong of [{ S3_BUCKET: "no-such-bucket" }, { S3_SECRET_ACCESS_KEY: "wrong" }]) {
    const { code, stderr } = await runMain([], { ...env, ...wrong });
    assertEquals(code, 1);
    assertMatch(stderr, /Bucket can't be used: .*(NoSuchBucket|SignatureDoesNotMatch)/);
    assert(!stderr.includes("wrong"), "the secret is not printed");
  }
  await bucket.stop();
  const server = await startServer(env);
  assertEquals(server.events("bucket_unreachable").length, 1);
  await bucket.start();
  const key = await Deno.readTextFile(`${folder}/data/first-key`);
  for (let status = 503; status !== 201;) {
    const body = new FormData();
    body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
    await response.body?.cancel();
    status = response.status;
    assert(status === 201 || status === 503, String(status));
  }
  await stop(server);
});

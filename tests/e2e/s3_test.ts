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

test(
  "all data moves from a folder into a bucket and back, by the command line, while the server runs",
  async (bucket, folder) => {
    const settings = await bucket.addBucket();
    const places = [
      { DATA_DIR: `${folder}/first` },
      { DATA_DIR: `${folder}/second`, ...bucket.environment(settings) },
      { DATA_DIR: `${folder}/third` },
    ];
    const admin = async (env: Record<string, string>, ...args: string[]) => {
      const { code, stdout, stderr } = await runMain(["admin", ...args, "--json"], env);
      assertEquals(code, 0, stdout + stderr);
      return JSON.parse(stdout);
    };
    let server = await startServer(places[0]!);
    const key = await Deno.readTextFile(`${folder}/first/first-key`);
    const headers = { authorization: `Bearer ${key}` };
    for (const path of ["a.jpg", "b/c.jpg"]) {
      const body = new FormData();
      body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
      body.append("path", path);
      const uploaded = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
      await uploaded.body?.cancel();
      assertEquals(uploaded.status, 201);
    }
    const webp = await fetchBytes(`${server.url}/i/owner/b/c.webp?w=200`);
    assertEquals(webp.status, 200);
    for (let at = 1; at < places.length; at++) {
      const target = `${folder}/export ${at}`;
      assertEquals((await admin(places[at - 1]!, "export", target)).images, 1);
      await stop(server);
      const imported = await admin(places[at]!, "import", target);
      assertEquals([imported.images, imported.broken_images], [1, []]);
      assertEquals((await admin(places[at]!, "verify", "--bytes", "yes")).fault_count, 0);
      server = await startServer(places[at]!);
      const list = await fetch(`${server.url}/api/v1/images`, { headers });
      assertEquals((await list.json()).images[0].paths, ["a.jpg", "b/c.jpg"]);
      const again = await fetchBytes(`${server.url}/i/owner/b/c.webp?w=200`);
      assertStringIncludes(again.headers.get("server-timing")!, "store", "nobody pays for it twice");
      assertEquals(again.bytes, webp.bytes);
      assertEquals((await fetchBytes(`${server.url}/i/owner/a.jpg`)).bytes, await Deno.readFile(SAMPLE));
      assertEquals((await admin(places[at]!, "import", target)).rows_added, 0);
    }
    await stop(server);
  },
);

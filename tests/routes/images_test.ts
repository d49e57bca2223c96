/** `/api/v1/images` over HTTP, with two users throughout. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { DeleteAnswer, ImageAnswer, ImageListAnswer, UploadAnswer } from "../../routes/api/v1/_schema/images.ts";
import { errorOf, fixture, ORIGIN, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

async function withApp(run: (app: TestApp, john: TestUser, mary: TestUser) => Promise<void>): Promise<void> {
  const app = await startTestApp();
  try {
    await run(app, await app.addUser("john"), await app.addUser("mary"));
  } finally {
    await app.close();
  }
}

async function blobKeys(app: TestApp): Promise<string[]> {
  return (await Array.fromAsync(app.blobs.list(""))).map((b) => b.key);
}

Deno.test("uploadImage() answers in the contract's shape when a picture is new", () =>
  withApp(async (app, john) => {
    const file = await fixture("quarters.png");
    const response = await app.upload(john, file, "photo.png", { path: "blog/2024/photo.png" });
    assertEquals(response.status, 201);
    assertMatch(response.headers.get("content-type")!, /^application\/json/);
    const answer = UploadAnswer.parse(await response.json());
    const hash = await sha256Hex(file);
    assertEquals(answer.hash, hash);
    assertEquals(answer.id, hash.slice(0, 16));
    assertEquals(answer.url, "/john/blog/2024/photo.png");
    assertEquals(answer.paths, ["blog/2024/photo.png"]);
    assertEquals(answer.is_new, true);
    assertEquals(answer.size, file.length);
    assertEquals(answer.format, "png");
    assertEquals(answer.dimensions, { width: 96, height: 64 });
    assertEquals(answer.visibility, "public");
    assertEquals(answer.available_formats, {
      webp: `${ORIGIN}/i/john/blog/2024/photo.webp`,
      avif: `${ORIGIN}/i/john/blog/2024/photo.avif`,
      jpeg: `${ORIGIN}/i/john/blog/2024/photo.jpg`,
      png: `${ORIGIN}/i/john/blog/2024/photo.png`,
      jxl: `${ORIGIN}/i/john/blog/2024/photo.jxl`,
    });
    assertEquals(answer._links, { self: `/api/v1/images/${answer.id}`, delete: `/api/v1/images/${answer.id}` });
  }));

Deno.test("uploadImage() adds a path and stores nothing twice when the bytes are known", () =>
  withApp(async (app, john, mary) => {
    const file = await fixture("quarters.jpg");
    assertEquals((await app.upload(john, file, "a.jpg")).status, 201);
    const again = await app.upload(john, file, "b.jpg", { target_path: "deep/b.jpg" });
    assertEquals(again.status, 201);
    const answer = await again.json();
    assertEquals([answer.is_new, answer.paths], [false, ["a.jpg", "deep/b.jpg"]]);
    assertEquals((await blobKeys(app)).length, 1);
    const hers = await (await app.upload(mary, file, "c.jpg")).json();
    assertEquals([hers.is_new, hers.paths, hers.id], [true, ["c.jpg"], answer.id]);
    assertEquals((await blobKeys(app)).length, 2);
  }));

Deno.test("uploadImage() makes one image when the same file comes thirty times at once", () =>
  withApp(async (app, john) => {
    const file = await fixture("quarters.jpg");
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => await (await app.upload(john, file, `copy-${at}.jpg`)).json()),
    );
    await app.settled();
    assertEquals(answers.filter((a) => a.is_new).length, 1);
    const image = await (await app.request(`/api/v1/images/${answers[0].id}`, { headers: john.auth })).json();
    assertEquals(image.paths.length, 30);
    assertEquals((await blobKeys(app)).length, 1);
    assertEquals(await app.deps.images.totals(john.user.id), { images: 1, bytes: file.length });
  }));

Deno.test("uploadImage() keeps paths as people write them", () =>
  withApp(async (app, john) => {
    const file = await fixture("quarters.jpg");
    const cases: [string, string, string][] = [
      ["x.jpg", "/blog 1/ünï/ph+oto.png/", "blog 1/ünï/ph+oto.png"],
      ["x.jpg", "u\u0308ber", "über/x.jpg"],
      ["x.jpg", "a//./b", "a/b/x.jpg"],
      ["photo one.JPG", "", "photo one.JPG"],
      ["x.jpg", "100%25/a%20b.png", "100%25/a%20b.png"],
      ["x.jpg", "v1.2", "v1.2/x.jpg"],
      ["C:\\pictures\\y.jpg", "", "y.jpg"],
      [".hidden.png", "", ".hidden.png"],
      ["2024", "photos/2024", "photos/2024/2024"],
    ];
    for (const [filename, path, expected] of cases) {
      const answer = await (await app.upload(john, file, filename, path === "" ? {} : { path })).json();
      assert(answer.paths.includes(expected), `${path} + ${filename} gave ${answer.paths}`);
      const picture = await app.request(answer.cdn_url, {});
      assertEquals(picture.status, 200, answer.cdn_url);
      await picture.body?.cancel();
    }
  }));

Deno.test("uploadImage() lets path win over target_path", () =>
  withApp(async (app, john) => {
    const answer = await (await app.upload(john, await fixture("quarters.jpg"), "x.jpg", {
      target_path: "there/x.jpg",
      path: "here/x.jpg",
    })).json();
    assertEquals(answer.paths, ["here/x.jpg"]);
  }));

Deno.test("uploadImage() gives sizes as displayed when EXIF turns the picture", () =>
  withApp(async (app, john) => {
    const answer = await (await app.upload(john, await fixture("quarters-turned.jpg"), "t.jpg")).json();
    assertEquals(answer.dimensions, { width: 64, height: 96 });
  }));

Deno.test("uploadImage() re-points a path and removes the image that lost its last one", () =>
  withApp(async (app, john) => {
    const first = await (await app.upload(john, await fixture("quarters.jpg"), "p.jpg")).json();
    await (await app.request("/i/john/p.webp?w=20")).arrayBuffer();
    const second = await (await app.upload(john, await fixture("quarters.png"), "p.jpg")).json();
    await app.settled();
    assertEquals(second.paths, ["p.jpg"]);
    assertEquals((await app.request(`/api/v1/images/${first.id}`, { headers: john.auth })).status, 404);
    assertEquals((await blobKeys(app)).length, 1);
    const served = await app.request("/i/john/p.png");
    assertEquals(await sha256Hex(new Uint8Array(await served.arrayBuffer())), second.hash);
  }));

Deno.test("uploadImage() refuses bad uploads by name and stores nothing", () =>
  withApp(async (app, john) => {
    const good = await fixture("quarters.jpg");
    const text = (s: string) => new TextEncoder().encode(s);
    const png = await fixture("quarters.png");
    const half = png.slice(0, Math.floor(png.length / 2));
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 60_000);
    new DataView(huge.buffer).setUint32(20, 60_000);
    const cases: [Uint8Array<ArrayBuffer>, string, Record<string, string>, string, string][] = [
      [text("hello, I am no picture"), "a.png", {}, "INVALID_FILE", "not a picture"],
      [new Uint8Array(), "a.png", {}, "INVALID_FILE", "empty"],
      [new Uint8Array(5 * 1024 * 1024 + 1), "a.png", {}, "INVALID_FILE", "5,242,880"],
      [half, "a.png", {}, "INVALID_FILE", "File"],
      [huge, "a.png", {}, "INVALID_FILE", "is more than 64000000 pixels"],
      [good, "a.jpg", { path: "../etc/a.jpg" }, "VALIDATION_ERROR", "path"],
      [good, "a.jpg", { path: "a\u0000b.jpg" }, "VALIDATION_ERROR", "path"],
      [good, "a.jpg", { path: "x".repeat(256) + ".jpg" }, "VALIDATION_ERROR", "255"],
      [good, "a.jpg", { path: "ab/".repeat(33) }, "VALIDATION_ERROR", "32 segments"],
      [good, "a.jpg", { path: `${"y".repeat(250)}/`.repeat(5) }, "VALIDATION_ERROR", "1024"],
      [good, "a.jpg", { visibility: "secret" }, "VALIDATION_ERROR", "visibility"],
    ];
    for (const [file, name, fields, code, part] of cases) {
      const response = await app.upload(john, file, name, fields);
      const error = await errorOf(response);
      assertEquals([response.status, error.code], [400, code], JSON.stringify(error));
      assertStringIncludes(error.message, part);
      assertEquals(error.status, 400);
      assertEquals(error.path, "/api/v1/images");
    }
    assertEquals(await blobKeys(app), []);
    assertEquals((await app.deps.images.totals(john.user.id)).images, 0);
  }));

Deno.test("uploadImage() takes a cut JPEG when nine rows of ten are there, and refuses it below", () =>
  withApp(async (app, john) => {
    const whole = await Deno.readFile(new URL("../../static/sample.jpg", import.meta.url));
    const cut = (share: number) => whole.slice(0, Math.floor(whole.length * share));
    assertEquals((await app.upload(john, cut(0.97), "most.jpg")).status, 201);
    const refused = await app.upload(john, cut(0.5), "half.jpg");
    assertEquals([refused.status, (await errorOf(refused)).code], [400, "INVALID_FILE"]);
  }));

Deno.test("uploadImage() refuses private pictures on the plan Free", async () => {
  const app = await startTestApp();
  const free = await app.addUser("frida", "free");
  const response = await app.upload(free, await fixture("quarters.jpg"), "a.jpg", { visibility: "private" });
  assertEquals([response.status, (await errorOf(response)).code], [403, "FORBIDDEN"]);
  await app.close();
});

Deno.test("API routes answer 401 and 403 before anything else", async () => {
  const app = await startTestApp();
  const reader = await app.addUser("reader", "pro", ["read"]);
  const writer = await app.addUser("writer", "pro", ["write"]);
  const statuses = async (headers: Record<string, string>) =>
    await Promise.all([
      app.request("/api/v1/images", { headers }),
      app.request("/api/v1/images/0123456789abcdef", { headers }),
      app.request("/api/v1/images/0123456789abcdef", { method: "DELETE", headers }),
      app.request("/api/v1/images", { method: "POST", headers, body: "no form" }),
    ]).then((responses) => responses.map((r) => r.status));
  assertEquals(await statuses({}), [401, 401, 401, 401]);
  assertEquals(await statuses({ authorization: "Bearer nonsense" }), [401, 401, 401, 401]);
  assertEquals(await statuses({ authorization: `Bearer imgsrc_${"A".repeat(48)}` }), [401, 401, 401, 401]);
  assertEquals(await statuses(reader.auth), [200, 404, 403, 403]);
  assertEquals(await statuses(writer.auth), [403, 403, 404, 400]);
  await app.close();
});

Deno.test("listAllImages() pages newest first and shows only one's own", () =>
  withApp(async (app, john, mary) => {
    const base = await fixture("quarters.jpg");
    const variant = (n: number) => new Uint8Array([...base, n]);
    for (let n = 0; n < 5; n++) {
      const response = await app.upload(john, variant(n), `p${n}.jpg`, { path: n < 2 ? `f/p${n}.jpg` : `p${n}.jpg` });
      assertEquals(response.status, 201);
    }
    await app.upload(mary, base, "hers.jpg");
    const list = async (query: string) =>
      ImageListAnswer.parse(await (await app.request(`/api/v1/images${query}`, { headers: john.auth })).json());
    const names = (answer: ImageListAnswer) => answer.images.map((i) => i.original_filename);
    const all = await list("");
    assertEquals(names(all), ["p4.jpg", "p3.jpg", "p2.jpg", "p1.jpg", "p0.jpg"]);
    assertEquals([all.total, all.limit, all.offset, all.has_more, all.path_filter], [5, 50, 0, false, null]);
    assertEquals(all.folders, [{ name: "f", image_count: 2 }]);
    const page = await list("?limit=2&offset=1");
    assertEquals([names(page), page.has_more], [["p3.jpg", "p2.jpg"], true]);
    assertEquals(names(await list("?sort=oldest&limit=2")), ["p0.jpg", "p1.jpg"]);
    assertEquals(names(await list("?sort=name")), ["p0.jpg", "p1.jpg", "p2.jpg", "p3.jpg", "p4.jpg"]);
    const folder = await list("?path=f/");
    assertEquals([names(folder), folder.total, folder.path_filter], [["p1.jpg", "p0.jpg"], 2, "f"]);
    assertEquals(names(await list("?folder=f")), names(folder));
    assertEquals(names(await list("?path=f/p0.jpg")), ["p0.jpg"]);
    assertEquals(names(await list("?offset=99")), []);
    for (const query of ["?limit=0", "?limit=101", "?limit=x", "?offset=-1", "?sort=best", "?limit="]) {
      const response = await app.request(`/api/v1/images${query}`, { headers: john.auth });
      assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], query);
    }
  }));

Deno.test("getImage() and deleteImage() know one's own images only", () =>
  withApp(async (app, john, mary) => {
    const { id } = await (await app.upload(john, await fixture("quarters.jpg"), "mine.jpg")).json();
    const url = `/api/v1/images/${id}`;
    const image = ImageAnswer.parse(await (await app.request(url, { headers: john.auth })).json());
    assertEquals([image.metadata.mime_type, image.metadata.width, image.metadata.height], ["image/jpeg", 96, 64]);
    assertEquals(image.urls.original, `${ORIGIN}/i/john/mine.jpg`);
    const foreign = await app.request(url, { headers: mary.auth });
    const absent = await app.request("/api/v1/images/ffffffffffffffff", { headers: mary.auth });
    assertEquals([foreign.status, absent.status], [404, 404]);
    assertEquals((await errorOf(foreign)).message, (await errorOf(absent)).message);
    assertEquals((await app.request(url, { method: "DELETE", headers: mary.auth })).status, 404);
    await (await app.request("/i/john/mine.webp?w=10")).arrayBuffer();
    await app.settled();
    assertEquals((await blobKeys(app)).length, 2);
    const deleted = DeleteAnswer.parse(await (await app.request(url, { method: "DELETE", headers: john.auth })).json());
    assertEquals(deleted.deleted_paths, ["mine.jpg"]);
    assertEquals(await blobKeys(app), []);
    assertEquals((await app.request(url, { method: "DELETE", headers: john.auth })).status, 404);
    assertEquals((await app.request("/i/john/mine.webp?w=10")).status, 404);
    assertEquals((await app.request("/i/john/mine.jpg")).status, 404);
  }));

Deno.test("every answer of the app is an envelope when there is nothing to serve", () =>
  withApp(async (app, john) => {
    const cases: [string, RequestInit, number, string][] = [
      ["/nothing/here", {}, 404, "NOT_FOUND"],
      ["/api/v1/nothing", { headers: john.auth }, 404, "NOT_FOUND"],
      ["/api/v1/images", { method: "PUT", headers: john.auth }, 405, "METHOD_NOT_ALLOWED"],
      ["/i/john/x.webp", { method: "POST" }, 405, "METHOD_NOT_ALLOWED"],
      ["/api/internal/admin", { method: "POST", body: "{}" }, 404, "NOT_FOUND"],
    ];
    for (const [path, init, status, code] of cases) {
      const response = await app.request(path, init);
      const error = await errorOf(response);
      assertEquals([response.status, error.code, error.path], [status, code, path]);
      assertEquals(response.headers.get("cache-control"), "no-store");
    }
  }));

Deno.test("HEAD tells the headers of GET, its length among them, and the log has the length", () =>
  withApp(async (app, john) => {
    for (const path of ["/health", "/api/v1/images", "/api/v1/nothing", "/i/john/x.webp", "/i/john/x.webp?w=0", "/"]) {
      const [head, get] = [
        await app.request(path, { method: "HEAD", headers: john.auth }),
        await app.request(path, { headers: john.auth }),
      ];
      const { length } = await get.bytes();
      assert(length > 0);
      assertEquals([head.status, head.headers.get("content-length")], [get.status, String(length)], path);
      assertEquals((await head.bytes()).length, 0);
    }
    const wrong = await app.request("/i/john/x.webp", { method: "POST" });
    assertEquals(wrong.headers.get("allow"), "GET, HEAD, OPTIONS");
  }));

Deno.test("health() answers without a key", () =>
  withApp(async (app) => {
    for (const path of ["/health", "/api/v1/health"]) {
      const body = await (await app.request(path)).json();
      assertEquals(body.status, "ok");
      assertMatch(body.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
    }
  }));

Deno.test("the log and the store hold no key", () =>
  withApp(async (app, john) => {
    await app.upload(john, await fixture("quarters.jpg"), "a.jpg");
    await app.request(`/sign-in?token=${john.key}`);
    await app.deps.usage.flush();
    const stored: unknown[] = [];
    for await (const entry of app.store.list({ prefix: [] })) stored.push([entry.key, entry.value]);
    const text = JSON.stringify([app.logged, stored], (_, v) => typeof v === "bigint" ? String(v) : v);
    assert(text.length > 500);
    assert(!text.includes(john.key.slice(14)));
  }));

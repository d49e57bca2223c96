/** ZIP downloads and the end of an account over HTTP, with two users throughout. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { originalBlobKey } from "../../kv/keys.ts";
import { AccountDeletedAnswer } from "../../routes/api/v1/_schema/account.ts";
import { finishRemovals } from "../../routes/_services/remove_account.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";
import { canUnzip, unzip } from "../doubles/unzip.ts";

const ZIP = "/api/v1/images/archive";
const ACCOUNT = "/api/v1/account";
const hasReader = await canUnzip();
if (!hasReader) console.log("Skipped: tests of ZIP contents, no python3 here");

async function filled(app: TestApp, by: TestUser): Promise<void> {
  await app.upload(by, await fixture("quarters.png"), "p.png", { path: "a/ü b/p.png" });
  await app.upload(by, await fixture("quarters.png"), "p.png", { path: "a/again.png" });
  await app.upload(by, await fixture("quarters.jpg"), "q.jpg", { path: "a0/q.jpg" });
  await app.upload(by, await fixture("fading.png"), "r.png", { path: "r.png" });
}

async function download(app: TestApp, by: TestUser, path: string) {
  const response = await app.request(path, { headers: by.auth });
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/zip"]);
  assertEquals(response.headers.get("cache-control"), "private, no-store");
  const name = response.headers.get("content-disposition");
  return { name, files: await unzip(new Uint8Array(await response.arrayBuffer())) };
}

Deno.test({
  name: "downloadFolder() gives the originals of a folder and everything below it",
  ignore: !hasReader,
  fn: () =>
    withUsers(startTestApp(), async (app, john, mary) => {
      await filled(app, john);
      await app.upload(mary, await fixture("fading.webp"), "m.webp", { path: "a/m.webp" });
      const { name, files } = await download(app, john, `${ZIP}?path=/a/`);
      assertEquals(name, 'attachment; filename="a.zip"');
      const hash = await sha256Hex(await fixture("quarters.png"));
      assertEquals(files.map((f) => [f.name, f.hash]), [["again.png", hash], ["ü b/p.png", hash]]);
      const all = await download(app, john, ZIP);
      assertEquals(all.files.map((f) => f.name), ["a/again.png", "a/ü b/p.png", "a0/q.jpg", "r.png"]);
      assertEquals(all.name, 'attachment; filename="john.zip"');
    }),
});

Deno.test({
  name: "downloadFolder() names what could not be read and gives the rest",
  ignore: !hasReader,
  fn: () =>
    withUsers(startTestApp(), async (app, john) => {
      await filled(app, john);
      const record = (await app.deps.images.all(john.user.id)).find((r) => r.originalFilename === "q.jpg")!;
      await app.blobs.put(originalBlobKey(record), new Uint8Array([1, 2, 3]));
      const { files } = await download(app, john, ZIP);
      assertEquals(files.map((f) => f.name), ["a/again.png", "a/ü b/p.png", "r.png", "_missing.txt"]);
      assertMatch(files.at(-1)!.text!, /a0\/q\.jpg/);
    }),
});

Deno.test("downloadFolder() reads one original at a time, and stops when nobody reads on", () =>
  withUsers(startTestApp(), async (app, john) => {
    await filled(app, john);
    let reads = 0;
    const { get } = app.blobs;
    app.blobs.get = (key, range) => {
      reads++;
      return get.call(app.blobs, key, range);
    };
    const response = await app.request(ZIP, { headers: john.auth });
    const reader = response.body!.getReader();
    await reader.read();
    assert(reads <= 2, `${reads} originals were read for the first bytes`);
    await reader.cancel("gone");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(reads <= 2, `${reads} originals were read for nobody`);
  }));

Deno.test("downloadFolder() is 404 for an empty folder and 400 for a bad one", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await filled(app, mary);
    assertEquals((await call(app, john, "GET", ZIP)).status, 404);
    assertEquals((await call(app, mary, "GET", `${ZIP}?path=none`)).status, 404);
    assertEquals((await call(app, mary, "GET", `${ZIP}?path=r.png`)).status, 404);
    assertEquals((await call(app, mary, "GET", `${ZIP}?path=..`)).status, 400);
    await assertGuarded(app, "GET", ZIP, "read");
  }));

Deno.test({
  name: "exportAccount() gives everything of an account and nothing of another one",
  ignore: !hasReader,
  fn: () =>
    withUsers(startTestApp(), async (app, john, mary) => {
      await filled(app, john);
      await app.upload(mary, await fixture("fading.webp"), "m.webp", { path: "secret-of-mary.webp" });
      await call(app, john, "POST", "/api/v1/settings/presets", { name: "thumb", params: { w: 9 } });
      const { name, files } = await download(app, john, `${ACCOUNT}/export`);
      assertEquals(name, 'attachment; filename="john-export.zip"');
      assertEquals(files.map((f) => f.name).toSorted(), [
        "account.json",
        "images.jsonl",
        "originals/a/ü b/p.png",
        "originals/a0/q.jpg",
        "originals/r.png",
      ]);
      const account = JSON.parse(files[0]!.text!);
      assertEquals([account.username, account.images, account.presets], ["john", 3, [
        { name: "thumb", description: null, params: { w: 9 } },
      ]]);
      const images = files[1]!.text!.trim().split("\n").map((line) => JSON.parse(line));
      assertEquals(images.find((i) => i.originalFilename === "p.png").paths, ["a/ü b/p.png", "a/again.png"]);
      const text = files.map((f) => f.text ?? "").join("\n");
      assert(!text.includes("mary") && !text.includes(john.key) && !text.includes(await sha256Hex(john.key)));
      await assertGuarded(app, "GET", `${ACCOUNT}/export`, "read");
    }),
});

/** Every row whose key or value names a user. */
async function rowsOf(app: TestApp, user: TestUser): Promise<string[]> {
  const out: string[] = [];
  for await (const { key, value } of app.store.list({ prefix: [] })) {
    const text = JSON.stringify([key, value], (_, v) => typeof v === "bigint" ? String(v) : v);
    if (text.includes(user.user.id)) out.push(String(key[0]));
  }
  return out;
}

Deno.test("deleteAccount() ends everything at once, and leaves no row and no byte behind", async () => {
  let nowMs = START_MS;
  await withUsers(startTestApp({ now: () => nowMs }), async (app, john, mary) => {
    await filled(app, john);
    await filled(app, mary);
    await call(app, john, "POST", "/api/v1/settings/presets", { name: "thumb", params: { w: 9 } });
    await call(app, john, "POST", "/api/v1/settings/api-keys", { name: "second" });
    const [first, second] = await app.deps.images.all(john.user.id);
    await call(app, john, "PUT", `/api/v1/images/${first!.id}/visibility`, { visibility: "private" });
    await call(app, john, "POST", `/api/v1/images/${first!.id}/signed-url`);
    await call(app, john, "DELETE", `/api/v1/images/${second!.id}?undoable=true`);
    await (await app.request("/i/john/r.webp?p:thumb")).body?.cancel();
    const session = await app.deps.sessions.create(john.user.id);
    await app.deps.usage.flush();
    await app.settled();
    const hers = (await rowsOf(app, mary)).length;
    const { status, body } = await call(app, john, "DELETE", ACCOUNT, { confirm: "john" });
    assertEquals([status, AccountDeletedAnswer.parse(body).success], [200, true]);
    assertEquals((await call(app, john, "GET", "/api/v1/images")).status, 401);
    assertEquals((await call(app, john, "DELETE", ACCOUNT, { confirm: "john" })).status, 401);
    const id = await app.deps.sessions.find(session);
    assert(id === null || await app.deps.users.get(id) === null);
    await app.settled();
    assertEquals((await app.request("/i/john/r.webp")).status, 404);
    await app.deps.usage.flush();
    nowMs += 60_000;
    await finishRemovals(app.deps);
    // A session is found by its token alone; it opens nothing and ends by itself.
    assertEquals(await rowsOf(app, john), ["session"]);
    const blobs = (await Array.fromAsync(app.blobs.list(""))).map((b) => b.key);
    assertEquals([blobs.some((k) => k.includes(john.user.id)), blobs.length], [false, 3]);
    assertEquals(await app.deps.users.create(john.user.name, null, "free"), null, "the name stays taken");
    assertEquals([(await rowsOf(app, mary)).length, (await call(app, mary, "GET", "/api/v1/images")).body.total], [
      hers,
      3,
    ]);
    assertEquals(await app.deps.accountRemoval.pending(), []);
  });
});

Deno.test("finishRemovals() goes on where a crash broke a removal off", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await filled(app, john);
    await filled(app, mary);
    assert(await app.deps.accountRemoval.begin(john.user.id));
    assertEquals(await app.deps.accountRemoval.begin(john.user.id), false);
    assertEquals((await call(app, john, "GET", "/api/v1/images")).status, 401);
    await finishRemovals(app.deps);
    assertEquals((await Array.fromAsync(app.blobs.list(""))).length, 3);
    assertEquals((await rowsOf(app, john)).toSorted(), ["account_deletion"], "kept for what is still under way");
    assertEquals((await call(app, mary, "GET", "/api/v1/images")).body.total, 3);
  }));

Deno.test("deleteAccount() wants the account's own name, and no running subscription", () =>
  withUsers(startTestApp(), async (app, john) => {
    await assertRefusesNoObjects(app, john, "DELETE", ACCOUNT);
    await assertRefuses(app, john, "DELETE", ACCOUNT, [
      ["confirm", {}],
      ["confirm", null],
      ["confirm", { confirm: "mary" }],
      ["confirm", { confirm: "John" }],
      ["confirm", { confirm: true }],
    ]);
    await assertGuarded(app, "DELETE", ACCOUNT, "write");
    const billing = { status: "active", endsAtMs: null } as const;
    await app.deps.users.update(john.user.id, (user) => ({ ...user, billing }));
    const paying = await call(app, john, "DELETE", ACCOUNT, { confirm: "john" });
    assertEquals([paying.status, paying.body.error.code], [409, "CONFLICT"]);
  }));

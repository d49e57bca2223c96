/** `/api/v1/settings/presets` and `?p:name` over HTTP, with two users throughout. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PresetAnswer, PresetsAnswer } from "../../routes/api/v1/_schema/presets.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { errorOf, fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { decodePicture } from "../doubles/decode.ts";

const PRESETS = "/api/v1/settings/presets";
const THUMB = {
  name: "thumb",
  description: "small",
  params: { w: 20, h: 20, fit: "cover", format: "webp", mine: [1] },
};

async function sizeOf(response: Response): Promise<[number, number]> {
  assertEquals(response.status, 200, await response.clone().text());
  const format = response.headers.get("content-type") === "image/png" ? "png" : "webp";
  const { width, height } = await decodePicture(format, new Uint8Array(await response.arrayBuffer()));
  return [width, height];
}

Deno.test("presets are made, read, changed and removed by id and by name", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const created = await call(app, john, "POST", PRESETS, THUMB);
    assertEquals(created.status, 201);
    const preset = PresetAnswer.parse(created.body);
    assertEquals([preset.name, preset.description, preset.params], [THUMB.name, "small", THUMB.params]);
    assertEquals(preset.usage_count, 0);
    for (const segment of [preset.id, "thumb"]) {
      assertEquals((await call(app, john, "GET", `${PRESETS}/${segment}`)).body, created.body);
      assertEquals((await call(app, mary, "GET", `${PRESETS}/${segment}`)).status, 404);
      assertEquals((await call(app, mary, "PUT", `${PRESETS}/${segment}`, { name: "x" })).status, 404);
      assertEquals((await call(app, mary, "DELETE", `${PRESETS}/${segment}`)).status, 404);
    }
    const renamed = await call(app, john, "PUT", `${PRESETS}/${preset.id}`, { name: "card", description: null });
    assertEquals([renamed.status, renamed.body.name, renamed.body.description], [200, "card", null]);
    assertEquals([renamed.body.id, renamed.body.params], [preset.id, THUMB.params]);
    assertEquals((await call(app, john, "GET", `${PRESETS}/thumb`)).status, 404);
    const changed = await call(app, john, "PUT", `${PRESETS}/card`, { params: { w: 9 } });
    assertEquals([changed.body.params, changed.body.name], [{ w: 9 }, "card"]);
    const list = PresetsAnswer.parse((await call(app, john, "GET", PRESETS)).body);
    assertEquals([list.total, list.presets[0]!.id], [1, preset.id]);
    assertEquals((await call(app, mary, "GET", PRESETS)).body, { presets: [], total: 0 });
    const removed = await call(app, john, "DELETE", `${PRESETS}/card`);
    const { purged, ...answer } = removed.body;
    assertEquals([removed.status, answer], [200, { success: true, message: "Preset has been deleted" }]);
    assertEquals([purged.derivatives, purged.instances, purged.edge], [0, 1, "none"]);
    assertEquals((await call(app, john, "DELETE", `${PRESETS}/card`)).status, 404);
    await call(app, john, "POST", PRESETS, THUMB);
    const again = (await call(app, john, "GET", `${PRESETS}/thumb`)).body;
    assertEquals((await call(app, john, "DELETE", `${PRESETS}/${again.id}`)).status, 200);
  }));

Deno.test("createPreset() refuses a name that is taken, also by a rename, but not another user's", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    assertEquals((await call(app, john, "POST", PRESETS, THUMB)).status, 201);
    const taken = await call(app, john, "POST", PRESETS, THUMB);
    assertEquals([taken.status, taken.body.error.code], [409, "CONFLICT"]);
    assertEquals((await call(app, john, "POST", PRESETS, { ...THUMB, name: "Thumb" })).status, 201);
    const renamed = await call(app, john, "PUT", `${PRESETS}/Thumb`, { name: "thumb" });
    assertEquals([renamed.status, renamed.body.error.code], [409, "CONFLICT"]);
    assertEquals((await call(app, john, "PUT", `${PRESETS}/thumb`, { name: "thumb" })).status, 200);
    assertEquals((await call(app, mary, "POST", PRESETS, THUMB)).status, 201);
  }));

Deno.test("createPreset() makes fifty presets and no more, however many come at once", () =>
  withUsers(startTestApp(), async (app, john) => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => call(app, john, "POST", PRESETS, { name: `p${n}`, params: {} })),
    );
    assertEquals(answers.filter((a) => a.status === 201).length, 50);
    assertEquals(answers.filter((a) => a.status === 403 && a.body.error.code === "FORBIDDEN").length, 10);
    const { presets } = (await call(app, john, "GET", PRESETS)).body;
    await call(app, john, "DELETE", `${PRESETS}/${presets[0].name}`);
    assertEquals((await call(app, john, "POST", PRESETS, { name: "last", params: {} })).status, 201);
    assertEquals((await call(app, john, "POST", PRESETS, { name: "over", params: {} })).status, 403);
  }));

Deno.test("createPreset() makes a name once when it comes ten times at once", () =>
  withUsers(startTestApp(), async (app, john) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(app, john, "POST", PRESETS, THUMB)));
    assertEquals(answers.map((a) => a.status).toSorted(), [201, ...Array.from({ length: 9 }, () => 409)]);
  }));

Deno.test("presets need the plan Pro before anything else is looked at", () =>
  withUsers(startTestApp(), async (app) => {
    const free = await app.addUser("poor", "free");
    for (const [method, path] of [["GET", ""], ["POST", ""], ["GET", "/x"], ["PUT", "/x"], ["DELETE", "/x"]] as const) {
      const answer = await call(app, free, method, PRESETS + path, method === "GET" ? undefined : "{");
      assertEquals([answer.status, answer.body.error.code], [403, "FORBIDDEN"], method + path);
    }
    await assertGuarded(app, "GET", PRESETS, "read");
    await assertGuarded(app, "GET", `${PRESETS}/x`, "read");
    await assertGuarded(app, "POST", PRESETS, "write");
    await assertGuarded(app, "PUT", `${PRESETS}/x`, "write");
    await assertGuarded(app, "DELETE", `${PRESETS}/x`, "write");
  }));

Deno.test("presets are for everybody where nothing is sold", () =>
  withUsers(startTestApp({ env: { QUOTAS: "off" } }), async (app) => {
    const free = await app.addUser("poor", "free");
    assertEquals((await call(app, free, "POST", PRESETS, THUMB)).status, 201);
  }));

Deno.test("createPreset() and updatePreset() name the field that is wrong", () =>
  withUsers(startTestApp(), async (app, john) => {
    await call(app, john, "POST", PRESETS, THUMB);
    const wrongParams: [string, unknown][] = [
      ["params", { params: [] }],
      ["params", { params: "w=1" }],
      ["params", { params: null }],
      ["w", { params: { w: 0 } }],
      ["w", { params: { w: 10_001 } }],
      ["w", { params: { w: 1.5 } }],
      ["w", { params: { w: { a: 1 } } }],
      ["width", { params: { width: -1 } }],
      ["fit", { params: { fit: "stretch" } }],
      ["q", { params: { q: 101 } }],
      ["format", { params: { format: "gif" } }],
      ["format", { params: { format: 1 } }],
      ["params", { params: { note: "x".repeat(5_000) } }],
    ];
    await assertRefusesNoObjects(app, john, "POST", PRESETS);
    await assertRefuses(app, john, "POST", PRESETS, [
      ["name", { params: {} }],
      ["params", { name: "x" }],
      ...["", "a b", "é", "x".repeat(51), "a/b", "a.b", 5, null].map((name) => ["name", { name, params: {} }] as const),
      ["description", { name: "x", params: {}, description: "x".repeat(201) }],
      ["description", { name: "x", params: {}, description: 5 }],
      ...wrongParams.map(([field, body]) => [field, { name: "x", ...body as object }] as const),
    ]);
    await assertRefusesNoObjects(app, john, "PUT", `${PRESETS}/thumb`);
    await assertRefuses(app, john, "PUT", `${PRESETS}/thumb`, [["name", { name: "a b" }], ...wrongParams]);
    assertEquals((await call(app, john, "PUT", `${PRESETS}/thumb`, "null")).body.params, THUMB.params);
    const widest = { name: "x".repeat(50), description: "x".repeat(200), params: { w: "10000", h: null, odd: "kept" } };
    assertEquals((await call(app, john, "POST", PRESETS, widest)).body.params, widest.params);
    assertEquals((await call(app, john, "GET", `${PRESETS}/${"x".repeat(3_000)}`)).status, 404);
  }));

async function withPicture(app: TestApp, john: TestUser) {
  await app.upload(john, await fixture("quarters.png"), "p.png");
  await call(app, john, "POST", PRESETS, { name: "thumb", params: { w: 20, h: 20, fit: "cover", q: 50 } });
}

Deno.test("servePicture() serves a preset in every spelling that URL libraries make of it", () =>
  withUsers(startTestApp(), async (app, john) => {
    await withPicture(app, john);
    for (const query of ["p:thumb", "p%3Athumb", "p:thumb=", "p%3athumb=", "p:thumb=true", "x=1&p:thumb"]) {
      assertEquals(await sizeOf(await app.request(`/i/john/p.webp?${query}`)), [20, 20], query);
    }
    assertEquals(app.transforms(), 1);
    assertEquals(await sizeOf(await app.request("/i/john/p.webp?w=20&h=20&fit=cover&q=50")), [20, 20]);
    assertEquals(app.transforms(), 1, "the same transform, spelled out, is the same derivative");
  }));

Deno.test("servePicture() lets explicit parameters override a preset's, also with a default", () =>
  withUsers(startTestApp(), async (app, john) => {
    await withPicture(app, john);
    assertEquals(await sizeOf(await app.request("/i/john/p.webp?p:thumb&w=30")), [30, 20]);
    assertEquals(await sizeOf(await app.request("/i/john/p.webp?h=30&p:thumb&fit=contain")), [20, 13]);
    const etag = async (query: string) =>
      (await app.request(`/i/john/p.webp?${query}`, { method: "HEAD" })).headers.get("etag");
    assertEquals(await etag("p:thumb&q=80"), await etag("w=20&h=20&fit=cover"));
  }));

Deno.test("servePicture() lets a preset's format count only where the URL has no extension", () =>
  withUsers(startTestApp(), async (app, john) => {
    await withPicture(app, john);
    await call(app, john, "POST", PRESETS, { name: "png", params: { w: 10, format: "png" } });
    const typeOf = async (path: string) => {
      const response = await app.request(path, { headers: { accept: "image/avif" } });
      await response.body?.cancel();
      return [response.headers.get("content-type"), response.headers.get("vary")];
    };
    assertEquals(await typeOf("/i/john/p?p:png"), ["image/png", "Accept"]);
    assertEquals(await typeOf("/i/john/p.webp?p:png"), ["image/webp", null]);
    assertEquals(await typeOf("/i/john/p?p:thumb"), ["image/avif", "Accept"]);
  }));

Deno.test("servePicture() takes a changed preset into account at once", () =>
  withUsers(startTestApp(), async (app, john) => {
    await withPicture(app, john);
    assertEquals(await sizeOf(await app.request("/i/john/p.webp?p:thumb")), [20, 20]);
    await call(app, john, "PUT", `${PRESETS}/thumb`, { params: { width: 12 } });
    assertEquals(await sizeOf(await app.request("/i/john/p.webp?p:thumb")), [12, 8]);
  }));

Deno.test("servePicture() answers 400 for an unknown preset, another user's and two at once", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await withPicture(app, john);
    await app.upload(mary, await fixture("quarters.png"), "p.png");
    for (
      const path of [
        "/i/john/p.webp?p:nope",
        "/i/mary/p.webp?p:thumb",
        "/i/john/p.webp?p:thumb&p:nope",
        "/i/john/p.webp?p:",
        `/i/john/p.webp?p:${"x".repeat(3_000)}`,
      ]
    ) {
      const response = await app.request(path);
      assertEquals(response.status, 400, path);
      assertEquals(response.headers.get("cache-control"), "no-store");
      assertStringIncludes((await errorOf(response)).message, "preset");
    }
    assertEquals((await app.request("/i/nobody/p.webp?p:thumb")).status, 404);
    await call(app, john, "DELETE", `${PRESETS}/thumb`);
    assertEquals((await app.request("/i/john/p.webp?p:thumb")).status, 400);
  }));

Deno.test("servePicture() counts what a preset serves, and goes on after a downgrade", () =>
  withUsers(startTestApp(), async (app, john) => {
    await withPicture(app, john);
    const first = await app.request("/i/john/p.webp?p:thumb");
    await first.body?.cancel();
    await (await app.request("/i/john/p.webp?p:thumb", { method: "HEAD" })).body?.cancel();
    const etag = first.headers.get("etag")!;
    const cached = await app.request("/i/john/p.webp?p:thumb", { headers: { "if-none-match": etag } });
    assertEquals(cached.status, 304);
    assertEquals((await app.request("/i/john/none.webp?p:thumb")).status, 404);
    await app.deps.usage.flush();
    assertEquals((await call(app, john, "GET", `${PRESETS}/thumb`)).body.usage_count, 2);
    await app.deps.users.setPlan(john.user.id, "free");
    const after = await app.request("/i/john/p.webp?p:thumb");
    assertEquals(await sizeOf(after), [20, 20]);
    const list = await call(app, john, "GET", PRESETS);
    assert(list.status === 403);
  }));

Deno.test("a preset that says something else, or is gone, takes along what was made for its URLs, and nothing else", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    for (const user of [john, mary]) {
      await app.upload(user, await fixture("quarters.png"), "p.png");
      await call(app, user, "POST", PRESETS, { name: "s", params: { w: 9 } });
    }
    const get = async (target: string) => {
      const answer = await app.request(target);
      await answer.body?.cancel();
      await app.settled();
      return [answer.status, /desc=(\w+)/.exec(answer.headers.get("server-timing") ?? "")?.[1]];
    };
    const change = async (body: unknown) => {
      const { purged } = (await call(app, john, "PUT", `${PRESETS}/s`, body)).body;
      return purged.derivatives;
    };
    for (const target of ["john/p.webp?p:s", "john/p.png?p:s", "john/p.webp?p:s&h=5", "mary/p.webp?p:s"]) {
      assertEquals(await get(`/i/${target}`), [200, "made"]);
    }
    assertEquals(await get("/i/john/p.webp?w=7"), [200, "made"], "by its parameters");
    assertEquals(await change({ description: "the same" }), 0);
    assertEquals(await change({ params: { w: 9 } }), 0, "the same once more");
    assertEquals(await get("/i/john/p.webp?p:s"), [200, "memory"]);
    assertEquals(await change({ params: { w: 7 } }), 3);
    assertEquals(await get("/i/john/p.webp?p:s"), [200, "store"], "it was made by its parameters before");
    assertEquals(await get("/i/john/p.webp?w=9"), [200, "made"], "the old one is gone");
    assertEquals(await get("/i/mary/p.webp?p:s"), [200, "memory"]);
    assertEquals(await change({ params: { w: 8 } }), 0, "who asked by parameters keeps theirs");
    assertEquals(await get("/i/john/p.webp?p:s"), [200, "made"]);
    assertEquals((await call(app, john, "DELETE", `${PRESETS}/s`)).body.purged.derivatives, 1);
    for (const width of [7, 9]) assertEquals((await get(`/i/john/p.webp?w=${width}`))[1], "store");
  }));

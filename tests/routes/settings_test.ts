/** `/api/v1/settings` over HTTP, with two users throughout. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SettingsAnswer, SettingsUpdateAnswer } from "../../routes/api/v1/_schema/settings.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { errorOf, fixture, ORIGIN, startTestApp } from "../doubles/app.ts";

const SETTINGS = "/api/v1/settings";

Deno.test("getSettings() tells a new user's settings with every key", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await app.upload(mary, await fixture("quarters.jpg"), "m.jpg");
    const { status, body } = await call(app, john, "GET", SETTINGS);
    assertEquals(status, 200);
    const { settings } = SettingsAnswer.parse(body);
    const { id, created_at, updated_at, ...rest } = settings;
    assertEquals(id, john.user.id);
    assert(Math.abs(created_at - app.deps.now() / 1_000) < 60 && updated_at >= created_at);
    assertEquals(rest, {
      username: "john",
      email: null,
      plan: "pro",
      delivery_formats: ["webp", "avif", "jpeg"],
      default_quality: 80,
      default_fit_mode: "contain",
      default_max_width: null,
      default_max_height: null,
      theme: "system",
      language: "en",
      strip_originals: false,
      width_steps: null,
      total_uploads: 0,
      storage_used_bytes: 0,
    });
    const hers = (await call(app, mary, "GET", SETTINGS)).body.settings;
    assertEquals([hers.total_uploads, hers.storage_used_bytes], [1, (await fixture("quarters.jpg")).length]);
  }));

Deno.test("updateSettings() changes what is named, and nobody else's", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const change = { default_quality: 85, default_fit_mode: "cover", default_max_width: 1920, theme: "dark" } as const;
    const first = await call(app, john, "PUT", SETTINGS, { ...change, unknown: 1, plan: "free", username: "x" });
    assertEquals(first.status, 200);
    const { settings, message } = SettingsUpdateAnswer.parse(first.body);
    assertEquals(message, "Settings updated successfully");
    assertEquals({ ...settings, ...change }, settings);
    assertEquals([settings.plan, settings.username, settings.language], ["pro", "john", "en"]);
    const second = await call(app, john, "PUT", SETTINGS, { default_max_width: null, language: "ko" });
    assertEquals([second.body.settings.default_max_width, second.body.settings.language], [null, "ko"]);
    assertEquals(second.body.settings.default_quality, 85);
    assertEquals((await call(app, mary, "GET", SETTINGS)).body.settings.default_quality, 80);
  }));

Deno.test("updateSettings() takes a body without anything in it as no change", () =>
  withUsers(startTestApp(), async (app, john) => {
    const before = (await call(app, john, "GET", SETTINGS)).body.settings;
    for (const body of [undefined, "", "null", "{}", "  "]) {
      const { status, body: answer } = await call(app, john, "PUT", SETTINGS, body);
      assertEquals(status, 200, `${body}`);
      assertEquals({ ...answer.settings, updated_at: before.updated_at }, before);
    }
  }));

Deno.test("updateSettings() names the field that is wrong", () =>
  withUsers(startTestApp(), async (app, john) => {
    await assertRefusesNoObjects(app, john, "PUT", SETTINGS);
    await assertRefuses(app, john, "PUT", SETTINGS, [
      ["delivery_formats", { delivery_formats: [] }],
      ["delivery_formats", { delivery_formats: "webp" }],
      ["delivery_formats", { delivery_formats: ["webp", "webp"] }],
      ["delivery_formats", { delivery_formats: null }],
      ["delivery_formats.0", { delivery_formats: ["gif"] }],
      ["default_quality", { default_quality: 0 }],
      ["default_quality", { default_quality: 101 }],
      ["default_quality", { default_quality: "80" }],
      ["default_quality", { default_quality: 80.5 }],
      ["default_quality", { default_quality: null }],
      ["default_fit_mode", { default_fit_mode: "crop" }],
      ["default_fit_mode", { default_fit_mode: 1 }],
      ["default_max_width", { default_max_width: 0 }],
      ["default_max_width", { default_max_width: 10_001 }],
      ["default_max_width", { default_max_width: -1 }],
      ["default_max_height", { default_max_height: "100" }],
      ["default_max_height", { default_max_height: 1e300 }],
      ["theme", { theme: "pink" }],
      ["language", { language: "English" }],
      ["language", { language: 5 }],
      ["strip_originals", { strip_originals: "yes" }],
      ...[[], [640, 320], [320, 320], 320, "320,640", {}, Array(51).fill(1)].map(
        (width_steps) => ["width_steps", { width_steps }] as [string, unknown],
      ),
      ...[0, 10_001, 1.5, "320", null].map((step) => ["width_steps.0", { width_steps: [step] }] as [string, unknown]),
    ]);
    assertEquals(
      (await call(app, john, "PUT", SETTINGS, { default_quality: 1, default_max_width: 10_000 })).status,
      200,
    );
    await assertGuarded(app, "GET", SETTINGS, "read");
    await assertGuarded(app, "PUT", SETTINGS, "write");
  }));

Deno.test("settings fill the URLs that are handed out and leave bare ones alone", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const file = await fixture("quarters.png");
    const etag = async () => (await app.request("/i/john/p.webp", { method: "HEAD" })).headers.get("etag");
    const plain = await (await app.upload(john, file, "p.png")).json();
    const bare = await etag();
    assertEquals(plain.available_formats.webp, `${ORIGIN}/i/john/p.webp`);
    const fill = {
      default_quality: 60,
      default_fit_mode: "cover",
      default_max_width: 48,
      default_max_height: 1_000,
      delivery_formats: ["avif", "webp"],
    };
    await call(app, john, "PUT", SETTINGS, fill);
    const filled = await (await app.upload(john, file, "p.png")).json();
    assertEquals(filled.available_formats.webp, `${ORIGIN}/i/john/p.webp?w=48&q=60`);
    assertEquals(filled.url, "/john/p.png");
    const [item] = (await call(app, john, "GET", "/api/v1/images")).body.images;
    assertEquals(item.cdn_url, `${ORIGIN}/i/john/p.avif?w=48&q=60`);
    const { urls } = (await call(app, john, "GET", `/api/v1/images/${item.id}`)).body;
    assertEquals([urls.original, urls.jpeg], [`${ORIGIN}/i/john/p.png`, `${ORIGIN}/i/john/p.jpg?w=48&q=60`]);
    await call(app, john, "PUT", SETTINGS, { default_max_height: 20 });
    const both = await (await app.upload(john, file, "p.png")).json();
    assertEquals(both.available_formats.webp, `${ORIGIN}/i/john/p.webp?w=48&h=20&fit=cover&q=60`);
    assertEquals((await app.request(both.available_formats.webp)).status, 200);
    assertEquals(await etag(), bare);
    const hers = await (await app.upload(mary, file, "p.png")).json();
    assertEquals(hers.available_formats.webp, `${ORIGIN}/i/mary/p.webp`);
  }));

Deno.test("uploadImage() takes places out of a file when the settings say so, and still finds duplicates", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const file = withGps(await fixture("quarters.jpg"));
    assert(holds(file, "GPSMARK"));
    await call(app, john, "PUT", SETTINGS, { strip_originals: true });
    const first = await (await app.upload(john, file, "a.jpg")).json();
    const again = await (await app.upload(john, file, "b.jpg")).json();
    assertEquals([first.is_new, again.is_new, again.id], [true, false, first.id]);
    const served = new Uint8Array(await (await app.request("/i/john/a.jpg")).arrayBuffer());
    assert(!holds(served, "GPSMARK") && served.length < file.length);
    assertMatch(first.id, /^[0-9a-f]{16}$/);
    await app.upload(mary, file, "a.jpg");
    assert(holds(new Uint8Array(await (await app.request("/i/mary/a.jpg")).arrayBuffer()), "GPSMARK"));
  }));

Deno.test("uploadImage() with places taken out takes and refuses the same files as without", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await call(app, john, "PUT", SETTINGS, { strip_originals: true });
    for (const name of ["quarters.png", "fading.webp", "quarters-turned.jpg", "quarters.avif", "quarters.jxl"]) {
      const file = await fixture(name);
      const [his, hers] = [await app.upload(john, file, name), await app.upload(mary, file, name)];
      assertEquals([his.status, hers.status], [201, 201], name);
      assertEquals((await his.json()).dimensions, (await hers.json()).dimensions, name);
    }
    for (const broken of [new Uint8Array([1, 2, 3]), (await fixture("quarters.png")).slice(0, 200)]) {
      const refused = await app.upload(john, broken, "x.png");
      assertEquals([refused.status, (await errorOf(refused)).code], [400, "INVALID_FILE"]);
    }
  }));

function holds(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes).includes(text);
}

/** Puts an EXIF block with a GPS part into a JPEG: TIFF header, one entry that points to the GPS part, one text in it. */
function withGps(jpeg: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const tiff = new DataView(new ArrayBuffer(60));
  new Uint8Array(tiff.buffer).set([0x49, 0x49, 0x2a, 0]);
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    tiff.setUint16(at, tag, true);
    tiff.setUint16(at + 2, type, true);
    tiff.setUint32(at + 4, count, true);
    tiff.setUint32(at + 8, value, true);
  };
  tiff.setUint32(4, 8, true);
  tiff.setUint16(8, 1, true);
  entry(10, 0x8825, 4, 1, 26);
  tiff.setUint16(26, 1, true);
  // GPSAreaInformation.
  entry(28, 0x1c, 7, 7, 48);
  new Uint8Array(tiff.buffer).set(new TextEncoder().encode("GPSMARK"), 48);
  const body = [...new TextEncoder().encode("Exif\0\0"), ...new Uint8Array(tiff.buffer)];
  const length = body.length + 2;
  const segment = [0xff, 0xe1, length >> 8, length & 255, ...body];
  return new Uint8Array([...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2)]);
}

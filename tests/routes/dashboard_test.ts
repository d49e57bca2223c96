/** The dashboard's pages and forms as a browser without scripts uses them. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { SESSION_COOKIE } from "../../routes/_http/session_cookie.ts";
import { addressesIn, GUIDE_IDS, guidesAt } from "../../routes/dashboard/_docs/guides.ts";
import { preferredLanguage } from "../../routes/dashboard/_text/catalogue.ts";
import { EN } from "../../routes/dashboard/_text/en.ts";
import { KO } from "../../routes/dashboard/_text/ko.ts";
import { SAMPLE } from "../../routes/_services/sample.ts";
import { createApp } from "../../routes/app.ts";
import { fixture, ORIGIN, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";

interface Browser {
  readonly app: TestApp;
  readonly john: TestUser;
  /** With John's session. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(
    path: string,
    fields: Record<string, string> | [string, string][],
    headers?: Record<string, string>,
  ): Promise<Response>;
}

async function withBrowser(run: (browser: Browser) => Promise<void>, options: TestAppOptions = {}): Promise<void> {
  const app = await startTestApp(options);
  const sample = { bytes: await fixture("sample.jpg"), mimeType: "image/jpeg", etag: '"s"' };
  const handler = createApp(app.deps, new Map([["sample.jpg", sample]]));
  const john = await app.addUser("john");
  const own = { cookie: `${SESSION_COOKIE}=${await app.deps.sessions.create(john.user.id)}` };
  const ask = (path: string, init: RequestInit) => handler(new Request(ORIGIN + path, init), "127.0.0.1");
  try {
    await run({
      app,
      john,
      get: (path, headers = own) => ask(path, { headers: { accept: "text/html", ...headers } }),
      post: (path, fields, headers = {}) =>
        ask(path, {
          method: "POST",
          headers: { ...own, "sec-fetch-site": "same-origin", accept: "text/html", ...headers },
          body: new URLSearchParams(fields),
        }),
    });
  } finally {
    await app.close();
  }
}

const OTHER_SITE = { "sec-fetch-site": "cross-site" };

Deno.test("pages for people who are signed in lead others to sign in, and back to where they wanted to be", () =>
  withBrowser(async ({ get, post }) => {
    for (const path of ["/usage", "/settings", "/publish"]) {
      const answer = await get(path, {});
      assertEquals([answer.status, answer.headers.get("location")], [303, `/sign-in?next=${encodeURIComponent(path)}`]);
    }
    const page = await (await get("/sign-in?next=%2Fusage%3Fdays%3D7", {})).text();
    assertStringIncludes(page, 'name="next" value="/usage?days=7"');
    const fields = { username: "mary", email: "mary@example.com", password: "correct horse" };
    assertEquals((await post("/sign-up", fields, { cookie: "" })).headers.get("location"), "/images");
    for (
      const [next, wanted] of [["/usage?days=7", "/usage?days=7"], ["//evil.example", "/images"], [
        "/\\evil",
        "/images",
      ]]
    ) {
      const signedIn = await post("/sign-in", { ...fields, next: next! }, { cookie: "" });
      assertEquals([signedIn.status, signedIn.headers.get("location")], [303, wanted]);
      assertMatch(signedIn.headers.get("set-cookie")!, /HttpOnly; SameSite=Lax/);
    }
  }));

Deno.test("every form refuses what another site's page sends with the session's cookie", () =>
  withBrowser(async ({ app, john, post }) => {
    const before = await app.deps.users.get(john.user.id);
    const forms: [string, Record<string, string>][] = [
      ["/settings", { action: "look", theme: "dark", language: "ko" }],
      ["/settings", { action: "delete-account", confirm: "john" }],
      ["/usage", { action: "checkout" }],
      ["/preferences", { theme: "dark" }],
      ["/sign-out", {}],
      ["/sign-in", { username: "john", password: "x" }],
      ["/sign-up", { username: "mary", email: "m@example.com", password: "correct horse" }],
    ];
    for (const [path, fields] of forms) {
      assertEquals((await post(path, fields, OTHER_SITE)).status, 403, path);
      const byOrigin = { "sec-fetch-site": "", origin: "https://evil.example", host: "localhost:8000" };
      assertEquals((await post(path, fields, byOrigin)).status, 403, path);
    }
    assertEquals(await app.deps.users.get(john.user.id), before);
    assertEquals(await app.deps.users.byName("mary" as never), null);
  }));

Deno.test("theme and language: a cookie for anybody, a setting for people who are signed in", () =>
  withBrowser(async ({ get, post, app, john }) => {
    const open = await get("/pricing", { "accept-language": "ko-KR,ko;q=0.9,en;q=0.8" });
    assertStringIncludes(await open.text(), '<html lang="ko" data-theme="system">');
    const chosen = await post("/preferences", { theme: "dark", next: "/pricing?x=1" }, { cookie: "" });
    assertEquals([chosen.status, chosen.headers.get("location")], [303, "/pricing?x=1"]);
    const [cookie] = chosen.headers.getSetCookie();
    assertMatch(cookie!, /^imgsrc_theme=dark; .*HttpOnly; SameSite=Lax$/);
    assertStringIncludes(await (await get("/", { cookie: "imgsrc_theme=dark" })).text(), 'data-theme="dark"');
    for (const next of ["//evil.example", "https://evil.example", "/\\evil"]) {
      assertEquals((await post("/preferences", { language: "ko", next })).headers.get("location"), "/");
    }
    assertEquals((await app.deps.users.get(john.user.id))!.settings.language, "ko");
    // The setting wins over what the browser likes.
    const page = await (await get("/usage")).text();
    assertStringIncludes(page, '<html lang="ko"');
    assertStringIncludes(page, KO.usage.title);
    assertEquals((await post("/preferences", { theme: "neon", language: "xx" })).status, 303);
    assertEquals((await app.deps.users.get(john.user.id))!.settings.theme, "system");
  }));

Deno.test("before a language is chosen the browser's is shown, and the API tells English", () =>
  withBrowser(async ({ get, app, john }) => {
    const asKorean = async () => {
      const cookie = `${SESSION_COOKIE}=${await app.deps.sessions.create(john.user.id)}`;
      return await (await get("/usage", { cookie, "accept-language": "ko-KR,ko;q=0.9" })).text();
    };
    assertStringIncludes(await asKorean(), '<html lang="ko"');
    const told = await (await app.request("/api/v1/settings", { headers: john.auth })).json();
    assertEquals(told.settings.language, "en");
    await app.deps.users.update(john.user.id, (old) => ({ ...old, settings: { ...old.settings, language: "en" } }));
    assertStringIncludes(await asKorean(), '<html lang="en"');
  }));

Deno.test("preferredLanguage() takes the highest q of the languages that are there", () => {
  const cases: [string | null, string][] = [
    [null, "en"],
    ["", "en"],
    ["ko", "ko"],
    ["ko-KR", "ko"],
    ["fr, ko;q=0.4, en;q=0.5", "en"],
    ["en;q=0.4, ko;q=0.5", "ko"],
    ["ko;q=0, en;q=0.1", "en"],
    ["*", "en"],
    ["KO;Q=x, en", "en"],
  ];
  for (const [header, language] of cases) assertEquals(preferredLanguage(header), language, String(header));
});

/** Every text of a catalogue, by its place. */
function textsOf(catalogue: object, place = ""): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${place}${key}`, value] as [string, string]] : textsOf(value, `${place}${key}.`)
  );
}

/** Names that are the same in every language. */
const NAMES = new Set(["Free", "Pro", "<picture>", "Markdown", "React", "Next.js", "curl"]);

Deno.test("Korean has every text of English, in Korean, with the same places for values", () => {
  const english = new Map(textsOf(EN));
  const korean = new Map(textsOf(KO));
  assertEquals([...korean.keys()].toSorted(), [...english.keys()].toSorted());
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted();
  for (const [key, text] of english) {
    assertEquals(places(korean.get(key)!), places(text), key);
    if (text === korean.get(key)) {
      assert(!/\p{Ll}/u.test(text.replace(/\{\w+\}/g, "")) || NAMES.has(text), `${key} is not translated`);
    }
  }
});

Deno.test("a key is shown once, works, and is revoked", () =>
  withBrowser(async ({ app, get, post }) => {
    const fields: [string, string][] = [["action", "make-key"], ["name", "<b>CI</b>"], ["scopes", "read"], [
      "days",
      "30",
    ]];
    const page = await (await post("/settings", fields)).text();
    const key = /imgsrc_[A-Za-z0-9]{48}/.exec(page)![0];
    assertStringIncludes(page, "&lt;b>CI&lt;/b>");
    const auth = { authorization: `Bearer ${key}` };
    assertEquals((await app.request("/api/v1/images", { headers: auth })).status, 200);
    assertEquals((await app.request("/api/v1/images", { method: "POST", headers: auth })).status, 403);
    assert(!(await (await get("/settings")).text()).includes(key));
    const keys = await (await app.request("/api/v1/settings/api-keys", { headers: auth })).json();
    const { id, expires_at } = keys.api_keys.find((one: { name: string }) => one.name === "<b>CI</b>");
    assertNotEquals(expires_at, null);
    const revoked = await post("/settings", { action: "revoke-key", id });
    assertEquals(revoked.headers.get("location"), "/settings?done=keyRevoked#keys");
    assertStringIncludes(await (await get("/settings?done=keyRevoked")).text(), EN.settings.keyRevoked);
    assertEquals((await app.request("/api/v1/images", { headers: auth })).status, 401);
    const refused = await post("/settings", { action: "make-key", name: "" });
    assertEquals(refused.status, 400);
    assertStringIncludes(await refused.text(), 'role="alert"');
  }));

Deno.test("presets and defaults are saved as the API takes them, and refused in its words", () =>
  withBrowser(async ({ app, john, get, post }) => {
    const made = await post("/settings", { action: "make-preset", name: "card", params: "?w=400&h=300&fit=cover" });
    assertEquals(made.status, 303);
    const { presets } = await (await app.request("/api/v1/settings/presets", { headers: john.auth })).json();
    assertEquals([presets[0].name, presets[0].params], ["card", { w: 400, h: 300, fit: "cover" }]);
    assertStringIncludes(await (await get("/settings")).text(), "/sample/photo.webp?w=400&amp;h=300&amp;fit=cover");
    const twice = await post("/settings", { action: "make-preset", name: "card", params: "w=1" });
    assertEquals(twice.status, 409);
    const defaults: [string, string][] = [
      ["action", "defaults"],
      ["delivery_formats", "avif"],
      ["delivery_formats", ""],
      ["delivery_formats", "webp"],
      ["default_quality", "70"],
      ["default_fit_mode", "cover"],
      ["default_max_width", "1200"],
      ["default_max_height", ""],
      ["width_steps", "320, 640 1280"],
    ];
    assertEquals((await post("/settings", defaults)).status, 303);
    const { settings } = await (await app.request("/api/v1/settings", { headers: john.auth })).json();
    assertEquals([settings.delivery_formats, settings.default_quality, settings.default_max_width], [
      ["avif", "webp"],
      70,
      1200,
    ]);
    assertEquals(settings.width_steps, [320, 640, 1280]);
    const bad = await post(
      "/settings",
      defaults.map(([k, v]): [string, string] => [k, k === "default_quality" ? "101" : v]),
    );
    assertEquals(bad.status, 400);
    assertStringIncludes(await bad.text(), "must be at most 100");
  }));

Deno.test("log out everywhere ends this session too; the account goes only by its name", () =>
  withBrowser(async ({ app, john, get, post }) => {
    assertEquals((await post("/settings", { action: "delete-account", confirm: "mary" })).status, 400);
    const out = await post("/settings", { action: "log-out-everywhere" });
    assertEquals(out.headers.get("location"), "/sign-in");
    assertEquals((await get("/usage")).status, 303);
    const cookie = `${SESSION_COOKIE}=${await app.deps.sessions.create(john.user.id)}`;
    const gone = await post("/settings", { action: "delete-account", confirm: "john" }, { cookie });
    assertEquals(gone.headers.get("location"), "/");
    assertEquals(await app.deps.users.get(john.user.id), null);
  }));

Deno.test("usage shows figures, a table behind each chart, and says what can't be bought here", () =>
  withBrowser(async ({ app, john, get, post }) => {
    await app.upload(john, await fixture("sample.jpg"), "a.jpg");
    await (await app.request("/i/john/a.webp?w=50")).arrayBuffer();
    const page = await (await get("/usage?days=7")).text();
    assertEquals(page.match(/<table/g)!.length, 6);
    assertEquals(page.match(/<tr>/g)!.length, 6 * 8);
    assertStringIncludes(page, `1 of 10,000`);
    const refused = await post("/usage", { action: "checkout" });
    assertEquals(refused.status, 501);
    assertStringIncludes(await refused.text(), 'role="alert"');
    await app.deps.users.setPlan(john.user.id, "free");
    assertStringIncludes(await (await get("/usage")).text(), "deno task admin user plan john pro");
  }));

Deno.test("what isn't there is a page for a browser and the envelope for a program", () =>
  withBrowser(async ({ get }) => {
    const page = await get("/nothing", { accept: "text/html", "accept-language": "ko" });
    assertEquals([page.status, page.headers.get("content-type")], [404, "text/html; charset=utf-8"]);
    assertStringIncludes(await page.text(), KO.shell.notFoundTitle);
    for (
      const [path, accept] of [["/nothing", "*/*"], ["/api/v1/nothing", "text/html"], ["/i/john/x.webp", "text/html"]]
    ) {
      const answer = await get(path!, { accept: accept! });
      assertEquals(answer.headers.get("content-type")?.split(";")[0], "application/json", path);
    }
  }));

Deno.test("the sample is what its facts say, comes by every parameter, and has its bounds", () =>
  withBrowser(async ({ app, get }) => {
    const probe = await app.upload(await app.addUser("mary"), await fixture("sample.jpg"), "s.jpg");
    const { dimensions, format } = await probe.json();
    assertEquals({ ...dimensions, format }, { width: SAMPLE.width, height: SAMPLE.height, format: SAMPLE.format });
    const picture = await get("/sample/photo.webp?w=64", {});
    assertEquals([picture.status, picture.headers.get("content-type")], [200, "image/webp"]);
    await picture.body?.cancel();
    const etag = picture.headers.get("etag")!;
    assertEquals((await get("/sample/photo.webp?w=64&unknown=1", { "if-none-match": etag })).status, 304);
    for (
      const [path, status] of [["photo.webp?w=0", 400], ["photo.webp?w=1601", 400], ["other.webp", 404], [
        "photo.gif",
        404,
      ]]
    ) {
      const answer = await get(`/sample/${path}`, {});
      assertEquals(answer.status, status, String(path));
      await answer.body?.cancel();
    }
    const made = app.transforms();
    const many = await Promise.all(Array.from({ length: 120 }, (_, n) => get(`/sample/photo.webp?w=${n + 1}`, {})));
    const statuses = many.map(({ status }) => status);
    await Promise.all(many.map((answer) => answer.body?.cancel()));
    assert(statuses.includes(429) && statuses.includes(200));
    assert(app.transforms() - made <= 90, String(app.transforms() - made));
  }));

Deno.test("every address in the documentation answers 200, for anybody and for a user with a picture", () =>
  withBrowser(async ({ app, john, get }) => {
    await app.upload(john, await fixture("sample.jpg"), "p.jpg", { path: "blog 1/photo.jpg" });
    for (const headers of [{}, undefined]) {
      const page = await (await get("/docs", headers as Record<string, string>)).text();
      for (const id of GUIDE_IDS.slice(1)) assertStringIncludes(page, `id="${id}"`);
      const addresses = addressesIn(page.replaceAll("&amp;", "&").replaceAll("&quot;", '"'));
      assert(addresses.length >= 10, addresses.join("\n"));
      for (const address of addresses) {
        assert(address.startsWith(ORIGIN), address);
        const answer = await get(address.slice(ORIGIN.length), {});
        assertEquals(answer.status, 200, address);
        await answer.body?.cancel();
      }
    }
    const place = { origin: ORIGIN, base: `${ORIGIN}/i/john`, picture: "blog%201/photo" };
    assertEquals(guidesAt(place).map(({ id }) => id), [...GUIDE_IDS]);
  }));

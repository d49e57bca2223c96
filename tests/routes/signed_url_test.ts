/** Private pictures and signed URLs over HTTP, with two users throughout. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SignedUrlAnswer, VisibilityAnswer } from "../../routes/api/v1/_schema/image_changes.ts";
import { SigningKeyRotationAnswer, SigningKeysAnswer } from "../../routes/api/v1/_schema/settings.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { errorOf, fixture, ORIGIN, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

const KEYS = "/api/v1/settings/signing-keys";

interface World {
  readonly app: TestApp;
  readonly john: TestUser;
  readonly mary: TestUser;
  readonly id: string;
  /** Moves the clock. */
  pass(ms: number): void;
  sign(body?: unknown): Promise<string>;
  statusOf(url: string): Promise<number>;
}

/** John has a private picture at `a/p.png`. */
async function withPrivate(run: (world: World) => Promise<void>): Promise<void> {
  let nowMs = Date.UTC(2026, 0, 15, 12);
  await withUsers(startTestApp({ now: () => nowMs }), async (app, john, mary) => {
    const fields = { path: "a/p.png", visibility: "private" };
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "p.png", fields)).json();
    const statusOf = async (url: string) => {
      const response = await app.request(url);
      await response.body?.cancel();
      return response.status;
    };
    const sign = async (body?: unknown) => {
      const answer = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, body);
      assertEquals(answer.status, 200, JSON.stringify(answer.body));
      return SignedUrlAnswer.parse(answer.body).signed_url;
    };
    await run({ app, john, mary, id, pass: (ms) => nowMs += ms, sign, statusOf });
  });
}

Deno.test("createSignedUrl() gives a link that opens the picture until it expires", () =>
  withPrivate(async ({ app, john, id, pass, statusOf }) => {
    const body = { expires_in_seconds: 300 };
    const answer = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, body);
    const { signed_url, expires_at, expires_in_seconds } = SignedUrlAnswer.parse(answer.body);
    assertEquals([expires_in_seconds, expires_at], [300, Date.UTC(2026, 0, 15, 12, 5) / 1_000]);
    assertMatch(signed_url, /^http:\/\/localhost:8000\/i\/john\/a\/p\.webp\?token=[\w.-]+&expires=\d+$/);
    const response = await app.request(signed_url);
    assertEquals([response.status, response.headers.get("content-type")], [200, "image/webp"]);
    assertEquals(response.headers.get("cache-control"), "private, max-age=300");
    await response.body?.cancel();
    const headers = { "if-none-match": response.headers.get("etag")! };
    const again = await app.request(signed_url, { headers });
    assertEquals([again.status, again.headers.get("cache-control")], [304, "private, max-age=300"]);
    pass(299_000);
    assertEquals(await statusOf(signed_url), 200);
    pass(1_000);
    assertEquals(await statusOf(signed_url), 404);
    assertEquals((await app.request(signed_url, { headers })).status, 404, "an etag opens nothing");
  }));

Deno.test("createSignedUrl() lets a viewer keep a picture for an hour at most", () =>
  withPrivate(async ({ app, sign }) => {
    const response = await app.request(await sign({ expires_in_seconds: 604_800 }));
    assertEquals(response.headers.get("cache-control"), "private, max-age=3600");
    await response.body?.cancel();
  }));

Deno.test("servePicture() answers for a private picture as for one that isn't there", () =>
  withPrivate(async ({ app, sign }) => {
    const absent = await app.request("/i/john/a/none.webp");
    const { path: _, ...expected } = await errorOf(absent);
    const link = new URL(await sign());
    const token = link.searchParams.get("token")!;
    const expires = link.searchParams.get("expires")!;
    const flipped = token.slice(0, -2) + (token.at(-2) === "A" ? "B" : "A") + token.at(-1);
    const queries = [
      "",
      `token=${token}`,
      `expires=${expires}`,
      `token=${token}&expires=${Number(expires) + 1}`,
      `token=${flipped}&expires=${expires}`,
      `token=&expires=${expires}`,
      `token=${token}&expires=`,
      `token=${token}&expires=1e99`,
      `token=${token}&expires=${expires}&expires=1`,
      `token=${token}&sig=x&expires=${expires}`,
      `token=${token}x&expires=${expires}`,
      `token=t.${token}&expires=${expires}`,
      `token=${token.replace(".", ".t.")}&expires=${expires}`,
      `token=zzzzzzzz.${token.split(".")[1]}&expires=${expires}`,
    ];
    for (const query of queries) {
      for (const path of ["/i/john/a/p.png", "/i/john/a/p.webp", "/i/john/a/p"]) {
        const response = await app.request(`${path}?${query}`);
        assertEquals([response.status, response.headers.get("cache-control")], [404, "no-store"], query);
        const { path: _, ...error } = await errorOf(response);
        assertEquals(error, expected);
      }
    }
  }));

Deno.test("servePicture() takes a link in both spellings, in any format and with any parameters", () =>
  withPrivate(async ({ app, sign, statusOf }) => {
    const link = new URL(await sign());
    const [token, expires] = [link.searchParams.get("token")!, link.searchParams.get("expires")!];
    for (
      const proof of [
        `token=${token}&expires=${expires}`,
        `sig=${token}&exp=${expires}`,
        `exp=${expires}&token=${token}`,
      ]
    ) {
      for (const path of ["a/p.png", "a/p.webp?w=10", "a/p.jpg?w=9&q=5", "a/p"]) {
        const url = `/i/john/${path}${path.includes("?") ? "&" : "?"}${proof}`;
        assertEquals(await statusOf(url), 200, url);
      }
    }
    await app.upload({ ...(await app.addUser("anna")) }, await fixture("quarters.png"), "p.png", {
      path: "a/p.png",
      visibility: "private",
    });
    assertEquals(await statusOf(`/i/anna/a/p.png?token=${token}&expires=${expires}`), 404);
  }));

Deno.test("createSignedUrl() binds a link to its transform when it has one", () =>
  withPrivate(async ({ sign, statusOf }) => {
    const link = await sign({ transformation: { width: 20, height: 20, fit: "cover", quality: 50, format: "jpeg" } });
    assert(link.startsWith(`${ORIGIN}/i/john/a/p.jpg?w=20&h=20&fit=cover&q=50&token=`), link);
    assertEquals(await statusOf(link), 200);
    assertEquals(await statusOf(link.replace("w=20", "w=21")), 404);
    assertEquals(await statusOf(link.replace("w=20&", "")), 404);
    assertEquals(await statusOf(`${link}&blur=5`), 404);
    assertEquals(await statusOf(link.replace("p.jpg", "p.webp")), 404);
    assertEquals(await statusOf(link.replace("w=20&h=20&fit=cover&q=50", "q=50&fit=cover&h=20&w=20")), 200);
    const short = await sign({ transform: { w: 30 }, expires_in: 60 });
    assert(short.includes("/a/p.webp?w=30&token="), short);
    assertEquals([await statusOf(short), await statusOf(short.replace("w=30&", ""))], [200, 404]);
    assertEquals(await statusOf(short.replace("p.webp", "p.jpg")), 404);
  }));

Deno.test("createSignedUrl() gives the parameters of the settings when no transform is named, without binding them", () =>
  withPrivate(async ({ app, john, sign, statusOf }) => {
    const settings = { default_max_width: 40, default_quality: 70, delivery_formats: ["jpeg"] };
    await call(app, john, "PUT", "/api/v1/settings", settings);
    const link = await sign();
    assert(link.startsWith(`${ORIGIN}/i/john/a/p.jpg?w=40&q=70&token=`), link);
    assertEquals([await statusOf(link), await statusOf(link.replace("w=40&", ""))], [200, 200]);
  }));

Deno.test("a link ends at once when its picture turns private anew, is deleted or is replaced", () =>
  withPrivate(async ({ app, john, id, sign, statusOf }) => {
    const visibility = `/api/v1/images/${id}/visibility`;
    const first = await sign();
    assertEquals(await statusOf(first), 200);
    await call(app, john, "PUT", visibility, { visibility: "private" });
    assertEquals(await statusOf(first), 200, "what is private stays as it is");
    await call(app, john, "PUT", visibility, { visibility: "public" });
    assertEquals(await statusOf(first), 200, "a public picture needs no link");
    await call(app, john, "PATCH", visibility, { visibility: "private" });
    assertEquals(await statusOf(first), 404);
    const second = await sign();
    assertEquals(await statusOf(second), 200);
    const file = await fixture("quarters.png");
    const publish = { path: "a/p.png", visibility: "public" };
    await app.upload(john, file, "p.png", publish);
    await app.upload(john, file, "p.png", { ...publish, visibility: "private" });
    assertEquals(await statusOf(second), 404, "an upload can flip it as well");
    const third = await sign();
    await call(app, john, "DELETE", `/api/v1/images/${id}`);
    assertEquals(await statusOf(third), 404);
    await app.upload(john, file, "p.png", { ...publish, visibility: "private" });
    assertEquals(await statusOf(third), 404, "the same file again is another picture");
    const fourth = await sign();
    assertEquals(await statusOf(fourth), 200);
    await app.upload(john, await fixture("quarters.jpg"), "x.jpg", { ...publish, visibility: "private" });
    assertEquals(await statusOf(fourth), 404, "another file at the path");
  }));

Deno.test("rotateSigningKey() ends every link at once, or lets the previous key's go on", () =>
  withPrivate(async ({ app, john, mary, sign, statusOf }) => {
    assertEquals((await call(app, john, "GET", KEYS)).body, { signing_keys: [], total: 0 });
    const first = await sign();
    await call(app, mary, "POST", `${KEYS}/rotate`);
    assertEquals(await statusOf(first), 200);
    const kept = await call(app, john, "POST", `${KEYS}/rotate`, { keep_previous: true });
    const { signing_keys } = SigningKeyRotationAnswer.parse(kept.body);
    assertEquals(signing_keys.map((k) => k.is_current), [true, false]);
    const second = await sign();
    assertEquals([await statusOf(first), await statusOf(second)], [200, 200]);
    await call(app, john, "POST", `${KEYS}/rotate`, { keep_previous: true });
    assertEquals([await statusOf(first), await statusOf(second)], [404, 200], "two keys live, not three");
    const third = await sign();
    const ended = await call(app, john, "POST", `${KEYS}/rotate`);
    assertEquals([ended.status, ended.body.signing_keys.length], [200, 1]);
    assertEquals([await statusOf(second), await statusOf(third)], [404, 404]);
    const list = SigningKeysAnswer.parse((await call(app, john, "GET", KEYS)).body);
    assertEquals(list.total, 1);
    assert(!JSON.stringify([kept.body, list]).includes("secret"));
    await assertRefusesNoObjects(app, john, "POST", `${KEYS}/rotate`);
    await assertRefuses(app, john, "POST", `${KEYS}/rotate`, [["keep_previous", { keep_previous: 1 }]]);
    await assertGuarded(app, "POST", `${KEYS}/rotate`, "write");
    await assertGuarded(app, "GET", KEYS, "read");
  }));

Deno.test("createSignedUrl() is for one's own pictures, on Pro, with bodies of the contract", () =>
  withPrivate(async ({ app, john, mary, id }) => {
    const path = `/api/v1/images/${id}/signed-url`;
    const absent = await call(app, mary, "POST", "/api/v1/images/0123456789abcdef/signed-url");
    const hers = await call(app, mary, "POST", path);
    assertEquals([hers.status, hers.body.error.message], [404, absent.body.error.message]);
    const free = await app.addUser("poor", "free");
    assertEquals((await call(app, free, "POST", path, "{")).body.error.code, "FORBIDDEN");
    await assertRefusesNoObjects(app, john, "POST", path);
    await assertRefuses(app, john, "POST", path, [
      ...[59, 604_801, "300", 60.5, true].map((n) => ["expires_in_seconds", { expires_in_seconds: n }] as const),
      ["expires_in", { expires_in: 1 }],
      ["transform", { transform: [] }],
      ["transform", { transform: "w=1" }],
      ["w", { transform: { w: 0 } }],
      ["width", { transformation: { width: "x" } }],
      ["format", { transformation: { format: "gif" } }],
      ["path", { path: 5 }],
      ["path", { path: "../x" }],
    ]);
    for (const body of [undefined, "null", "", {}, { expires_in_seconds: null, unknown: 1 }]) {
      assertEquals((await call(app, john, "POST", path, body)).body.expires_in_seconds, 3_600);
    }
    for (const n of [60, 604_800]) {
      assertEquals((await call(app, john, "POST", path, { expires_in_seconds: n })).status, 200);
    }
    assertEquals((await call(app, john, "POST", path, { path: "other.png" })).status, 404);
    await assertGuarded(app, "POST", path, "write");
  }));

Deno.test("createSignedUrl() signs for each path alone, and for a name that another picture has too", () =>
  withPrivate(async ({ app, john, sign, statusOf }) => {
    const file = await fixture("quarters.png");
    await app.upload(john, file, "p.png", { path: "b/q.png" });
    const link = await sign({ path: "b/q.png" });
    assertEquals([await statusOf(link), await statusOf(link.replace("b/q", "a/p"))], [200, 404]);
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg", { path: "a/p.jpg" });
    const exact = await sign({ path: "a/p.png" });
    assert(exact.startsWith(`${ORIGIN}/i/john/a/p.png.webp?`), exact);
    assertEquals(await statusOf(exact), 200);
  }));

Deno.test("listAllImages() shows the latest living link of a private picture", () =>
  withPrivate(async ({ app, john, mary, id, pass, sign }) => {
    const shown = async () => (await call(app, john, "GET", "/api/v1/images")).body.images[0].active_signed_url;
    assertEquals(await shown(), null);
    await sign();
    const url = await sign({ expires_in_seconds: 600 });
    assertEquals(await shown(), { signed_url: url, expires_at: Date.UTC(2026, 0, 15, 12, 10) / 1_000 });
    pass(600_000);
    assertEquals(await shown(), null);
    await sign();
    assert(await shown() !== null);
    await call(app, john, "POST", `${KEYS}/rotate`);
    assertEquals(await shown(), null);
    await sign();
    await call(app, john, "PUT", `/api/v1/images/${id}/visibility`, { visibility: "public" });
    assertEquals(await shown(), null, "a public picture needs none");
    await call(app, john, "PUT", `/api/v1/images/${id}/visibility`, { visibility: "private" });
    assertEquals(await shown(), null, "and it has ended");
    await app.upload(mary, await fixture("quarters.png"), "p.png", { path: "a/p.png", visibility: "private" });
    await sign();
    assertEquals((await call(app, mary, "GET", "/api/v1/images")).body.images[0].active_signed_url, null);
  }));

Deno.test("setVisibility() takes PUT and PATCH, and needs Pro only to turn private", () =>
  withPrivate(async ({ app, john, mary, id }) => {
    const path = `/api/v1/images/${id}/visibility`;
    for (const [method, visibility] of [["PUT", "public"], ["PATCH", "private"], ["PATCH", "public"]] as const) {
      const { status, body } = await call(app, john, method, path, { visibility, other: 1 });
      assertEquals(status, 200);
      const { purged: _, ...answer } = VisibilityAnswer.parse(body);
      assertEquals(answer, { id, visibility, message: `Visibility updated to ${visibility}` });
      await assertRefusesNoObjects(app, john, method, path);
      await assertRefuses(app, john, method, path, [
        ["visibility", {}],
        ["visibility", null],
        ["visibility", { visibility: "hidden" }],
        ["visibility", { visibility: true }],
        ["visibility", { visibility: ["private"] }],
      ]);
      await assertGuarded(app, method, path, "write");
      const absent = await call(app, mary, method, "/api/v1/images/0123456789abcdef/visibility", { visibility });
      const hers = await call(app, mary, method, path, { visibility });
      assertEquals([hers.status, hers.body.error.message], [404, absent.body.error.message]);
    }
    await app.deps.users.setPlan(john.user.id, "free");
    assertEquals((await call(app, john, "PUT", path, { visibility: "private" })).body.error.code, "FORBIDDEN");
    assertEquals((await call(app, john, "PUT", path, { visibility: "public" })).status, 200);
  }));

Deno.test("private pictures and their links go on after a downgrade", () =>
  withPrivate(async ({ app, john, id, sign, statusOf }) => {
    const link = await sign();
    await app.deps.users.setPlan(john.user.id, "free");
    assertEquals(await statusOf(link), 200);
    assertEquals(await statusOf("/i/john/a/p.png"), 404);
    const refused = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`);
    assertEquals([refused.status, refused.body.error.code], [403, "FORBIDDEN"]);
  }));

Deno.test("createSignedUrl() names the picture host where there is one, and its links open there and here", () =>
  withUsers(startTestApp({ env: { CDN_URL: "https://cdn.example.com" } }), async (app, john) => {
    const upload = await app.upload(john, await fixture("quarters.png"), "p.png", { visibility: "private" });
    const { id } = await upload.json();
    const { signed_url } = (await call(app, john, "POST", `/api/v1/images/${id}/signed-url`)).body;
    assert(signed_url.startsWith("https://cdn.example.com/john/p.webp?token="), signed_url);
    const there = await app.request(signed_url, { headers: { host: "cdn.example.com" } });
    const here = await app.request(signed_url.replace("https://cdn.example.com", `${ORIGIN}/i`));
    assertEquals([there.status, here.status], [200, 200]);
    await there.body?.cancel();
    await here.body?.cancel();
  }));

/** Conditions, parts, versions, tags and times of pictures, over HTTP. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { formatHttpDate } from "../../routes/_http/http_date.ts";
import { STAGE_NAMES } from "../../routes/_services/stages.ts";
import { errorOf, fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";
import { call } from "../doubles/api.ts";

const START_MS = Date.UTC(2026, 0, 15, 12, 0, 0) + 300;
const SECOND_MS = 1_000;

interface Clocked {
  readonly app: TestApp;
  readonly john: TestUser;
  readonly clock: { nowMs: number };
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
}

async function withClock(run: (clocked: Clocked) => Promise<void>, options: TestAppOptions = {}): Promise<void> {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs, ...options });
  try {
    const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      app.request(`/i/john/${path}`, { method, headers });
    await run({ app, john: await app.addUser("john"), clock, get });
  } finally {
    await app.close();
  }
}

const modified = (response: Response) => Date.parse(response.headers.get("last-modified")!);
const hash8 = async (answer: Response) => (await answer.json()).hash.slice(0, 8);

async function statusSince(get: Clocked["get"], path: string, dateMs: number): Promise<number> {
  const response = await get(path, { "if-modified-since": formatHttpDate(dateMs) });
  await response.body?.cancel();
  return response.status;
}

Deno.test("Last-Modified is when the path was pointed, and answers If-Modified-Since", () =>
  withClock(async ({ app, john, clock, get }) => {
    clock.nowMs += 10 * SECOND_MS;
    const pointedMs = clock.nowMs;
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    clock.nowMs += 10 * SECOND_MS;
    for (const path of ["p.jpg", "p.webp?w=9", "p.auto?w=9"]) {
      const at = modified(await get(path, {}, "HEAD"));
      assertEquals(at, pointedMs - 300, path);
      assertEquals(await statusSince(get, path, at), 304, path);
      assertEquals(await statusSince(get, path, at + 5 * SECOND_MS), 304, path);
      assertEquals(await statusSince(get, path, at - SECOND_MS), 200, path);
    }
  }));

Deno.test("If-Modified-Since holds for the moment of the upload itself", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const at = modified(await get("p.webp?w=9", {}, "HEAD"));
    assertEquals(await statusSince(get, "p.webp?w=9", at), 304);
  }));

Deno.test("If-Modified-Since tells two pictures apart that a path had within one second", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const first = await get("p.jpg", {}, "HEAD");
    clock.nowMs += 100;
    await app.upload(john, await fixture("quarters-turned.jpg"), "p.jpg");
    const second = await get("p.jpg", {}, "HEAD");
    assertNotEquals(first.headers.get("etag"), second.headers.get("etag"));
    // Both were told the same second: by date, the first is out of date all the same.
    assertEquals(modified(first), modified(second));
    assertEquals(await statusSince(get, "p.jpg", modified(first)), 200);
    clock.nowMs += 2 * SECOND_MS;
    assertEquals(await statusSince(get, "p.jpg", modified(first)), 200);
    const later = modified(await get("p.jpg", {}, "HEAD"));
    assertEquals([later > modified(first), await statusSince(get, "p.jpg", later)], [true, 304]);
  }));

Deno.test("If-Modified-Since sees that a picture is gone which hid an older one", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    clock.nowMs += 60 * SECOND_MS;
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "p.png")).json();
    clock.nowMs += 60 * SECOND_MS;
    const newer = await get("p.webp?w=9", {}, "HEAD");
    clock.nowMs += 500;
    await call(app, john, "DELETE", `/api/v1/images/${id}`);
    const older = await get("p.webp?w=9", {}, "HEAD");
    assertNotEquals(older.headers.get("etag"), newer.headers.get("etag"));
    for (const ms of [0, 500, 5_000]) {
      clock.nowMs += ms;
      assertEquals(await statusSince(get, "p.webp?w=9", modified(newer)), 200);
      assertEquals(await statusSince(get, "p.webp?w=9", modified(older)), 200, "told the second before");
    }
    assertEquals(await statusSince(get, "p.webp?w=9", modified(await get("p.webp?w=9", {}, "HEAD"))), 304);
  }));

Deno.test("If-Modified-Since sees a changed preset, changed formats of the account and a new release", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const { body: preset } = await call(app, john, "POST", "/api/v1/settings/presets", {
      name: "small",
      params: { w: 9 },
    });
    clock.nowMs += 60 * SECOND_MS;
    const before = modified(await get("p.webp?p:small", {}, "HEAD"));
    const openBefore = modified(await get("p?w=9", {}, "HEAD"));
    await call(app, john, "PUT", `/api/v1/settings/presets/${preset.id}`, { params: { w: 8 } });
    await call(app, john, "PUT", "/api/v1/settings", { delivery_formats: ["avif", "webp"] });
    clock.nowMs += 2 * SECOND_MS;
    assertEquals(await statusSince(get, "p.webp?p:small", before), 200);
    assertEquals(await statusSince(get, "p?w=9", openBefore), 200);
    assertEquals(await statusSince(get, "p.webp?w=9", before), 304, "nothing of this URL has changed");
  }));

Deno.test("If-Match and If-Unmodified-Since are answered 412 when the picture is another one", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    clock.nowMs += 60 * SECOND_MS;
    const head = await get("p.webp?w=9", {}, "HEAD");
    const etag = head.headers.get("etag")!;
    const cases: [Record<string, string>, number][] = [
      [{ "if-match": etag }, 200],
      [{ "if-match": '"other"' }, 412],
      [{ "if-match": `W/${etag}` }, 412],
      [{ "if-unmodified-since": formatHttpDate(modified(head)) }, 200],
      [{ "if-unmodified-since": formatHttpDate(modified(head) - SECOND_MS) }, 412],
    ];
    for (const [headers, status] of cases) {
      const response = await get("p.webp?w=9", headers);
      assertEquals(response.status, status, JSON.stringify(headers));
      if (status === 412) assertEquals((await errorOf(response)).code, "PRECONDITION_FAILED");
      else await response.body?.cancel();
    }
  }));

/** What may differ between two answers that say the same. */
const UNSTEADY = new Set(["server-timing", "x-request-id"]);
const steady = (response: Response) => [...response.headers].filter(([name]) => !UNSTEADY.has(name));

Deno.test("HEAD has the headers of GET, of originals, derivatives, open formats and conditions", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    for (const path of ["p.jpg", "p.webp?w=9", "p?w=9", "p.auto", "absent.jpg", "p.webp?w=0", "p.webp?v=0"]) {
      const [head, whole] = [await get(path, { range: "bytes=0-1" }, "HEAD"), await get(path)];
      assertEquals([head.status, steady(head)], [whole.status, steady(whole)], path);
      assertEquals((await head.bytes()).length, 0);
      const etag = whole.headers.get("etag");
      await whole.body?.cancel();
      if (etag === null) continue;
      const since = { "if-none-match": etag };
      assertEquals(steady(await get(path, since, "HEAD")), steady(await get(path, since)), path);
    }
  }));

Deno.test("304 keeps the headers of the 200 that guide a cache, and no other of its body", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const whole = await get("p.auto?w=9");
    const same = await get("p.auto?w=9", { "if-none-match": whole.headers.get("etag")! });
    assertEquals(same.status, 304);
    const kept = ["etag", "last-modified", "cache-control", "cdn-cache-control", "vary", "content-location"];
    for (const name of [...kept, "cache-tag", "deno-cache-tag", "access-control-allow-origin"]) {
      assertEquals(same.headers.get(name), whole.headers.get(name), name);
      assert(same.headers.has(name), name);
    }
    for (const name of ["content-type", "content-length", "content-disposition"]) {
      assertEquals(same.headers.get(name), null, name);
    }
    await whole.body?.cancel();
  }));

Deno.test("Range gives a part of an original, a derivative and a private picture", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "s.png", { visibility: "private" }))
      .json();
    const link = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, {});
    const secret = new URL(link.body.signed_url);
    clock.nowMs += SECOND_MS * 2;
    for (const path of ["p.jpg", "p.webp?w=40", `${secret.pathname.slice("/i/john/".length)}${secret.search}`]) {
      const whole = await get(path);
      const bytes = await whole.bytes();
      const size = bytes.length;
      assertEquals(whole.headers.get("accept-ranges"), "bytes");
      const parts: [string, number, number][] = [
        ["bytes=0-0", 0, 1],
        ["bytes=10-19", 10, 20],
        ["bytes=10-", 10, size],
        ["bytes=-10", size - 10, size],
        [`bytes=0-${size * 2}`, 0, size],
      ];
      for (const [range, start, end] of parts) {
        const response = await get(path, { range });
        assertEquals(response.status, 206, `${path} ${range}`);
        assertEquals(response.headers.get("content-range"), `bytes ${start}-${end - 1}/${size}`);
        assertEquals(response.headers.get("content-length"), String(end - start));
        assertEquals(await response.bytes(), bytes.slice(start, end), `${path} ${range}`);
        for (const name of ["etag", "last-modified", "cache-control", "content-type"]) {
          assertEquals(response.headers.get(name), whole.headers.get(name), name);
        }
      }
      for (const range of ["bytes=0-1,5-6", "bytes=5-1", "bytes=x", "lines=1-2", "bytes="]) {
        const response = await get(path, { range });
        assertEquals([response.status, (await response.bytes()).length], [200, size], `${path} ${range}`);
      }
      for (const range of [`bytes=${size}-`, "bytes=-0"]) {
        const response = await get(path, { range });
        assertEquals([response.status, response.headers.get("content-range")], [416, `bytes */${size}`]);
        assertEquals((await errorOf(response)).code, "RANGE_NOT_SATISFIABLE");
        assertEquals(response.headers.get("cache-control"), "no-store");
      }
    }
  }));

Deno.test("If-Range gives the part of the very state that it names, else the whole", () =>
  withClock(async ({ app, john, clock, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    clock.nowMs += 60 * SECOND_MS;
    const head = await get("p.webp?w=40", {}, "HEAD");
    const [etag, at] = [head.headers.get("etag")!, modified(head)];
    const cases: [string, number][] = [
      [etag, 206],
      [`W/${etag}`, 200],
      ['"other"', 200],
      [formatHttpDate(at), 206],
      [formatHttpDate(at + SECOND_MS), 200],
      ["nonsense", 200],
    ];
    for (const [ifRange, status] of cases) {
      const response = await get("p.webp?w=40", { range: "bytes=0-4", "if-range": ifRange });
      assertEquals(response.status, status, ifRange);
      await response.body?.cancel();
    }
    const unchanged = await get("p.webp?w=40", { range: "bytes=0-4", "if-none-match": etag });
    assertEquals(unchanged.status, 304, "conditions come before the part");
  }));

Deno.test("a URL with the picture's version is kept for a year, and one with another leads to it", () =>
  withClock(async ({ app, john, get }) => {
    const first = await hash8(await app.upload(john, await fixture("quarters.jpg"), "p.jpg"));
    const plain = await get("p.webp?w=9");
    for (const path of [`p.webp?w=9&v=${first}`, `p.webp?v=${first}&w=9`]) {
      const response = await get(path);
      assertEquals(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
      assertEquals(response.headers.get("etag"), plain.headers.get("etag"), "the version is not in the key");
      await response.body?.cancel();
    }
    assertEquals(app.transforms(), 1);
    const second = await hash8(await app.upload(john, await fixture("quarters-turned.jpg"), "p.jpg"));
    for (const stale of [first, "1", "", "zzzz", first.toUpperCase()]) {
      const response = await get(`p.webp?v=${stale}&w=9&p%3Ax=&u=%20a`.replace("&p%3Ax=", ""));
      assertEquals([response.status, response.headers.get("cache-control")], [302, "no-store"], stale);
      assertEquals(response.headers.get("location"), `/i/john/p.webp?w=9&u=%20a&v=${second}`);
    }
    assertEquals((await get(`p.webp?v=${first}&v=${second}`)).status, 400);
    await plain.body?.cancel();
  }));

Deno.test("a preset's URL is kept for 30 days also with a version: what the preset means may change", () =>
  withClock(async ({ app, john, get }) => {
    const version = await hash8(await app.upload(john, await fixture("quarters.jpg"), "p.jpg"));
    await call(app, john, "POST", "/api/v1/settings/presets", { name: "small", params: { w: 9 } });
    const response = await get(`p.webp?p:small&v=${version}`);
    assertEquals(response.headers.get("cache-control"), "public, max-age=2592000, immutable");
    await response.body?.cancel();
  }));

Deno.test("versioned_urls of upload, get, list and search are answered for a year", () =>
  withClock(async ({ app, john }) => {
    const upload = await (await app.upload(john, await fixture("quarters.jpg"), "p.jpg")).json();
    const get = (path: string) => call(app, john, "GET", path);
    const answers = [
      upload,
      (await get(`/api/v1/images/${upload.id}`)).body,
      (await get("/api/v1/images")).body.images[0],
      (await get("/api/v1/images/search?q=p")).body.results[0],
    ];
    for (const { versioned_urls: urls } of answers) {
      assertEquals(Object.keys(urls), ["original", "webp", "avif", "jpeg", "png", "jxl"]);
      for (const url of Object.values(urls) as string[]) {
        assertMatch(url, new RegExp(`[?&]v=${upload.hash.slice(0, 8)}$`));
        const response = await app.request(url, { method: "HEAD" });
        assertEquals(response.headers.get("cache-control"), "public, max-age=31536000, immutable", url);
      }
    }
  }));

Deno.test("a private picture is 404 without a link, kept by its viewer alone with one, and has no tags", () =>
  withClock(async ({ app, john, clock }) => {
    const { id } = await (await app.upload(john, await fixture("quarters.jpg"), "p.jpg", { visibility: "private" }))
      .json();
    const cases = [[90_000, 3_600], [600, 599]];
    for (const [seconds, maxAge] of cases) {
      const { body } = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, {
        expires_in_seconds: seconds,
      });
      const response = await app.request(body.signed_url);
      assertEquals([response.status, response.headers.get("cache-control")], [200, `private, max-age=${maxAge}`]);
      assertEquals(response.headers.get("cdn-cache-control"), "no-store");
      for (const name of ["cache-tag", "deno-cache-tag"]) assertEquals(response.headers.get(name), null);
      const version = id.slice(0, 8);
      const pinned = await app.request(`${body.signed_url}&v=${version}`);
      assertEquals(pinned.headers.get("cache-control"), `private, max-age=${maxAge}`);
      const stale = await app.request(`${body.signed_url}&v=00000000`);
      assertEquals([stale.status, stale.headers.get("location")?.endsWith(`&v=${version}`)], [302, true]);
      const open = new URL(body.signed_url.replace(/\.\w+\?/, ".auto?"));
      const auto = await app.request(open.href, { headers: { accept: "image/png" } });
      assertEquals([auto.status, auto.headers.get("content-type")], [200, "image/png"], open.href);
      for (const { body } of [response, pinned, auto]) await body?.cancel();
    }
    const { body } = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, { expires_in_seconds: 60 });
    clock.nowMs += 61 * SECOND_MS;
    for (const url of [body.signed_url, "/i/john/p.jpg", "/i/john/p.jpg?v=00000000", "/i/john/p"]) {
      assertEquals((await app.request(url)).status, 404, url);
    }
  }));

Deno.test("edge copies live a day where nobody purges them, a year where somebody does or the URL names the picture", async () => {
  for (const [env, days] of [[{}, 1], [{ EDGE_PURGE: "deno" }, 365]] as const) {
    await withClock(async ({ app, john, get }) => {
      const version = await hash8(await app.upload(john, await fixture("quarters.jpg"), "p.jpg"));
      const ages = [];
      for (const path of ["p.jpg", `p.jpg?v=${version}`]) {
        const response = await get(path);
        ages.push(response.headers.get("cdn-cache-control"));
        await response.body?.cancel();
      }
      assertEquals(ages, [`public, max-age=${days * 86_400}`, "public, max-age=31536000"]);
    }, { env });
  }
});

Deno.test("tags name image, path, user and preset, and tell nothing of them", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "secret-holiday.jpg");
    await app.upload(john, await fixture("quarters.jpg"), "other.jpg");
    await call(app, john, "POST", "/api/v1/settings/presets", { name: "small", params: { w: 9 } });
    const tagsOf = async (path: string) => {
      const { headers } = await get(path, {}, "HEAD");
      assertEquals(headers.get("deno-cache-tag"), headers.get("cache-tag"));
      return headers.get("cache-tag")!.split(",");
    };
    const [image, path, user, ...none] = await tagsOf("secret-holiday.webp?w=9");
    assertEquals(none, []);
    assertEquals(await tagsOf("secret-holiday.auto"), [image!, path!, user!]);
    assertEquals((await tagsOf("secret-holiday?p:small")).slice(0, 3), [image!, path!, user!]);
    assertEquals((await tagsOf("secret-holiday?p:small")).length, 4);
    const other = await tagsOf("other.jpg");
    assertEquals([other[0] === image, other[1] === path, other[2] === user], [true, false, true]);
    for (const tag of [image, path, user]) assertMatch(tag!, /^[ipu][0-9a-f]{16}$/);
  }));

Deno.test("Server-Timing names the stages of the table, each where it happened", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const stagesOf = (response: Response) => {
      const parts = response.headers.get("server-timing")!.split(", ");
      for (const part of parts.slice(1)) assertMatch(part, /^[a-z]+;dur=\d+(\.\d+)?$/);
      return [parts[0]!.split("=")[1], ...parts.slice(1).map((part) => part.split(";")[0]!)];
    };
    const made = await get("p.webp?w=9");
    assertEquals(stagesOf(made), ["made", ...STAGE_NAMES]);
    const cached = await get("p.webp?w=9");
    assertEquals(stagesOf(cached), ["memory", "resolve", "total"]);
    assertEquals(stagesOf(await get("p.jpg")), ["original", "resolve", "read", "total"]);
    const same = await get("p.jpg", { "if-none-match": "*" });
    assertEquals(stagesOf(same), ["not_modified", "resolve", "total"]);
    assertEquals(made.headers.get("timing-allow-origin"), "*");
    for (const { body } of [made, cached]) await body?.cancel();
  }));

Deno.test("errors are kept by nobody", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const cases: [string, Record<string, string>, number][] = [
      ["absent.jpg", {}, 404],
      ["p.webp?w=0", {}, 400],
      ["p.webp?p:absent", {}, 400],
      ["p.jpg", { "if-match": '"x"' }, 412],
      ["p.jpg", { range: "bytes=9999999-" }, 416],
    ];
    for (const [path, headers, status] of cases) {
      const response = await get(path, headers);
      assertEquals([response.status, response.headers.get("cache-control")], [status, "no-store"], path);
      for (const name of ["cdn-cache-control", "cache-tag", "etag", "last-modified"]) {
        assertEquals(response.headers.get(name), null, `${path} ${name}`);
      }
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    }
    const post = await get("p.jpg", {}, "POST");
    assertEquals([post.status, post.headers.get("cache-control")], [405, "no-store"]);
  }));

Deno.test("any site may read a picture and what its headers say, after a preflight too", () =>
  withClock(async ({ app, john, get }) => {
    await app.upload(john, await fixture("quarters.jpg"), "p.jpg");
    const picture = await get("p.webp?w=9", { origin: "https://elsewhere.example" });
    assertEquals(picture.headers.get("access-control-allow-origin"), "*");
    assertEquals(picture.headers.get("cross-origin-resource-policy"), "cross-origin");
    const exposed = picture.headers.get("access-control-expose-headers")!.split(", ");
    for (const name of ["ETag", "Content-Range", "Content-Location", "Server-Timing", "Accept-Ranges"]) {
      assert(exposed.includes(name), name);
    }
    const preflight = await get("p.webp", {
      origin: "https://elsewhere.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "range, if-none-match",
    }, "OPTIONS");
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-headers")], [204, "*"]);
    assertEquals(preflight.headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    const redirect = await get("p.webp?v=0", { origin: "https://elsewhere.example" });
    assertEquals(redirect.headers.get("access-control-allow-origin"), "*", "else a script can't follow it");
    await picture.body?.cancel();
  }));

Deno.test("T9: an SVG with scripts is served as a picture that can run nothing", () =>
  withClock(async ({ app, john, get }) => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script>' +
      '<rect width="9" height="9" onclick="alert(2)"/></svg>';
    await app.upload(john, new TextEncoder().encode(svg), "s.svg");
    for (const range of [undefined, "bytes=0-20"]) {
      const response = await get("s.svg", range === undefined ? {} : { range });
      assertEquals(response.headers.get("content-type"), "image/svg+xml");
      const policy = response.headers.get("content-security-policy")!.split("; ");
      assertEquals([policy.includes("default-src 'none'"), policy.includes("sandbox")], [true, true]);
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
      await response.body?.cancel();
    }
  }));

/** More derivatives than an image may have: what is served instead, and that nothing is made or spent for it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { displayedSize, originalOf } from "../../routes/_services/image_source.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { TestApp, TestAppOptions, TestUser } from "../doubles/app.ts";
import { fixture, startTestApp } from "../doubles/app.ts";
import { withServed } from "../doubles/served.ts";

const CAP = 5;
const capped = (cap: number, more: Readonly<Record<string, string>> = {}): TestAppOptions => ({
  env: { DERIVATIVE_MAX_PER_IMAGE: String(cap), MEMORY_CACHE_BYTES: "0", ...more },
});

async function recordOf(app: TestApp, by: TestUser): Promise<ImageRecord> {
  return (await app.deps.images.all(by.user.id))[0]!;
}

const transformationsOf = async (app: TestApp, by: TestUser) => {
  const answer = await (await app.request("/api/v1/usage", { headers: by.auth })).json();
  return answer.current_period.transformations;
};

async function seen(response: Response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { headers, status } = response;
  return {
    status,
    bytes,
    etag: headers.get("etag"),
    location: headers.get("content-location"),
    cache: headers.get("cache-control"),
    type: headers.get("content-type"),
  };
}

Deno.test("servePicture() serves the nearest larger width, else the largest, once the image has all it may have", () =>
  withServed(["quarters.jpg"], async ({ app, john, get }) => {
    const made = new Map<number, Awaited<ReturnType<typeof seen>>>();
    for (const width of [10, 20, 30, 40, 15]) {
      made.set(width, await seen(await get(`quarters.webp?w=${width}`)));
      await app.settled();
    }
    assertEquals([...made.values()].map(({ status, location }) => [status, location]), Array(5).fill([200, null]));
    for (const [asked, served] of [[11, 15], [15, 15], [21, 30], [31, 40], [39, 40], [44, 40]] as const) {
      const { status, bytes, etag, location, cache } = await seen(await get(`quarters.webp?w=${asked}`));
      const own = made.get(served)!;
      assertEquals([status, etag, bytes], [200, own.etag, own.bytes], `w=${asked}`);
      if (asked === served) continue;
      assertEquals([location, cache], [`/i/john/quarters.webp?w=${served}`, "public, max-age=300"]);
      // What Content-Location names is just that.
      assertEquals((await seen(await app.request(location!))).etag, etag);
    }
    assertEquals([app.transforms(), await transformationsOf(app, john)], [5, 5]);
    const { id } = await recordOf(app, john);
    const { derivatives } = await (await app.request(`/api/v1/images/${id}`, { headers: john.auth })).json();
    assertEquals(derivatives, { count: 5, max: CAP });
  }, capped(CAP)));

Deno.test("servePicture() serves the original where no derivative is like the one that is asked for", () =>
  withServed(["quarters.jpg"], async ({ app, john, get }) => {
    await seen(await get("quarters.webp?w=20"));
    await app.settled();
    const record = await recordOf(app, john);
    const original = await fixture("quarters.jpg");
    for (const path of ["quarters.webp?w=20&blur=3", "quarters.png", "quarters.avif?w=20", "quarters.jpg?w=20"]) {
      const { bytes, etag, location, cache, type } = await seen(await get(path));
      assertEquals([bytes, etag, type], [original, `"${record.hash}"`, "image/jpeg"], path);
      assertEquals([location, cache], ["/i/john/quarters.jpg", "public, max-age=300"], path);
      assertEquals((await seen(await app.request(location!))).etag, etag);
    }
    assertEquals([app.transforms(), await transformationsOf(app, john)], [1, 1]);
  }, capped(1)));

Deno.test("servePicture() prefers the original to an enlargement that is still too small", () =>
  withServed(["quarters.jpg"], async ({ app, john, get }) => {
    const { width } = displayedSize(await recordOf(app, john));
    await seen(await get(`quarters.webp?w=${width + 10}`));
    await app.settled();
    assertEquals((await seen(await get(`quarters.webp?w=${width + 20}`))).location, "/i/john/quarters.jpg");
    assertEquals((await seen(await get(`quarters.webp?w=${width}`))).location, `/i/john/quarters.webp?w=${width + 10}`);
  }, capped(1)));

Deno.test("a substitute answers conditions by its own etag, and HEAD as GET", () =>
  withServed(["quarters.jpg"], async ({ app, get }) => {
    const own = await seen(await get("quarters.webp?w=20"));
    await app.settled();
    const asked = await seen(await get("quarters.webp?w=10"));
    assertEquals(asked.etag, own.etag);
    const again = await app.request("/i/john/quarters.webp?w=10", { headers: { "if-none-match": own.etag! } });
    assertEquals([again.status, again.headers.get("content-location")], [304, "/i/john/quarters.webp?w=20"]);
    assertEquals([again.headers.get("etag"), again.headers.get("cache-control")], [own.etag, "public, max-age=300"]);
    const head = await app.request("/i/john/quarters.webp?w=10", { method: "HEAD" });
    assertEquals([head.status, head.headers.get("etag"), await head.text()], [200, own.etag, ""]);
    assertEquals(head.headers.get("content-length"), String(own.bytes.length));
    assertEquals(head.headers.get("content-location"), "/i/john/quarters.webp?w=20");
    const other = await app.request("/i/john/quarters.webp?w=10", { headers: { "if-none-match": '"other"' } });
    assertEquals((await seen(other)).status, 200);
  }, capped(1)));

for (const quotas of ["on", "off"]) {
  Deno.test(`200 widths at once make as many derivatives as an image may have, with quotas ${quotas}`, () =>
    withServed(["quarters.jpg"], async ({ app, john, get }) => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, async (_, n) => await seen(await get(`quarters.webp?w=${n + 1}`))),
      );
      await app.settled();
      assertEquals(new Set(answers.map(({ status }) => status)), new Set([200]));
      assertEquals(answers.filter(({ location }) => location === null).length, CAP);
      for (const { location } of answers) {
        if (location !== null) assertMatch(location, /^\/i\/john\/quarters\.(jpg|webp\?w=\d+)$/);
      }
      assertEquals([app.transforms(), await transformationsOf(app, john)], [CAP, CAP]);
      assertEquals((await Array.fromAsync(app.blobs.list("derivatives/"))).length, CAP);
    }, capped(CAP, { QUOTAS: quotas })));
}

Deno.test("a derivative that could not be made leaves its place and its transformation to others", async () => {
  const app = await startTestApp(capped(1));
  try {
    const john = await app.addUser("john");
    await (await app.upload(john, await fixture("quarters.jpg"), "quarters.jpg")).body?.cancel();
    const { render } = app.deps.pool;
    let isBroken = true;
    Object.assign(app.deps.pool, {
      render: (...args: Parameters<typeof render>) =>
        isBroken ? Promise.reject(new Error("Broken by the test")) : render(...args),
    });
    const failed = await app.request("/i/john/quarters.webp?w=10");
    assertEquals(failed.status, 500, await failed.text());
    assertEquals(await app.deps.derivativeRows.count(originalOf(await recordOf(app, john))), 0);
    assertEquals(await transformationsOf(app, john), 0);
    isBroken = false;
    assertEquals((await seen(await app.request("/i/john/quarters.webp?w=20"))).location, null);
    assertEquals(await transformationsOf(app, john), 1);
  } finally {
    await app.close();
  }
});

Deno.test("deleting an image takes its rows and blobs along, and one under way leaves none behind", () =>
  withServed(["quarters.jpg"], async ({ app, john, get }) => {
    await seen(await get("quarters.webp?w=10"));
    await app.settled();
    const { id } = await recordOf(app, john);
    const underWay = Promise.all([20, 30, 40].map((width) => get(`quarters.webp?w=${width}`)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await app.request(`/api/v1/images/${id}`, { method: "DELETE", headers: john.auth });
    for (const response of await underWay) await response.body?.cancel();
    await app.settled();
    assertEquals(await Array.fromAsync(app.blobs.list("")), []);
    const rows = await Array.fromAsync(app.store.list({ prefix: [] }));
    const left = rows.filter(({ key }) => /derivative_?/.test(String(key[0])) && key[0] !== "derivatives_indexed");
    assertEquals(left.map(({ key, value }) => [key[0], Number((value as Deno.KvU64).value)]), [[
      "derivative_bytes",
      0,
    ]]);
    assert(await app.deps.derivativeRows.totalBytes() === 0);
  }, capped(200)));

Deno.test("If-Match goes by the tag of what stands in, and refuses others without making anything", () =>
  withServed(["quarters.jpg"], async ({ app, get }) => {
    const own = (await seen(await get("quarters.webp?w=10"))).etag!;
    await app.settled();
    const ask = async (target: string, etag: string) => {
      const answer = await app.request(`/i/john/${target}`, { headers: { "if-match": etag } });
      await answer.body?.cancel();
      return [answer.status, answer.headers.get("etag")];
    };
    assertEquals(await ask("quarters.webp?w=9", own), [200, own]);
    assertEquals(await ask("quarters.webp?w=9", '"another"'), [412, null]);
    assertEquals(await ask("quarters.webp?w=10", '"another"'), [412, null]);
    assertEquals(app.transforms(), 1);
  }, capped(1)));

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PLANS, RESOURCE_PACK } from "../../kv/plans.ts";
import { totalKey, usageKey, type UsageMetric } from "../../kv/keys.ts";
import { monthOf } from "../../kv/usage.ts";
import { DailyUsageAnswer, TopImagesAnswer, UsageAnswer } from "../../routes/api/v1/_schema/usage.ts";
import { assertGuarded } from "../doubles/api.ts";
import { errorOf, fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";

const now = () => START_MS;
const MONTH = monthOf(START_MS);

async function withApp(
  run: (app: TestApp, free: TestUser, pro: TestUser) => Promise<void>,
  options: TestAppOptions = {},
): Promise<void> {
  const app = await startTestApp({ now, ...options });
  try {
    await run(app, await app.addUser("frida", "free"), await app.addUser("peter", "pro"));
  } finally {
    await app.close();
  }
}

const setUsed = async (app: TestApp, user: TestUser, metric: UsageMetric, count: number) =>
  void await app.store.commit(
    app.store.atomic().set(usageKey(user.user.id, MONTH, metric), new Deno.KvU64(BigInt(count))),
  );
const usageOf = async (app: TestApp, { auth }: TestUser): Promise<UsageAnswer> =>
  UsageAnswer.parse(await (await app.request("/api/v1/usage", { headers: auth })).json());
const variants = async (count: number) => {
  const base = await fixture("quarters.jpg");
  return Array.from({ length: count }, (_, n) => new Uint8Array([...base, n, 7]));
};

async function assertLimit(response: Response, what: string): Promise<void> {
  const error = await errorOf(response);
  assertEquals([response.status, error.code], [403, "PLAN_LIMIT_EXCEEDED"], error.message);
  assertStringIncludes(error.message, what);
}

Deno.test("POST /api/v1/images takes exactly 3 of 50 at once when 3 uploads are left", () =>
  withApp(async (app, free, pro) => {
    await setUsed(app, free, "uploads", 97);
    const files = await variants(50);
    const answers = await Promise.all(files.map((file, n) => app.upload(free, file, `${n}.jpg`)));
    assertEquals(answers.filter((r) => r.status === 201).length, 3);
    for (const refused of answers.filter((r) => r.status !== 201)) await assertLimit(refused, "Uploads");
    const usage = await usageOf(app, free);
    assertEquals([usage.current_period.uploads, usage.total_images], [100, 3]);
    await app.settled();
    let blobs = 0;
    for await (const _ of app.blobs.list("originals/")) blobs++;
    assertEquals(blobs, 3);
    assertEquals((await app.upload(pro, files[0]!, "a.jpg")).status, 201);
  }));

Deno.test("POST /api/v1/images answers 120 parallel uploads of one user, none with 503", () =>
  withApp(async (app, _free, pro) => {
    const files = await variants(120);
    const answers = await Promise.all(files.map((file, n) => app.upload(pro, file, `${n}.jpg`)));
    assertEquals(new Set(answers.map((r) => r.status)), new Set([201]));
    assertEquals((await usageOf(app, pro)).total_images, 120);
  }));

Deno.test("POST /api/v1/images takes known bytes at the limit, which spend nothing", () =>
  withApp(async (app, free) => {
    const [file, other] = await variants(2);
    assertEquals((await app.upload(free, file!, "a.jpg")).status, 201);
    await setUsed(app, free, "uploads", 100);
    const again = await app.upload(free, file!, "b.jpg");
    assertEquals([again.status, (await again.json()).is_new], [201, false]);
    await assertLimit(await app.upload(free, other!, "c.jpg"), "2026-02-01T00:00:00.000Z");
    assertEquals((await usageOf(app, free)).current_period.uploads, 100);
  }));

Deno.test("POST /api/v1/images fills storage to the last byte, for Pro with packs a pack further", () =>
  withApp(async (app, free, pro) => {
    const [file, other, third] = await variants(3);
    const fill = async ({ user }: TestUser, bytes: number) =>
      void await app.store.commit(
        app.store.atomic().set(totalKey(user.id, "bytes"), new Deno.KvU64(BigInt(bytes - file!.length))),
      );
    await fill(free, PLANS.free.limits.storage_bytes!);
    assertEquals((await app.upload(free, file!, "a.jpg")).status, 201);
    await assertLimit(await app.upload(free, other!, "b.jpg"), "storage");
    assertEquals((await app.upload(free, other!, "a.jpg")).status, 201, "in the place of one of the same size");
    await app.deps.billing.addPacks(pro.user.id, "stripe", "order", 1);
    await fill(pro, PLANS.pro.limits.storage_bytes! + RESOURCE_PACK.credits.storage_bytes);
    assertEquals((await app.upload(pro, third!, "a.jpg")).status, 201);
    await assertLimit(await app.upload(pro, other!, "b.jpg"), "storage");
  }));

Deno.test("GET /i spends a transformation for what is really made, and nothing else", () =>
  withApp(async (app, free) => {
    await app.upload(free, await fixture("quarters.jpg"), "a.jpg");
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await app.request(`/i/frida/${path}`, { headers });
      await response.arrayBuffer();
      await app.settled();
      return response;
    };
    const spent = async () => (await usageOf(app, free)).current_period.transformations;
    assertEquals((await get("a.jpg")).status, 200);
    assertEquals(await spent(), 0);
    const made = await get("a.webp?w=10");
    assertEquals(await spent(), 1);
    await get("a.webp?w=10");
    assertEquals((await get("a.webp?w=10", { "if-none-match": made.headers.get("etag")! })).status, 304);
    assertEquals((await get("a.webp?w=0")).status, 400);
    assertEquals((await get("none.webp?w=10")).status, 404);
    assertEquals(await spent(), 1);
    await Promise.all(Array.from({ length: 20 }, () => get("a.webp?w=11")));
    assertEquals(await spent(), 2);
  }));

Deno.test("GET /i gives exactly the transformations that are left to many at once, and what is stored to all", () =>
  withApp(async (app, free) => {
    await app.upload(free, await fixture("quarters.jpg"), "a.jpg");
    await (await app.request("/i/frida/a.webp?w=5")).arrayBuffer();
    await setUsed(app, free, "transformations", 997);
    const widths = Array.from({ length: 20 }, (_, n) => n + 10);
    const answers = await Promise.all(widths.map((w) => app.request(`/i/frida/a.webp?w=${w}`)));
    assertEquals(answers.filter((r) => r.status === 200).length, 3);
    const refused = answers.filter((r) => r.status !== 200);
    for (const response of refused) {
      assertEquals(response.headers.get("cache-control"), "no-store");
      await assertLimit(response, "Transformations");
    }
    for (const stored of ["a.webp?w=5", "a.jpg"]) assertEquals((await app.request(`/i/frida/${stored}`)).status, 200);
    assertEquals((await usageOf(app, free)).current_period.transformations, 1_000);
  }));

Deno.test("GET /i gives a transformation back when it fails", () =>
  withApp(async (app, free) => {
    await app.upload(free, await fixture("quarters.jpg"), "a.jpg");
    for await (const { key } of app.blobs.list("originals/")) await app.blobs.delete(key);
    assertEquals((await app.request("/i/frida/a.webp?w=10")).status, 502);
    assertEquals((await usageOf(app, free)).current_period.transformations, 0);
  }));

Deno.test("API requests end at their limit, except where people see it; 304s are free", () =>
  withApp(async (app, free, pro) => {
    await setUsed(app, free, "api_requests", 990);
    const get = (path: string, headers: Record<string, string> = {}) =>
      app.request(path, { headers: { ...free.auth, ...headers } });
    const first = await get("/api/v1/images");
    const etag = first.headers.get("etag")!;
    for (let n = 0; n < 20; n++) assertEquals((await get("/api/v1/images", { "if-none-match": etag })).status, 304);
    const answers = await Promise.all(Array.from({ length: 30 }, () => get("/api/v1/images")));
    assertEquals(answers.filter((r) => r.status === 200).length, 9);
    for (const refused of answers.filter((r) => r.status !== 200)) await assertLimit(refused, "API requests");
    for (const path of ["/api/v1/usage", "/api/v1/settings", "/api/v1/usage/daily"]) {
      assertEquals((await get(path)).status, 200, path);
    }
    assertEquals((await usageOf(app, free)).current_period.api_requests, 1_000);
    assertEquals((await app.request("/api/v1/images", { headers: pro.auth })).status, 200);
  }));

Deno.test("API requests of the dashboard's session spend none, and its pages' pictures no transformations", () =>
  withApp(async (app, free, pro) => {
    await setUsed(app, free, "api_requests", 999);
    await app.upload(free, await fixture("quarters.jpg"), "a.jpg");
    await setUsed(app, free, "transformations", 1_000);
    const cookie = `imgsrc_session=${await app.deps.sessions.create(free.user.id)}`;
    const own = { cookie, "sec-fetch-site": "same-origin" };
    assertEquals((await app.request("/api/v1/images", { headers: own })).status, 200);
    assertEquals((await app.request("/i/frida/a.webp?w=20", { headers: own })).status, 200);
    const foreign = { ...own, "sec-fetch-site": "cross-site" };
    assertEquals((await app.request("/api/v1/images", { headers: foreign })).status, 401);
    assertEquals((await app.request("/i/frida/a.webp?w=21", { headers: foreign })).status, 403);
    const others = { ...own, cookie: `imgsrc_session=${await app.deps.sessions.create(pro.user.id)}` };
    assertEquals((await app.request("/i/frida/a.webp?w=22", { headers: others })).status, 403);
    const { current_period } = await usageOf(app, free);
    assertEquals([current_period.api_requests, current_period.transformations, current_period.previews], [
      1_000,
      1_000,
      1,
    ]);
  }));

Deno.test("a downgrade leaves what exists at work and refuses what is new", () =>
  withApp(async (app, _free, pro) => {
    const [file, other] = await variants(2);
    const { id } = await (await app.upload(pro, file!, "a.jpg", { visibility: "private" })).json();
    const signed = await app.request(`/api/v1/images/${id}/signed-url`, { method: "POST", headers: pro.auth });
    const link = new URL((await signed.json()).signed_url);
    await app.deps.users.update(pro.user.id, (user) => ({ ...user, plan: "free" }));
    assertEquals((await app.request(link.pathname + link.search)).status, 200);
    assertEquals((await app.request(`/api/v1/images/${id}`, { headers: pro.auth })).status, 200);
    const refused = await app.upload(pro, other!, "b.jpg", { visibility: "private" });
    assertEquals([refused.status, (await errorOf(refused)).code], [403, "FORBIDDEN"]);
    const again = await app.request(`/api/v1/images/${id}/signed-url`, { method: "POST", headers: pro.auth });
    assertEquals(again.status, 403);
    const usage = await usageOf(app, pro);
    assertEquals([usage.plan, usage.plan_limits.max_uploads_per_month], ["free", PLANS.free.limits.uploads]);
  }));

Deno.test("QUOTAS=off refuses nothing, limits no rate, allows every feature and counts all the same", () =>
  withApp(async (app, free) => {
    for (const metric of ["uploads", "transformations", "api_requests"] as const) {
      await setUsed(app, free, metric, 5_000);
    }
    const [file] = await variants(1);
    assertEquals((await app.upload(free, file!, "a.jpg", { visibility: "private" })).status, 201);
    assertEquals((await app.upload(free, file!, "a.jpg", { visibility: "public" })).status, 201);
    assertEquals((await app.request("/i/frida/a.webp?w=9")).status, 200);
    const lists = await Promise.all(
      Array.from({ length: 150 }, () => app.request("/api/v1/images", { headers: free.auth })),
    );
    assertEquals(new Set(lists.map((r) => r.status)), new Set([200]));
    const usage = await usageOf(app, free);
    const { uploads, transformations, api_requests } = usage.current_period;
    assertEquals([uploads, transformations, api_requests], [5_001, 5_001, 5_153]);
    assertEquals(Object.values(usage.plan_limits), Array(6).fill(null));
  }, { env: { QUOTAS: "off" } }));

Deno.test("GET /api/v1/usage answers in the contract's shape, and begins anew with the month", async () => {
  let nowMs = START_MS;
  const app = await startTestApp({ now: () => nowMs });
  const pro = await app.addUser("peter");
  const file = await fixture("quarters.jpg");
  await app.upload(pro, file, "a.jpg");
  const sent = (await (await app.request("/i/peter/a.webp?w=10")).arrayBuffer()).byteLength;
  await (await app.request("/i/peter/a.jpg")).arrayBuffer();
  const usage = await usageOf(app, pro);
  assertEquals(usage, {
    plan: "pro",
    plan_name: "Pro Plan",
    plan_status: "active",
    subscription_ends_at: null,
    plan_limits: {
      max_uploads_per_month: null,
      max_storage_bytes: 53_687_091_200,
      max_bandwidth_per_month: null,
      max_api_requests_per_month: 10_000,
      max_transformations_per_month: 10_000,
      max_previews_per_month: 100_000,
    },
    total_images: 1,
    storage_used_bytes: file.length,
    storage_used_mb: Math.round(file.length / 1024 ** 2 * 100) / 100,
    storage_used_gb: 0,
    current_period: {
      period: "2026-01",
      period_start: Date.UTC(2026, 0, 1) / 1_000,
      period_end: Date.UTC(2026, 1, 1) / 1_000,
      uploads: 1,
      bandwidth_bytes: sent + file.length,
      api_requests: 2,
      transformations: 1,
      previews: 0,
      deliveries: 2,
      bytes_saved: Math.max(0, file.length - sent),
    },
    credits: { storage_bytes: 0, api_requests: 0, transformations: 0 },
  });
  nowMs = Date.UTC(2026, 1, 1);
  const next = await usageOf(app, pro);
  assertEquals([next.current_period.period, next.current_period.uploads, next.current_period.api_requests], [
    "2026-02",
    0,
    1,
  ]);
  assertEquals(next.storage_used_bytes, file.length);
  await app.close();
});

Deno.test("GET /api/v1/usage/daily and /top-images tell of days and of the images served most", async () => {
  let nowMs = START_MS;
  const app = await startTestApp({ now: () => nowMs });
  const [pro, other] = [await app.addUser("peter"), await app.addUser("olga")];
  const [one, two] = await variants(2);
  const ids: string[] = [];
  for (const [file, name] of [[one!, "a.jpg"], [two!, "b.jpg"]] as const) {
    ids.push((await (await app.upload(pro, file, name)).json()).id);
  }
  nowMs += 24 * 3600 * 1000;
  for (const path of ["b.jpg", "a.jpg", "b.jpg", "b.webp?w=5"]) {
    await (await app.request(`/i/peter/${path}`)).arrayBuffer();
  }
  const get = async (path: string, { auth }: TestUser) =>
    await (await app.request(`/api/v1/usage/${path}`, { headers: auth })).json();
  const { days } = DailyUsageAnswer.parse(await get("daily?days=3", pro));
  const shown = days.map((d) => [d.date, d.uploads, d.deliveries, d.transformations]);
  assertEquals(shown, [["2026-01-14", 0, 0, 0], ["2026-01-15", 2, 0, 0], ["2026-01-16", 0, 4, 1]]);
  const top = TopImagesAnswer.parse(await get("top-images", pro));
  assertEquals(top.images.map((i) => [i.id, i.deliveries]), [[ids[1], 3], [ids[0], 1]]);
  assertEquals((await get("top-images?limit=1", pro)).images.length, 1);
  assertEquals((await get("top-images?period=2025-12", pro)).images, []);
  assertEquals((await get("top-images", other)).images, []);
  assertEquals((await get("daily", other)).days.length, 30);
  const stored = days.map((d) => d.storage_bytes);
  const [whole, first] = [stored[2]!, top.images.find((i) => i.id === ids[0])!.size];
  assertEquals(stored, [0, whole, whole]);
  await app.request(`/api/v1/images/${ids[1]}`, { method: "DELETE", headers: pro.auth });
  const left = DailyUsageAnswer.parse(await get("daily?days=3", pro)).days.map((d) => d.storage_bytes);
  assertEquals(left, [0, whole, first]);
  assertEquals((await get("top-images", pro)).images.map((i: Record<string, unknown>) => i.id), [ids[0]]);
  for (const query of ["daily?days=0", "daily?days=367", "daily?days=x", "top-images?limit=51", "top-images?limit="]) {
    const response = await app.request(`/api/v1/usage/${query}`, { headers: pro.auth });
    assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], query);
  }
  for (const period of ["2026", "2026-13", "x"]) {
    const response = await app.request(`/api/v1/usage/top-images?period=${period}`, { headers: pro.auth });
    assertMatch((await errorOf(response)).message, /period/);
  }
  for (const path of ["", "/daily", "/top-images"]) await assertGuarded(app, "GET", `/api/v1/usage${path}`, "read");
  await app.close();
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { errorOf, startTestApp, type TestApp, type TestAppOptions } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";

const NOBODY = { authorization: `Bearer imgsrc_${"A".repeat(48)}` };

async function withApp(run: (app: TestApp, clock: { nowMs: number }) => Promise<void>, options: TestAppOptions = {}) {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs, ...options });
  try {
    await run(app, clock);
  } finally {
    await app.close();
  }
}

const ratesOf = ({ headers }: Response) =>
  ["limit", "remaining", "reset"].map((name) => Number(headers.get(`x-ratelimit-${name}`) ?? NaN));
const statuses = (responses: readonly Response[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of responses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

for (const [plan, limit] of [["free", 100], ["pro", 500]] as const) {
  Deno.test(`API routes allow ${limit} requests a minute on the plan ${plan}, however many come at once`, () =>
    withApp(async (app, clock) => {
      const [user, other] = [await app.addUser("frida", plan), await app.addUser("peter", plan)];
      const get = () => app.request("/api/v1/settings", { headers: user.auth });
      const answers = await Promise.all(Array.from({ length: limit + 50 }, get));
      assertEquals(statuses(answers), { 200: limit, 429: 50 });
      const refused = answers.find((r) => r.status === 429)!;
      assertEquals(ratesOf(refused), [limit, 0, Math.ceil((START_MS + 60_000) / 1_000)]);
      assertEquals(refused.headers.get("retry-after"), "60");
      assertEquals((await errorOf(refused)).code, "RATE_LIMIT_EXCEEDED");
      assertEquals((await app.request("/api/v1/settings", { headers: other.auth })).status, 200);
      clock.nowMs += 59_000;
      const late = await get();
      assertEquals([late.status, late.headers.get("retry-after")], [429, "1"]);
      clock.nowMs += 1_000;
      assertEquals(ratesOf(await get()).slice(0, 2), [limit, limit - 1]);
    }));
}

Deno.test("X-RateLimit-* stand on every answer of the API, errors too", () =>
  withApp(async (app) => {
    const reader = await app.addUser("reader", "pro", ["read"]);
    const cases: [string, string, Record<string, string>, number, number][] = [
      ["GET", "/api/v1/images", reader.auth, 200, 500],
      ["GET", "/api/v1/images/0123456789abcdef", reader.auth, 404, 500],
      ["GET", "/api/v1/images?limit=0", reader.auth, 400, 500],
      ["POST", "/api/v1/images", reader.auth, 403, 500],
      ["GET", "/api/v1/images", {}, 401, 100],
      ["GET", "/api/v1/nothing", {}, 404, 100],
      ["PUT", "/api/v1/images", {}, 405, 100],
      ["GET", "/health", {}, 200, 100],
      ["GET", "/api/v1/health", {}, 200, 100],
    ];
    for (const [method, path, headers, status, limit] of cases) {
      const response = await app.request(path, { method, headers });
      const [told, remaining, reset] = ratesOf(response);
      assertEquals([response.status, told], [status, limit], path);
      assert(remaining! >= 0 && remaining! <= limit, `${path} ${remaining}`);
      assertEquals(reset, Math.ceil((START_MS + 60_000) / 1_000));
    }
    const [, before] = ratesOf(await app.request("/api/v1/images", { headers: reader.auth }));
    const [, after] = ratesOf(await app.request("/api/v1/images", { headers: reader.auth }));
    assertEquals(after, before! - 1);
  }));

Deno.test("401s end in 429 after a hundred a minute of one address, while valid keys go on", () =>
  withApp(async (app, clock) => {
    const user = await app.addUser("frida");
    const bad = (address: string) => app.request("/api/v1/images", { headers: NOBODY }, address);
    const answers = await Promise.all(Array.from({ length: 130 }, () => bad("9.9.9.9")));
    assertEquals(statuses(answers), { 401: 100, 429: 30 });
    const refused = answers.find((r) => r.status === 429)!;
    assertMatch(refused.headers.get("retry-after")!, /^\d+$/);
    assertEquals(refused.headers.get("www-authenticate"), null);
    assertEquals([refused.headers.get("cache-control"), (await errorOf(refused)).status], ["no-store", 429]);
    assertEquals((await bad("9.9.9.8")).status, 401);
    assertEquals((await app.request("/api/v1/images", { headers: user.auth }, "9.9.9.9")).status, 200);
    clock.nowMs += 60_000;
    assertEquals((await bad("9.9.9.9")).status, 401);
  }));

Deno.test("401s are counted for the address in X-Forwarded-For where a trusted proxy says it", () =>
  withApp(async (app) => {
    const from = (peer: string, forwarded: string) =>
      app.request("/api/v1/images", { headers: { ...NOBODY, "x-forwarded-for": forwarded } }, peer);
    await Promise.all(Array.from({ length: 100 }, (_, n) => from("10.0.0.1", `6.6.6.${n}, 1.1.1.1`)));
    assertEquals((await from("10.0.0.1", "1.1.1.1")).status, 429);
    assertEquals((await from("10.0.0.1", "1.1.1.2")).status, 401);
    // Somebody who is no proxy can't pass for others.
    await Promise.all(Array.from({ length: 100 }, (_, n) => from("8.8.8.8", `7.7.7.${n}`)));
    assertEquals((await from("8.8.8.8", "7.7.7.200")).status, 429);
  }, { env: { TRUSTED_PROXIES: "10.0.0.0/8" } }));

Deno.test("the dashboard's session has a rate of its own beside the keys'", () =>
  withApp(async (app) => {
    const user = await app.addUser("frida", "free");
    await Promise.all(Array.from({ length: 101 }, () => app.request("/api/v1/settings", { headers: user.auth })));
    assertEquals((await app.request("/api/v1/settings", { headers: user.auth })).status, 429);
    const cookie = `imgsrc_session=${await app.deps.sessions.create(user.user.id)}`;
    const own = await app.request("/api/v1/settings", { headers: { cookie, "sec-fetch-site": "same-origin" } });
    assertEquals([own.status, ratesOf(own)[1]], [200, 99]);
  }));

Deno.test("QUOTAS=off tells no rate to callers, and still bounds 401s", () =>
  withApp(async (app) => {
    const user = await app.addUser("frida", "free");
    const answer = await app.request("/api/v1/settings", { headers: user.auth });
    assertEquals([answer.status, answer.headers.get("x-ratelimit-limit")], [200, null]);
    const bad = await Promise.all(
      Array.from({ length: 101 }, () => app.request("/api/v1/images", { headers: NOBODY }, "9.9.9.9")),
    );
    assertEquals(statuses(bad), { 401: 100, 429: 1 });
  }, { env: { QUOTAS: "off" } }));

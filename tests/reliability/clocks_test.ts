/** F17, F18: a clock that leaps, and an identity provider that can't be trusted to answer. */
import { assert, assertEquals } from "@std/assert";
import { call } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { goodClaims, ISSUER, otherKeyPair, rawToken, startIssuer, type TestIssuer } from "../doubles/issuer.ts";
import { START_MS } from "../doubles/state.ts";
import { testRow } from "./test_row.ts";

const MINUTE_MS = 60_000;
const LEAP_MS = 5 * MINUTE_MS;

async function withClock(run: (app: TestApp, clock: { nowMs: number }, john: TestUser) => Promise<void>) {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs });
  try {
    await run(app, clock, await app.addUser("john"));
  } finally {
    await app.close();
  }
}

async function statusOf(app: TestApp, path: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await app.request(path, { headers });
  await response.body?.cancel();
  return response.status;
}

testRow(
  "F17",
  "links and rates over leaps of five minutes in both directions",
  (measure) =>
    withClock(async (app, clock, john) => {
      const fields = { path: "p.png", visibility: "private" };
      const { id } = await (await app.upload(john, await fixture("quarters.png"), "p.png", fields)).json();
      const link = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, { expires_in_seconds: 300 });
      const url = link.body.signed_url as string;
      const seen: [number, number][] = [];
      for (const leap of [0, -LEAP_MS, LEAP_MS - 1_000, LEAP_MS, 2 * LEAP_MS, 0]) {
        clock.nowMs = START_MS + leap;
        seen.push([leap / 1_000, await statusOf(app, url)]);
      }
      assertEquals(seen, [[0, 200], [-300, 200], [299, 200], [300, 404], [600, 404], [0, 200]]);
      const free = await app.addUser("frida", "free");
      const spend = () => statusOf(app, "/api/v1/settings", free.auth);
      const all = async () => (await Promise.all(Array.from({ length: 130 }, spend))).filter((s) => s === 200).length;
      const admitted: number[] = [];
      for (const leap of [0, -LEAP_MS, MINUTE_MS, LEAP_MS, 0, 2 * MINUTE_MS]) {
        clock.nowMs = START_MS + leap;
        admitted.push(await all());
      }
      // Each minute of the clock once; the one that comes a second time is used up, and the next one is not.
      assertEquals(admitted, [100, 100, 100, 100, 0, 100]);
      measure(
        `a link of 300 s holds by the server's clock alone (${
          seen.map(([s, status]) => `${s} s ${status}`).join(", ")
        }); ` +
          `the rate over leaps: ${admitted.join(", ")} of 100 a minute, never stuck`,
      );
    }),
);

testRow(
  "F17",
  "what is uploaded after the clock went back is seen by caches",
  (measure) =>
    withClock(async (app, clock, john) => {
      await app.upload(john, await fixture("quarters.png"), "p.png", { path: "p.png" });
      const first = await app.request("/i/john/p.png");
      const since = first.headers.get("last-modified")!;
      await first.body?.cancel();
      clock.nowMs -= LEAP_MS;
      await app.upload(john, await fixture("framed.png"), "p.png", { path: "p.png" });
      assertEquals(await statusOf(app, "/i/john/p.png", { "if-modified-since": since }), 200);
      const second = await app.request("/i/john/p.png");
      await second.body?.cancel();
      // Never later than now, as RFC 9110 asks; never the one of another state.
      assert(second.headers.get("last-modified") !== since);
      measure("a replacement made 5 minutes earlier by the clock is a 200 to If-Modified-Since of the one before");
    }),
);

const CLERK = { CLERK_ISSUER: ISSUER, CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.example.com$")}` };

interface Clerk {
  readonly app: TestApp;
  readonly issuer: TestIssuer;
  readonly clock: { nowMs: number };
  /** Status of a request with a token. */
  ask(token: string): Promise<number>;
  sign(): Promise<string>;
}

async function withClerk(run: (clerk: Clerk) => Promise<void>): Promise<void> {
  const issuer = await startIssuer();
  const clock = { nowMs: START_MS };
  // As the network: gives up when it is told to.
  const patient = (url: string, init: RequestInit) =>
    Promise.race([
      issuer.fetch(url, init),
      new Promise<never>((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal!.reason))),
    ]);
  const app = await startTestApp({ env: { ...CLERK, QUOTAS: "off" }, fetch: patient, now: () => clock.nowMs });
  let asked = 0;
  const ask = async (token: string) => {
    // From an address each: what strangers may ask from one is limited.
    const address = `10.${asked >> 16}.${(asked >> 8) & 255}.${asked++ & 255}`;
    const response = await app.request("/api/v1/settings", { headers: { authorization: `Bearer ${token}` } }, address);
    await response.body?.cancel();
    return response.status;
  };
  try {
    const sign = () => issuer.sign(goodClaims(clock.nowMs, { sub: "user_abc" }));
    const auth = { auth: { authorization: `Bearer ${await sign()}` } };
    assertEquals((await call(app, auth, "POST", "/api/v1/auth/username", { username: "john" })).status, 201);
    await run({ app, issuer, clock, ask, sign });
  } finally {
    await app.close();
  }
}

testRow(
  "F18",
  "keys that can't be had, and ones that nobody has",
  (measure) =>
    withClerk(async ({ issuer, clock, ask, sign }) => {
      const HOUR_MS = 60 * MINUTE_MS;
      const stranger = await otherKeyPair("key-9");
      const forged = async (kid: string) => {
        const claims = goodClaims(clock.nowMs, { sub: "user_abc" });
        return await issuer.sign(claims, { kid });
      };
      const states: string[] = [];
      const wrongs: [string, () => void][] = [
        ["down", () => issuer.failure = new TypeError("No route")],
        ["garbage", () => (issuer.failure = null, issuer.jwks = { keys: ["x", null, 7] as unknown[] })],
        ["no document", () => issuer.jwks = "nothing" as never],
      ];
      for (const [name, spoil] of wrongs) {
        issuer.failure = null;
        issuer.jwks = { keys: [issuer.publicJwk] };
        clock.nowMs += 2 * HOUR_MS;
        assertEquals(await ask(await sign()), 200, "fresh keys");
        spoil();
        clock.nowMs += name === "garbage" ? 0 : 2 * HOUR_MS;
        assertEquals(await ask(await sign()), 200, `${name}: known keys go on`);
        const status = await ask(await forged("unknown"));
        assert([401, 502, 503].includes(status), `${name}: ${status}`);
        states.push(`${name} 200, unknown ${status}`);
      }
      issuer.failure = null;
      issuer.jwks = { keys: [issuer.publicJwk] };
      clock.nowMs += 2 * HOUR_MS;
      assertEquals(await ask(await sign()), 200);
      // Rotated: the new key is met by its first token, the old one goes with the document.
      issuer.jwks = { keys: [issuer.publicJwk, stranger.publicJwk] };
      clock.nowMs += 2 * MINUTE_MS;
      const before = issuer.fetches;
      const tokens = Array.from(
        { length: 10_000 },
        (_, n) =>
          rawToken(
            { alg: "RS256", kid: `kid-${n}` },
            goodClaims(clock.nowMs, { sub: "user_abc" }),
            new Uint8Array(256),
          ),
      );
      const statuses = new Set<number>();
      for (let at = 0; at < tokens.length; at += 500) {
        for (const status of await Promise.all(tokens.slice(at, at + 500).map(ask))) statuses.add(status);
      }
      assertEquals(statuses, new Set([401]));
      const fetches = issuer.fetches - before;
      assert(fetches <= 1, `${fetches} fetches`);
      assertEquals(await ask(await sign()), 200);
      measure(`${states.join("; ")}; ${tokens.length} unknown key ids: ${fetches} fetch in a minute, 0 accepted`);
    }),
);

testRow("F18", "no key at all, and an issuer that never answers", async (measure) => {
  const issuer = await startIssuer();
  let isSilent = false;
  const fetch = (url: string, init: RequestInit) =>
    !isSilent
      ? issuer.fetch(url, init)
      : new Promise<Response>((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal!.reason)));
  const app = await startTestApp({ env: { ...CLERK, QUOTAS: "off" }, fetch, now: () => START_MS });
  try {
    isSilent = true;
    const token = await issuer.sign(goodClaims(app.deps.now(), { sub: "user_abc" }));
    const headers = { authorization: `Bearer ${token}` };
    const start = performance.now();
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => app.request("/api/v1/settings", { headers }, `10.7.0.${n}`)),
    );
    const ms = performance.now() - start;
    for (const response of responses) {
      await response.body?.cancel();
      assert([502, 503].includes(response.status), `${response.status}`);
    }
    measure(
      `silent with no key held: 50 at once ${responses[0]!.status} after ${(ms / 1e3).toFixed(1)} s, none accepted`,
    );
  } finally {
    await app.close();
  }
});

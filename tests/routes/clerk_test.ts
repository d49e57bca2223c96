/** Sign-in by Clerk over HTTP, against a stub of its issuer and API; two users throughout. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { clerkJwksUrl, frontendHost, portalHost } from "../../routes/_services/clerk.ts";
import { TokenIssuer } from "../../routes/_services/tokens.ts";
import { AccountAnswer } from "../../routes/api/v1/_schema/auth.ts";
import { loadConfig } from "../../routes/config.ts";
import { errorOf, ORIGIN, startTestApp, type TestApp } from "../doubles/app.ts";
import { goodClaims, ISSUER, otherKeyPair, startIssuer, type TestIssuer } from "../doubles/issuer.ts";
import { START_MS } from "../doubles/state.ts";
import { SignJWT } from "jose";

const PUBLISHABLE_KEY = `pk_live_${btoa("clerk.example.com$")}`;
const ENV = { CLERK_ISSUER: ISSUER, CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY };
type Run = (app: TestApp, issuer: TestIssuer, clock: { nowMs: number }) => Promise<void>;

async function withClerk(run: Run, env: Record<string, string> = {}): Promise<void> {
  const clock = { nowMs: START_MS };
  const issuer = await startIssuer();
  const app = await startTestApp({ now: () => clock.nowMs, env: { ...ENV, ...env }, fetch: issuer.fetch });
  try {
    await run(app, issuer, clock);
  } finally {
    await app.close();
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const settings = (app: TestApp, token: string) => app.request("/api/v1/settings", { headers: bearer(token) });
const chooseName = (app: TestApp, token: string | null, body: unknown) =>
  app.request("/api/v1/auth/username", {
    method: "POST",
    headers: token === null ? {} : bearer(token),
    body: JSON.stringify(body),
  });
const tokenOf = (issuer: TestIssuer, sub: string, more: Record<string, unknown> = {}, nowMs = START_MS) =>
  issuer.sign(goodClaims(nowMs, { sub, ...more }));

Deno.test("a first token with a user name makes the account, later ones find it", () =>
  withClerk(async (app, issuer) => {
    const tokens = [
      await tokenOf(issuer, "user_1", { username: "John", email: "john@example.com" }),
      await tokenOf(issuer, "user_2", { username: "mary", email: "john@example.com" }),
    ];
    for (const token of [...tokens, ...tokens]) assertEquals((await settings(app, token)).status, 200);
    assertEquals((await app.deps.users.list()).map((u) => [u.name, u.email]), [
      ["john", "john@example.com"],
      ["mary", "john@example.com"],
    ]);
    assertEquals(issuer.fetches, 1);
  }));

Deno.test("twenty first requests at once make one account", () =>
  withClerk(async (app, issuer) => {
    const token = await tokenOf(issuer, "user_1", { username: "john" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => settings(app, token)));
    assertEquals(new Set(answers.map((a) => a.status)), new Set([200]));
    assertEquals((await app.deps.users.list()).length, 1);
  }));

Deno.test("a name that is taken, reserved, odd or missing is asked for, and then the account works", () =>
  withClerk(async (app, issuer) => {
    await settings(app, await tokenOf(issuer, "user_1", { username: "john" }));
    for (const [n, username] of ["JOHN", "admin", "j.d", undefined].entries()) {
      const token = await tokenOf(issuer, `user_x${n}`, username === undefined ? {} : { username });
      const response = await settings(app, token);
      const error = await errorOf(response);
      assertEquals([response.status, error.code], [403, "FORBIDDEN"]);
      assertStringIncludes(error.message, "/api/v1/auth/username");
      const bad: [unknown, number][] = [
        [{}, 400],
        [null, 400],
        [{ username: 7 }, 400],
        [{ username: "x" }, 400],
        [{ username: "root" }, 400],
        [{ username: "John" }, 409],
      ];
      for (const [body, status] of bad) assertEquals((await chooseName(app, token, body)).status, status);
      const made = await chooseName(app, token, { username: `newcomer-${n}` });
      assertEquals([made.status, AccountAnswer.parse(await made.json()).token], [201, null]);
      assertEquals((await (await settings(app, token)).json()).settings.username, `newcomer-${n}`);
      assertEquals((await chooseName(app, token, { username: "another" })).status, 409);
    }
    assertEquals((await chooseName(app, null, { username: "nobody" })).status, 401);
    assertEquals((await chooseName(app, "a.b.c", "{")).status, 401);
  }));

Deno.test("tokens of our own issuer, and accounts by password, mean nothing where Clerk signs people in", () =>
  withClerk(async (app) => {
    const { user } = await app.addUser("owner");
    const { token } = await new TokenIssuer(app.deps.signingKeys, ORIGIN, app.deps.now).issue(user, 0);
    assertEquals((await settings(app, token)).status, 401);
    assertEquals((await app.request("/.well-known/jwks.json")).status, 404);
    const body = JSON.stringify({ username: "john", email: "j@example.com", password: "12345678" });
    assertEquals((await app.request("/api/v1/auth/sign-up", { method: "POST", body })).status, 403);
  }));

Deno.test("forged tokens are 401 over HTTP as well", () =>
  withClerk(async (app, issuer) => {
    await settings(app, await tokenOf(issuer, "user_1", { username: "john" }));
    const { privateKey } = await otherKeyPair("key-1");
    const forged = new SignJWT(goodClaims(START_MS, { sub: "user_1" })).setProtectedHeader({
      alg: "RS256",
      kid: "key-1",
    });
    for (
      const token of [
        await forged.sign(privateKey),
        await tokenOf(issuer, "user_1", { iss: "https://evil.example.com" }),
        await tokenOf(issuer, "user_1", {}, START_MS - 3600_000),
        await tokenOf(issuer, "user_1", {}, START_MS + 3600_000),
      ]
    ) {
      const response = await settings(app, token);
      assertEquals([response.status, (await errorOf(response)).code], [401, "UNAUTHORIZED"]);
    }
  }));

Deno.test("the audience is checked where CLERK_AUDIENCE is set", () =>
  withClerk(async (app, issuer) => {
    assertEquals((await settings(app, await tokenOf(issuer, "user_1", { username: "john" }))).status, 401);
    assertEquals((await settings(app, await tokenOf(issuer, "user_1", { username: "john", aud: "mine" }))).status, 200);
  }, { CLERK_AUDIENCE: "mine" }));

Deno.test("log out everywhere ends the tokens of before, and Clerk's own sessions where the secret key is there", () =>
  withClerk(async (app, issuer, clock) => {
    const [john, mary] = [
      await tokenOf(issuer, "user_1", { username: "john" }),
      await tokenOf(issuer, "user_2", { username: "mary" }),
    ];
    assertEquals([(await settings(app, john)).status, (await settings(app, mary)).status], [200, 200]);
    const response = await app.request("/api/v1/auth/log-out-everywhere", { method: "POST", headers: bearer(john) });
    assertEquals(response.status, 200);
    assertEquals([(await settings(app, john)).status, (await settings(app, mary)).status], [401, 200]);
    assertEquals(issuer.calls, [
      "GET https://api.clerk.com/v1/sessions?user_id=user_1&status=active&limit=100",
      "POST https://api.clerk.com/v1/sessions/sess_1/revoke",
      "POST https://api.clerk.com/v1/sessions/sess_2/revoke",
    ]);
    clock.nowMs += 1_000;
    assertEquals((await settings(app, await tokenOf(issuer, "user_1", {}, clock.nowMs))).status, 200);
  }, { CLERK_SECRET_KEY: "sk_test_x" }));

Deno.test("a sign-in service that can't be reached is a 502 in the envelope, never a 500", () =>
  withClerk(async (app, issuer) => {
    issuer.failure = new TypeError("No route");
    const response = await settings(app, await tokenOf(issuer, "user_1", { username: "john" }));
    assertEquals([response.status, (await errorOf(response)).code], [502, "UPSTREAM_ERROR"]);
  }));

Deno.test("the pages send browsers to Clerk's hosted ones and back", () =>
  withClerk(async (app) => {
    const back = encodeURIComponent(`${ORIGIN}/sign-in/clerk`);
    for (const [path, page] of [["/sign-in", "sign-in"], ["/sign-up", "sign-up"]]) {
      const response = await app.request(path!);
      assertEquals([response.status, response.headers.get("location")], [
        303,
        `https://accounts.example.com/${page}?redirect_url=${back}`,
      ]);
    }
    const first = await app.request("/sign-in/clerk");
    const tried = encodeURIComponent(`${ORIGIN}/sign-in/clerk?tried=1`);
    assertEquals(first.headers.get("location"), `https://clerk.example.com/v1/client/handshake?redirect_url=${tried}`);
    assertEquals((await app.request("/sign-in/clerk?tried=1")).status, 401);
  }));

Deno.test("a browser that brings Clerk's token, in its cookie or in a handshake, gets a session of ours", () =>
  withClerk(async (app, issuer) => {
    const token = await tokenOf(issuer, "user_1", { username: "john" });
    const letter = await issuer.sign({ handshake: [`__session=${token}; Path=/; Secure`, "__client_uat=1"] });
    const requests: [string, Record<string, string>][] = [
      ["/sign-in/clerk", { cookie: `a=b; __session=${token}` }],
      ["/sign-in/clerk", { cookie: `__clerk_handshake=${letter}` }],
      [`/sign-in/clerk?__clerk_handshake=${letter}`, {}],
    ];
    for (const [path, headers] of requests) {
      const response = await app.request(path, { headers });
      assertEquals([response.status, response.headers.get("location")], [303, "/images"], path);
      const cookie = response.headers.get("set-cookie")!.split(";")[0]!;
      const mine = await app.request("/api/v1/settings", { headers: { cookie } });
      assertEquals((await mine.json()).settings.username, "john");
    }
    const { privateKey } = await otherKeyPair("key-1");
    const forged = await new SignJWT({ handshake: [`__session=${token}`] })
      .setProtectedHeader({ alg: "RS256", kid: "key-1" }).sign(privateKey);
    assertEquals((await app.request(`/sign-in/clerk?tried=1&__clerk_handshake=${forged}`)).status, 401);
  }));

Deno.test("a newcomer on the pages chooses a user name once", () =>
  withClerk(async (app, issuer, clock) => {
    await app.addUser("taken");
    const token = await tokenOf(issuer, "user_1", { email: "j@example.com" });
    const response = await app.request("/sign-in/clerk", { headers: { cookie: `__session=${token}` } });
    const welcome = response.headers.get("location")!;
    assertMatch(welcome, /^\/welcome\?newcomer=[A-Za-z0-9]{43}$/);
    assertStringIncludes(await (await app.request(welcome)).text(), 'action="/welcome"');
    const newcomer = welcome.split("=")[1]!;
    const choose = (username: string) =>
      app.request("/welcome", {
        method: "POST",
        headers: { origin: ORIGIN, host: "localhost:8000" },
        body: new URLSearchParams({ newcomer, username }),
      });
    assertEquals([(await choose("taken")).status, (await choose("x")).status], [409, 400]);
    const made = await choose("john");
    assertEquals([made.status, made.headers.get("location")], [303, "/images"]);
    assert(made.headers.has("set-cookie"));
    assertEquals((await (await settings(app, token)).json()).settings.username, "john");
    clock.nowMs += 30 * 60_000;
    assertEquals((await app.request(welcome)).headers.get("location"), "/sign-in");
  }));

Deno.test("frontendHost() reads publishable keys and nothing else", () => {
  assertEquals(frontendHost(PUBLISHABLE_KEY), "clerk.example.com");
  assertEquals(frontendHost(`pk_test_${btoa("a-b-1.clerk.accounts.dev$")}`), "a-b-1.clerk.accounts.dev");
  for (
    const bad of [
      "",
      "pk_live_",
      "pk_live_%%%",
      `sk_live_${btoa("x$")}`,
      `pk_live_${btoa("evil.com/#$")}`,
      `pk_live_${btoa("x")}`,
    ]
  ) {
    assertEquals(frontendHost(bad), null, bad);
  }
  assertEquals(portalHost("a-b-1.clerk.accounts.dev"), "a-b-1.accounts.dev");
  assertEquals(portalHost("clerk.example.com"), "accounts.example.com");
});

Deno.test("clerkJwksUrl() is the issuer's own unless another one is set", () => {
  const config = (env: Record<string, string>) => loadConfig((name) => env[name]);
  assertEquals(clerkJwksUrl(config({ CLERK_ISSUER: ISSUER })), `${ISSUER}/.well-known/jwks.json`);
  assertEquals(clerkJwksUrl(config({ CLERK_JWKS_URL: "https://x.example.com/k?a=1" })), "https://x.example.com/k?a=1");
});

/** Sign-up, sign-in, tokens and log out everywhere over HTTP, with the embedded issuer; two users throughout. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { decodeJwt } from "jose";
import { AccountAnswer, JwksAnswer, LogOutAnswer } from "../../routes/api/v1/_schema/auth.ts";
import { ADMIN_TOKEN, errorOf, ORIGIN, startTestApp, type TestApp, type TestAppOptions } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";

const PASSWORD = "correct horse battery";

async function withApp(run: (app: TestApp, clock: { nowMs: number }) => Promise<void>, options: TestAppOptions = {}) {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs, ...options });
  try {
    await run(app, clock);
  } finally {
    await app.close();
  }
}

const post = (app: TestApp, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

const form = (app: TestApp, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  app.request(path, {
    method: "POST",
    headers: { origin: ORIGIN, host: "localhost:8000", ...headers },
    body: new URLSearchParams(fields),
  });

async function signUp(app: TestApp, username: string): Promise<AccountAnswer> {
  const response = await post(app, "/api/v1/auth/sign-up", {
    username,
    email: `${username}@example.com`,
    password: PASSWORD,
  });
  assertEquals(response.status, 201);
  return AccountAnswer.parse(await response.json());
}

const bearer = (token: string | null) => ({ authorization: `Bearer ${token}` });
const settings = (app: TestApp, headers: Record<string, string>) => app.request("/api/v1/settings", { headers });

Deno.test("signUpByApi() makes an account on the configured plan with a token that works at once", () =>
  withApp(async (app) => {
    const john = await signUp(app, "john");
    const mary = await signUp(app, "mary");
    assertEquals([john.username, john.email, john.plan], ["john", "john@example.com", "free"]);
    assertEquals(john.expires_at, START_MS / 1000 + 3600);
    const answers = [await settings(app, bearer(john.token)), await settings(app, bearer(mary.token))];
    assertEquals((await Promise.all(answers.map((a) => a.json()))).map((a) => a.settings.username), ["john", "mary"]);
    assertNotEquals(john.user_id, mary.user_id);
  }));

Deno.test("signUpByApi() puts new users on DEFAULT_PLAN", () =>
  withApp(async (app) => assertEquals((await signUp(app, "john")).plan, "pro"), { env: { DEFAULT_PLAN: "pro" } }));

Deno.test("signUpByApi() gives one of twenty that want the same name or e-mail at once", () =>
  withApp(async (app) => {
    const wish = (n: number) => ({
      username: `john${n % 2}`,
      email: `J${n % 2 ? "" : "x"}@example.com`,
      password: PASSWORD,
    });
    const statuses = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => (await post(app, "/api/v1/auth/sign-up", wish(n))).status),
    );
    assertEquals(statuses.sort(), [201, 201, 409, 409, 409, 409]);
  }));

Deno.test("signUpByApi() refuses names and e-mails that are taken, in any letters", () =>
  withApp(async (app) => {
    await signUp(app, "john");
    const taken = [
      { username: "JOHN", email: "x@example.com" },
      { username: "other", email: "JOHN@Example.com" },
    ];
    for (const who of taken) {
      const response = await post(app, "/api/v1/auth/sign-up", { ...who, password: PASSWORD });
      assertEquals([response.status, (await errorOf(response)).code], [409, "CONFLICT"]);
    }
  }));

const GOOD = { username: "john", email: "john@example.com", password: PASSWORD };
const BAD_SIGN_UPS: [string, unknown, string][] = [
  ["no body", undefined, "username"],
  ["null", "null", "username"],
  ["an empty object", {}, "username"],
  ["an array", [], "object"],
  ["broken JSON", "{", "JSON"],
  ["a number as name", { ...GOOD, username: 7 }, "username"],
  ["a name of two characters", { ...GOOD, username: "jo" }, "User name"],
  ["a name of 33 characters", { ...GOOD, username: "j".repeat(33) }, "User name"],
  ["a name of 101 characters", { ...GOOD, username: "j".repeat(101) }, "username"],
  ["a name with a slash", { ...GOOD, username: "jo/hn" }, "User name"],
  ["a reserved name", { ...GOOD, username: "Admin" }, "reserved"],
  ["no e-mail", { username: "john", password: PASSWORD }, "email"],
  ["an e-mail without a host", { ...GOOD, email: "john@" }, "email"],
  ["an e-mail of 255 characters", { ...GOOD, email: `${"j".repeat(243)}@example.com` }, "email"],
  ["a password of seven characters", { ...GOOD, password: "1234567" }, "password"],
  ["a password of 201 characters", { ...GOOD, password: "x".repeat(201) }, "password"],
  ["a password that is null", { ...GOOD, password: null }, "password"],
  ["10 MB", JSON.stringify({ ...GOOD, padding: "x".repeat(10_000_000) }), "bytes"],
];

for (const [what, body, part] of BAD_SIGN_UPS) {
  Deno.test(`signUpByApi() answers 400 to ${what}`, () =>
    withApp(async (app) => {
      const response = await post(app, "/api/v1/auth/sign-up", body);
      const error = await errorOf(response);
      assertEquals([response.status, error.code], [400, "VALIDATION_ERROR"]);
      assertStringIncludes(error.message, part);
      assertEquals((await app.deps.users.list()).length, 0);
    }));
}

Deno.test("signUpByApi() never repeats a password, and does repeat what else is wrong", () =>
  withApp(async (app) => {
    const short = await errorOf(await post(app, "/api/v1/auth/sign-up", { ...GOOD, password: "hunter2" }));
    assert(!short.message.includes("hunter2"), short.message);
    const email = await errorOf(await post(app, "/api/v1/auth/sign-up", { ...GOOD, email: "john@" }));
    assertStringIncludes(email.message, '"john@"');
    const long = await errorOf(
      await post(app, "/api/v1/auth/sign-in", { username: "john", password: "hunter2".repeat(50) }),
    );
    assert(!long.message.includes("hunter2"), long.message);
  }));

Deno.test("signUpByApi() takes limits, unknown fields and any content type", () =>
  withApp(async (app) => {
    const body = {
      username: "j".repeat(32),
      email: "a+b@example.co.uk",
      password: "x".repeat(200),
      admin: true,
      plan: "pro",
    };
    const response = await post(app, "/api/v1/auth/sign-up", body, { "content-type": "text/plain" });
    assertEquals([response.status, (await response.json()).plan], [201, "free"]);
    assertEquals(
      (await post(app, "/api/v1/auth/sign-up", { ...GOOD, username: "abc", password: "12345678" })).status,
      201,
    );
  }));

Deno.test("signUpByApi() is closed where sign-up is", () =>
  withApp(async (app) => {
    const response = await post(app, "/api/v1/auth/sign-up", GOOD);
    assertEquals([response.status, (await errorOf(response)).code], [403, "FORBIDDEN"]);
  }, { env: { SIGN_UP: "closed" } }));

Deno.test("signInByApi() takes user name or e-mail with the password", () =>
  withApp(async (app) => {
    const { user_id } = await signUp(app, "john");
    for (const login of [{ username: "John" }, { email: "JOHN@example.com" }]) {
      const response = await post(app, "/api/v1/auth/sign-in", { ...login, password: PASSWORD });
      const answer = AccountAnswer.parse(await response.json());
      assertEquals([response.status, answer.user_id], [200, user_id]);
      assertEquals((await settings(app, bearer(answer.token))).status, 200);
    }
  }));

Deno.test("signInByApi() tells nothing of why it refuses", () =>
  withApp(async (app) => {
    await signUp(app, "john");
    const wrong = [
      { username: "john", password: "wrong password" },
      { username: "nobody", password: PASSWORD },
      { email: "nobody@example.com", password: PASSWORD },
      { username: "%%", password: PASSWORD },
      { username: "john", password: "" },
    ];
    const answers = await Promise.all(wrong.map((body) => post(app, "/api/v1/auth/sign-in", body)));
    const texts = await Promise.all(answers.map((a) => a.text()));
    assertEquals(answers.map((a) => a.status), [401, 401, 401, 401, 401]);
    assertEquals(new Set(texts).size, 1);
  }));

Deno.test("signInByApi() answers 400 to what is no sign-in", () =>
  withApp(async (app) => {
    for (
      const body of [undefined, "null", {}, [], "{", { username: "john" }, { username: 1, password: "x" }, {
        password: "x",
      }]
    ) {
      assertEquals((await post(app, "/api/v1/auth/sign-in", body)).status, 400, JSON.stringify(body));
    }
  }));

Deno.test("signInByApi() takes ten tries a minute for a name and then 429, whatever the password", () =>
  withApp(async (app, clock) => {
    await signUp(app, "john");
    const attempt = async (password: string) =>
      (await post(app, "/api/v1/auth/sign-in", { username: "john", password })).status;
    for (let n = 0; n < 10; n++) assertEquals(await attempt("wrong password"), 401);
    assertEquals(await attempt(PASSWORD), 429);
    clock.nowMs += 60_000;
    assertEquals(await attempt(PASSWORD), 200);
  }));

Deno.test("tickets begin a dashboard session once, within two minutes", () =>
  withApp(async (app, clock) => {
    const { ticket } = await signUp(app, "john");
    const used = await app.request(`/sign-in?token=${ticket}`);
    assertEquals([used.status, used.headers.get("location")], [303, "/images"]);
    assertEquals((await app.request(`/sign-in?token=${ticket}`)).status, 410);
    const late = await signUp(app, "mary");
    clock.nowMs += 120_000;
    assertEquals((await app.request(`/sign-in?token=${late.ticket}`)).status, 410);
  }));

/** The cookie of a fresh dashboard session. */
async function sessionOf(app: TestApp, account: AccountAnswer): Promise<string> {
  const response = await app.request(`/sign-in?token=${account.ticket}`);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

Deno.test("renewToken() gives a token to a dashboard session, and to nothing else", () =>
  withApp(async (app) => {
    const john = await signUp(app, "john");
    const cookie = await sessionOf(app, john);
    const own = { cookie, origin: ORIGIN, host: "localhost:8000" };
    const renewed = AccountAnswer.parse(await (await post(app, "/api/v1/auth/token", undefined, own)).json());
    assertEquals(renewed.username, "john");
    assertEquals((await settings(app, bearer(renewed.token))).status, 200);
    assertEquals((await post(app, "/api/v1/auth/token", undefined, bearer(john.token))).status, 403);
    const { auth } = await app.addUser("mary");
    assertEquals((await post(app, "/api/v1/auth/token", undefined, { ...auth })).status, 403);
    assertEquals((await post(app, "/api/v1/auth/token")).status, 401);
    const foreign = { cookie, "sec-fetch-site": "cross-site" };
    assertEquals((await post(app, "/api/v1/auth/token", undefined, foreign)).status, 401);
  }));

Deno.test("logOut() ends sessions, links and tokens of one user; API keys and others go on", () =>
  withApp(async (app) => {
    const [john, mary] = [await signUp(app, "john"), await signUp(app, "mary")];
    const key = await app.deps.apiKeys.create(john.user_id as never, {
      name: "k",
      scopes: ["read"],
      expiresAtMs: null,
    });
    const cookie = await sessionOf(app, john);
    const link = await app.deps.sessions.createLink(john.user_id as never);
    const response = await post(app, "/api/v1/auth/log-out-everywhere", undefined, bearer(john.token));
    LogOutAnswer.parse(await response.json());
    assertEquals((await settings(app, bearer(john.token))).status, 401);
    assertEquals((await settings(app, { cookie })).status, 401);
    assertEquals((await app.request(`/sign-in?token=${link}`)).status, 410);
    assertEquals((await settings(app, bearer(key.key))).status, 200);
    assertEquals((await settings(app, bearer(mary.token))).status, 200);
    const again = await post(app, "/api/v1/auth/sign-in", { username: "john", password: PASSWORD });
    assertEquals((await settings(app, bearer((await again.json()).token))).status, 200);
  }));

Deno.test("ownKeySet() publishes public keys that verify the tokens, and no private part", () =>
  withApp(async (app) => {
    const { token } = await signUp(app, "john");
    const response = await app.request("/.well-known/jwks.json");
    const text = await response.text();
    const { keys } = JwksAnswer.parse(JSON.parse(text));
    for (const secret of ['"d"', '"p"', '"q"', '"dp"']) assert(!text.includes(secret));
    const header = JSON.parse(atob(token!.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/")));
    assertEquals([header.alg, header.kid], ["RS256", keys[0]!.kid]);
    const { iss, aud, sub } = decodeJwt(token!);
    assertEquals([iss, aud, typeof sub], [ORIGIN, "imgsrc", "string"]);
  }));

Deno.test("tokens expire, and an ended account's token finds nobody", () =>
  withApp(async (app, clock) => {
    const { token, user_id } = await signUp(app, "john");
    clock.nowMs += 3_600_000 + 31_000;
    const late = await settings(app, bearer(token));
    assertEquals([late.status, (await errorOf(late)).code], [401, "UNAUTHORIZED"]);
    const issued = await app.deps.signIn.issuer!.issue((await app.deps.users.get(user_id as never))!, 0);
    await app.store.commit(app.store.atomic().delete(["user", user_id]));
    assertEquals((await settings(app, bearer(issued.token))).status, 401);
  }));

Deno.test("authentication comes before everything: no, odd and foreign credentials are 401 on each route with a scope", () =>
  withApp(async (app) => {
    await signUp(app, "john");
    const odd: Record<string, string>[] = [
      {},
      { authorization: "" },
      { authorization: "Basic am9objpwYXNz" },
      { authorization: "Bearer" },
      { authorization: "Bearer x" },
      { authorization: "Bearer a.b.c" },
      { authorization: `Bearer imgsrc_${"x".repeat(48)}` },
      { cookie: "imgsrc_session=unknown" },
    ];
    for (const headers of odd) {
      for (
        const path of [
          "/api/v1/auth/log-out-everywhere",
          "/api/v1/passkeys/register/options",
          "/api/v1/subscription/cancel",
        ]
      ) {
        assertEquals((await post(app, path, "{", headers)).status, 401, `${path} ${JSON.stringify(headers)}`);
      }
    }
  }));

Deno.test("a revoked key and an expired one are refused from the next request on; uses are counted", () =>
  withApp(async (app, clock) => {
    const { user } = await app.addUser("john");
    const make = (expiresAtMs: number | null) =>
      app.deps.apiKeys.create(user.id, { name: "k", scopes: ["read"], expiresAtMs });
    const [revoked, expiring] = [await make(null), await make(clock.nowMs + 1000)];
    assertEquals((await settings(app, bearer(revoked.key))).status, 200);
    assertEquals((await settings(app, bearer(expiring.key))).status, 200);
    await app.deps.apiKeys.revoke(user.id, revoked.record.id);
    assertEquals((await settings(app, bearer(revoked.key))).status, 401);
    clock.nowMs += 1000;
    assertEquals((await settings(app, bearer(expiring.key))).status, 401);
    await app.deps.usage.flush();
    assertEquals((await app.store.get(["api_key_last_used", revoked.record.id])).value, START_MS);
    assertEquals(String((await app.store.get<Deno.KvU64>(["api_key_requests", revoked.record.id])).value?.value), "1");
  }));

Deno.test("signUpFromPage() makes an account and a session, or shows what is wrong with what was typed", () =>
  withApp(async (app) => {
    const page = await (await app.request("/sign-up")).text();
    assertStringIncludes(page, 'action="/sign-up"');
    const made = await form(app, "/sign-up", GOOD);
    assertEquals([made.status, made.headers.get("location")], [303, "/images"]);
    assertMatch(made.headers.get("set-cookie")!, /^imgsrc_session=[A-Za-z0-9]{43}; .*HttpOnly/);
    const bad: [Record<string, string>, number, string][] = [
      [{ ...GOOD, email: "x@example.com" }, 409, "taken"],
      [{ ...GOOD, username: "a b" }, 400, "User name"],
      [{ ...GOOD, username: "mary", email: "<script>" }, 400, "E-mail"],
      [{ ...GOOD, username: "mary", email: "m@example.com", password: "short" }, 400, "Password"],
      [{}, 400, "E-mail"],
    ];
    for (const [fields, status, part] of bad) {
      const response = await form(app, "/sign-up", fields);
      const text = await response.text();
      assertEquals(response.status, status, JSON.stringify(fields));
      assertStringIncludes(text, part);
      assert(!text.includes("<script>"));
    }
    assertEquals((await form(app, "/sign-up", GOOD, { origin: "https://evil.example.com" })).status, 403);
    assertEquals((await form(app, "/sign-up", { ...GOOD, username: "x".repeat(100_000) })).status, 400);
  }));

Deno.test("signIn() takes e-mail or user name on the page, and keeps the limit of tries with the API", () =>
  withApp(async (app) => {
    await signUp(app, "john");
    assertEquals((await form(app, "/sign-in", { username: "john@example.com", password: PASSWORD })).status, 303);
    assertEquals((await form(app, "/sign-in", { username: "john", password: "wrong" })).status, 401);
    for (let n = 0; n < 9; n++) await post(app, "/api/v1/auth/sign-in", { username: "john", password: "wrong" });
    assertEquals((await form(app, "/sign-in", { username: "john", password: PASSWORD })).status, 429);
  }));

Deno.test("the command token-key rotate changes the signing key under living tokens; twice ends them", () =>
  withApp(async (app) => {
    const { token } = await signUp(app, "john");
    const rotate = async () => {
      const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
      const response = await post(app, "/api/internal/admin", { command: "token-key rotate", args: {} }, admin);
      return (await response.json()).result.kids as string[];
    };
    const kids = await rotate();
    const { keys } = await (await app.request("/.well-known/jwks.json")).json();
    assertEquals(keys.map((k: { kid: string }) => k.kid), kids);
    assertEquals((await settings(app, bearer(token))).status, 200);
    await rotate();
    assertEquals((await settings(app, bearer(token))).status, 401);
  }));

/** Passkeys over HTTP, with an authenticator in software; two users throughout. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AuthenticationAnswer,
  AuthenticationOptionsAnswer,
  PasskeyListAnswer,
  RegistrationAnswer,
  RegistrationOptionsAnswer,
  RenamePasskeyAnswer,
} from "../../routes/api/v1/_schema/passkeys.ts";
import { errorOf, ORIGIN, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { type Misbehaviour, TestAuthenticator } from "../doubles/authenticator.ts";
import { START_MS } from "../doubles/state.ts";

const API = "/api/v1/passkeys";
type Clock = { nowMs: number };

async function withApp(run: (app: TestApp, john: TestUser, mary: TestUser, clock: Clock) => Promise<void>) {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs });
  try {
    await run(app, await app.addUser("john"), await app.addUser("mary"), clock);
  } finally {
    await app.close();
  }
}

const send = (app: TestApp, method: string, path: string, body?: unknown, by?: TestUser) =>
  app.request(API + path, {
    method,
    headers: { ...by?.auth },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

async function challengeOf(app: TestApp, path: string, body?: unknown, by?: TestUser): Promise<string> {
  return (await (await send(app, "POST", path, body, by)).json()).challenge;
}

async function register(app: TestApp, by: TestUser, device: TestAuthenticator, name?: string) {
  const credential = await device.register(await challengeOf(app, "/register/options", undefined, by));
  return await send(app, "POST", "/register/verify", { ...credential, ...(name === undefined ? {} : { name }) }, by);
}

async function signIn(app: TestApp, device: TestAuthenticator, wrong: Misbehaviour = {}, body?: unknown) {
  return await send(
    app,
    "POST",
    "/authenticate/verify",
    await device.sign(await challengeOf(app, "/authenticate/options", body), wrong),
  );
}

Deno.test("a passkey is registered, signs in, and its token and ticket work", () =>
  withApp(async (app, john) => {
    const options = RegistrationOptionsAnswer.parse(
      await (await send(app, "POST", "/register/options", undefined, john)).json(),
    );
    assertEquals([options.rp, options.timeout, options.attestation], [
      { id: "localhost", name: "imgsrc" },
      60_000,
      "none",
    ]);
    const device = await TestAuthenticator.make(ORIGIN);
    const registered = RegistrationAnswer.parse(await (await register(app, john, device, "My phone")).json());
    assertEquals([registered.passkey.name, registered.passkey.deviceType, registered.passkey.lastUsedAt], [
      "My phone",
      "multiDevice",
      null,
    ]);
    for (const body of [undefined, { username: "John" }, "null"]) {
      const answer = AuthenticationAnswer.parse(await (await signIn(app, device, {}, body)).json());
      assertEquals([answer.username, answer.userId], ["john", john.user.id]);
      const settings = await app.request("/api/v1/settings", { headers: { authorization: `Bearer ${answer.token}` } });
      assertEquals((await settings.json()).settings.username, "john");
      assertEquals((await app.request(`/sign-in?token=${answer.ticket}`)).status, 303);
    }
    const { passkeys } = PasskeyListAnswer.parse(await (await send(app, "GET", "", undefined, john)).json());
    assertEquals(passkeys.map((p) => [p.name, p.lastUsedAt]), [["My phone", new Date(START_MS).toISOString()]]);
  }));

Deno.test("authenticationOptions() names the user's passkeys, and answers 404 to users without one", () =>
  withApp(async (app, john) => {
    const device = await TestAuthenticator.make(ORIGIN);
    await register(app, john, device);
    const answer = await (await send(app, "POST", "/authenticate/options", { username: "john" })).json();
    AuthenticationOptionsAnswer.parse(answer);
    assertEquals(answer.allowCredentials.map((c: { id: string }) => c.id), [device.id]);
    const bodies = await Promise.all(["mary", "nobody", "%%"].map(async (username) => {
      const response = await send(app, "POST", "/authenticate/options", { username });
      assertEquals(response.status, 404);
      return await response.text();
    }));
    assertEquals(new Set(bodies).size, 1);
  }));

const MISBEHAVIOURS: Record<string, Misbehaviour> = {
  "another origin": { origin: "https://evil.example.com" },
  "another port": { origin: "http://localhost:9000" },
  "another relying party": { rpId: "evil.example.com" },
  "nobody verified": { isUserVerified: false },
  "another ceremony": { type: "webauthn.other" },
};

for (const [what, wrong] of Object.entries(MISBEHAVIOURS)) {
  Deno.test(`registerPasskey() and signInByPasskey() refuse ${what}`, () =>
    withApp(async (app, john) => {
      const device = await TestAuthenticator.make(ORIGIN);
      const bad = await device.register(await challengeOf(app, "/register/options", undefined, john), wrong);
      const refused = await send(app, "POST", "/register/verify", bad, john);
      assertEquals([refused.status, (await errorOf(refused)).code], [400, "VALIDATION_ERROR"]);
      assertEquals((await register(app, john, device)).status, 200);
      const response = await signIn(app, device, wrong);
      assertEquals([response.status, (await errorOf(response)).code], [401, "UNAUTHORIZED"]);
    }));
}

Deno.test("signInByPasskey() refuses wrong signatures, unknown passkeys and counters that go back", () =>
  withApp(async (app, john) => {
    const device = await TestAuthenticator.make(ORIGIN);
    await register(app, john, device);
    assertEquals((await signIn(app, device, { spoilSignature: true })).status, 401);
    assertEquals((await signIn(app, await TestAuthenticator.make(ORIGIN))).status, 401);
    assertEquals((await signIn(app, device, { counter: 50 })).status, 200);
    assertEquals((await signIn(app, device, { counter: 50 })).status, 401);
    assertEquals((await signIn(app, device, { counter: 49 })).status, 401);
    assertEquals((await signIn(app, device, { counter: 51 })).status, 200);
  }));

Deno.test("challenges are good once, for five minutes, for their purpose and their user", () =>
  withApp(async (app, john, mary, clock) => {
    const device = await TestAuthenticator.make(ORIGIN);
    await register(app, john, device);
    const signed = await device.sign(await challengeOf(app, "/authenticate/options"));
    const twice = await Promise.all([1, 2, 3].map(() => send(app, "POST", "/authenticate/verify", signed)));
    assertEquals(twice.map((r) => r.status).sort(), [200, 400, 400]);
    const late = await device.sign(await challengeOf(app, "/authenticate/options"));
    clock.nowMs += 300_000;
    assertEquals((await send(app, "POST", "/authenticate/verify", late)).status, 400);
    const crossed = await device.sign(await challengeOf(app, "/register/options", undefined, john));
    assertEquals((await send(app, "POST", "/authenticate/verify", crossed)).status, 400);
    const hers = await TestAuthenticator.make(ORIGIN);
    const stolen = await hers.register(await challengeOf(app, "/register/options", undefined, mary));
    assertEquals((await send(app, "POST", "/register/verify", stolen, john)).status, 400);
    await register(app, mary, hers);
    const forMary = await device.sign(await challengeOf(app, "/authenticate/options", { username: "mary" }));
    assertEquals((await send(app, "POST", "/authenticate/verify", forMary)).status, 401);
    assertEquals((await send(app, "POST", "/authenticate/verify", await device.sign("made-up"))).status, 400);
  }));

Deno.test("a credential is one user's only", () =>
  withApp(async (app, john, mary) => {
    const device = await TestAuthenticator.make(ORIGIN);
    assertEquals((await register(app, john, device)).status, 200);
    for (const who of [john, mary]) assertEquals((await register(app, who, device)).status, 409);
  }));

Deno.test("passkeys are listed, renamed and deleted by their owner alone", () =>
  withApp(async (app, john, mary) => {
    const device = await TestAuthenticator.make(ORIGIN);
    const { passkey_id: id } = await (await register(app, john, device)).json();
    assertEquals((await (await send(app, "GET", "", undefined, mary)).json()).passkeys, []);
    const foreign = await send(app, "PATCH", `/${id}`, { name: "Mine" }, mary);
    const absent = await send(app, "PATCH", `/${crypto.randomUUID()}`, { name: "Mine" }, mary);
    const bodies = [await errorOf(foreign), await errorOf(absent)];
    assertEquals(
      bodies.map((b) => [b.status, b.code, b.message]),
      [bodies[0]!, bodies[0]!].map((b) => [404, "NOT_FOUND", b.message]),
    );
    assertEquals((await send(app, "DELETE", `/${id}`, undefined, mary)).status, 404);
    const renamed = RenamePasskeyAnswer.parse(await (await send(app, "PATCH", `/${id}`, { name: "Key" }, john)).json());
    assertEquals(renamed.passkey.name, "Key");
    assertEquals((await send(app, "DELETE", `/${id}`, undefined, john)).status, 200);
    assertEquals((await send(app, "DELETE", `/${id}`, undefined, john)).status, 404);
    assertEquals((await signIn(app, device)).status, 401);
    assertEquals((await register(app, mary, device)).status, 200);
  }));

Deno.test("registrationOptions() ends at twenty passkeys", () =>
  withApp(async (app, john) => {
    for (let n = 0; n < 20; n++) {
      assertEquals((await register(app, john, await TestAuthenticator.make(ORIGIN))).status, 200);
    }
    assertEquals((await send(app, "POST", "/register/options", undefined, john)).status, 409);
  }));

Deno.test("bad requests are answered 400 with the field's name, odd ids 404, keys without the scope 403", () =>
  withApp(async (app, john) => {
    const good = await (await TestAuthenticator.make(ORIGIN)).register("AAAA");
    const signed = await (await TestAuthenticator.make(ORIGIN)).sign("AAAA");
    const bad: [string, string, unknown, string][] = [
      ["POST", "/register/options", "{", "JSON"],
      ["POST", "/register/options", [], "object"],
      ["POST", "/register/verify", undefined, "id"],
      ["POST", "/register/verify", "null", "id"],
      ["POST", "/register/verify", { ...good, id: 7 }, "id"],
      ["POST", "/register/verify", { ...good, id: "x".repeat(1_365) }, "id"],
      ["POST", "/register/verify", { ...good, type: "password" }, "type"],
      ["POST", "/register/verify", { ...good, response: null }, "response"],
      [
        "POST",
        "/register/verify",
        { ...good, response: { ...good.response, attestationObject: "ä" } },
        "attestationObject",
      ],
      ["POST", "/register/verify", { ...good, name: "" }, "name"],
      ["POST", "/register/verify", { ...good, name: "x".repeat(101) }, "name"],
      ["POST", "/register/verify", good, "Challenge"],
      ["POST", "/register/verify", { ...good, padding: "x".repeat(10_000_000) }, "bytes"],
      ["POST", "/authenticate/options", { username: 7 }, "username"],
      ["POST", "/authenticate/verify", {}, "id"],
      ["POST", "/authenticate/verify", { ...signed, response: { ...signed.response, signature: 1 } }, "signature"],
      [
        "POST",
        "/authenticate/verify",
        { ...signed, response: { ...signed.response, clientDataJSON: "AAAA" } },
        "Challenge",
      ],
      ["PATCH", `/${crypto.randomUUID()}`, {}, "name"],
      ["PATCH", `/${crypto.randomUUID()}`, { name: ["x"] }, "name"],
    ];
    for (const [method, path, body, part] of bad) {
      const response = await send(app, method, path, body, john);
      const error = await errorOf(response);
      assertEquals(
        [response.status, error.code],
        [400, "VALIDATION_ERROR"],
        `${path} ${JSON.stringify(body)?.slice(0, 80)}`,
      );
      assertStringIncludes(error.message, part);
    }
    for (const id of ["x", "x".repeat(3_000), "..%2f", "%00"]) {
      assertEquals((await send(app, "DELETE", `/${id}`, undefined, john)).status, 404, id);
    }
    const reader = await app.addUser("reader", "pro", ["read"]);
    assertEquals((await send(app, "POST", "/register/options", "{", reader)).status, 403);
    assertEquals((await send(app, "GET", "", undefined, reader)).status, 200);
    const writer = await app.addUser("writer", "pro", ["write"]);
    assertEquals((await send(app, "GET", "", undefined, writer)).status, 403);
    assert((await send(app, "POST", "/register/options", undefined, writer)).ok);
  }));

Deno.test("authenticationOptions() ends at 60 challenges a minute of an address, and begins again after it", () =>
  withApp(async (app, _john, _mary, clock) => {
    const ask = async () => (await send(app, "POST", "/authenticate/options")).status;
    const statuses = await Promise.all(Array.from({ length: 70 }, ask));
    assertEquals(statuses.filter((s) => s === 200).length, 60);
    assertEquals(statuses.filter((s) => s === 429).length, 10);
    clock.nowMs += 60_000;
    assertEquals(await ask(), 200);
  }));

/** The verifier of signed tokens: what is believed, and everything that is not. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { SignJWT } from "jose";
import { JwksCache } from "../../kv/jwks_cache.ts";
import { SigningKeys } from "../../kv/signing_keys.ts";
import { OwnKeys, readJwks, RemoteKeys } from "../../routes/_services/jwks.ts";
import { ServiceError } from "../../routes/_services/service_error.ts";
import { OWN_AUDIENCE, TokenIssuer, TokenVerifier } from "../../routes/_services/tokens.ts";
import { FORGERIES } from "../doubles/forgeries.ts";
import { goodClaims, ISSUER, otherKeyPair, rawToken, startIssuer, type TestIssuer } from "../doubles/issuer.ts";
import { openState, START_MS, type TestState, testUserId } from "../doubles/state.ts";

const URL_OF_KEYS = `${ISSUER}/.well-known/jwks.json`;
const NOW = START_MS / 1000;

function verifierFor(state: TestState, issuer: TestIssuer, audience: string | null = null) {
  const deps = { cache: new JwksCache(state.store, state.deps.now), now: state.deps.now, fetch: issuer.fetch };
  const keys = new RemoteKeys(URL_OF_KEYS, deps);
  return { keys, verifier: new TokenVerifier({ keys, issuer: ISSUER, audience }, state.deps.now) };
}

async function withIssuer(run: (issuer: TestIssuer, verifier: TokenVerifier, state: TestState) => Promise<void>) {
  using state = await openState();
  const issuer = await startIssuer();
  await run(issuer, verifierFor(state, issuer).verifier, state);
}

Deno.test("verify() tells what a good token says", () =>
  withIssuer(async (issuer, verifier) => {
    const token = await issuer.sign(goodClaims(START_MS, { username: "john", email: "john@example.com" }));
    assertEquals(await verifier.verify(token), {
      issuer: ISSUER,
      subject: "user_abc",
      username: "john",
      email: "john@example.com",
      issuedAtMs: START_MS,
      epoch: null,
    });
  }));

Deno.test("verify() gives null for claims of the wrong type instead of passing them on", () =>
  withIssuer(async (issuer, verifier) => {
    const odd = await verifier.verify(
      await issuer.sign(goodClaims(START_MS, { username: 7, email: ["x"], epoch: "0" })),
    );
    assertEquals([odd?.username, odd?.email, odd?.epoch], [null, null, null]);
  }));

for (const [fault, forge] of Object.entries(FORGERIES)) {
  Deno.test(`verify() refuses a token with ${fault}`, () =>
    withIssuer(async (issuer, verifier) => {
      const token = await forge(issuer, START_MS);
      assertEquals(await verifier.verify(token), null);
    }));
}

Deno.test("verify() bears clocks that differ by thirty seconds", () =>
  withIssuer(async (issuer, verifier) => {
    for (const times of [{ exp: NOW - 29, iat: NOW - 90 }, { nbf: NOW + 30 }, { iat: NOW + 30 }]) {
      assert(await verifier.verify(await issuer.sign(goodClaims(START_MS, times))) !== null, JSON.stringify(times));
    }
  }));

Deno.test("verify() checks the audience where one is configured, and only there", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const { verifier } = verifierFor(state, issuer, "imgsrc");
  const accepted = async (claims: Record<string, unknown>) =>
    await verifier.verify(await issuer.sign(goodClaims(START_MS, claims))) !== null;
  assertEquals(await Promise.all([accepted({ aud: "imgsrc" }), accepted({ aud: ["x", "imgsrc"] })]), [true, true]);
  assertEquals(await Promise.all([accepted({}), accepted({ aud: "other" }), accepted({ aud: [] })]), [
    false,
    false,
    false,
  ]);
  const { verifier: unchecked } = verifierFor(state, issuer, null);
  assert(await unchecked.verify(await issuer.sign(goodClaims(START_MS, { aud: "other" }))) !== null);
});

Deno.test("signedContent() reads what the issuer signed, and nothing else", () =>
  withIssuer(async (issuer, verifier) => {
    assertEquals(await verifier.signedContent(await issuer.sign({ handshake: ["a=b"] })), { handshake: ["a=b"] });
    const forged = await new SignJWT({ handshake: ["a=b"] }).setProtectedHeader({ alg: "RS256", kid: "key-1" })
      .sign((await otherKeyPair("key-1")).privateKey);
    assertEquals(await verifier.signedContent(forged), null);
    assertEquals(await verifier.signedContent(rawToken({ alg: "none" }, {}, "")), null);
  }));

Deno.test("find() asks for the keys once an hour, also after a restart", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const { keys } = verifierFor(state, issuer);
  await Promise.all(Array.from({ length: 20 }, () => keys.find("key-1")));
  assertEquals(issuer.fetches, 1);
  state.clock.nowMs += 3600_000 - 1;
  assert(await keys.find("key-1") !== null);
  assert(await verifierFor(state, issuer).keys.find("key-1") !== null);
  assertEquals(issuer.fetches, 1);
  state.clock.nowMs++;
  assert(await keys.find("key-1") !== null);
  assertEquals(issuer.fetches, 2);
});

Deno.test("find() asks again for an unknown key, once a minute at most", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const { keys } = verifierFor(state, issuer);
  assert(await keys.find("key-1") !== null);
  for (let n = 0; n < 10; n++) assertEquals(await keys.find(`unknown-${n}`), null);
  assertEquals(issuer.fetches, 1);
  state.clock.nowMs += 60_000;
  issuer.jwks = { keys: [issuer.publicJwk, (await otherKeyPair("key-2")).publicJwk] };
  await Promise.all(Array.from({ length: 10 }, (_, n) => keys.find(`unknown-${n}`)));
  assertEquals(issuer.fetches, 2);
  assert(await keys.find("key-2") !== null);
  assertEquals(issuer.fetches, 2);
});

Deno.test("find() takes a new key that another process met already", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const [here, there] = [verifierFor(state, issuer).keys, verifierFor(state, issuer).keys];
  assert(await here.find("key-1") !== null);
  state.clock.nowMs += 60_000;
  issuer.jwks = { keys: [(await otherKeyPair("key-2")).publicJwk] };
  assert(await there.find("key-2") !== null);
  state.clock.nowMs += 1_000;
  assert(await here.find("key-2") !== null);
  assertEquals(issuer.fetches, 2);
});

Deno.test("find() forgets a key that the issuer took back", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const { keys } = verifierFor(state, issuer);
  assert(await keys.find("key-1") !== null);
  issuer.jwks = { keys: [] };
  state.clock.nowMs += 3600_000;
  assertEquals(await keys.find("key-1"), null);
});

Deno.test("find() goes on with the keys it has while the issuer is down, for a day", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  const { keys } = verifierFor(state, issuer);
  await keys.find("key-1");
  issuer.failure = new TypeError("No route");
  state.clock.nowMs += 23 * 3600_000;
  assert(await keys.find("key-1") !== null);
  state.clock.nowMs += 3600_000;
  await assertRejects(() => keys.find("key-1"), ServiceError);
});

Deno.test("find() says that the issuer can't be reached when there never was a key, and tries again soon", async () => {
  using state = await openState();
  const issuer = await startIssuer();
  issuer.failure = new TypeError("No route");
  const { keys } = verifierFor(state, issuer);
  assertEquals((await assertRejects(() => keys.find("key-1"), ServiceError)).code, "upstream");
  issuer.failure = null;
  await assertRejects(() => keys.find("key-1"), ServiceError);
  state.clock.nowMs += 5_000;
  assert(await keys.find("key-1") !== null);
});

Deno.test("find() refuses answers that are no key set", async () => {
  const answers = [
    () => new Response("<html>"),
    () => Response.json({}),
    () => Response.json(null),
    () => new Response("{}", { status: 500 }),
    () => new Response("x".repeat(300 * 1024)),
  ];
  for (const answer of answers) {
    using state = await openState();
    const deps = { cache: new JwksCache(state.store, state.deps.now), now: state.deps.now };
    const keys = new RemoteKeys(URL_OF_KEYS, { ...deps, fetch: () => Promise.resolve(answer()) });
    await assertRejects(() => keys.find("key-1"), ServiceError);
  }
});

Deno.test("readJwks() keeps RS256 keys for signatures and drops everything else", async () => {
  const { publicJwk } = await otherKeyPair("good");
  const document = {
    keys: [
      { ...publicJwk, x5u: "https://evil.example.com", d: "private" },
      { ...publicJwk, kid: "enc", use: "enc" },
      { ...publicJwk, kid: "ps", alg: "PS256" },
      { kty: "oct", k: "c2VjcmV0", kid: "oct", alg: "HS256" },
      { kty: "EC", crv: "P-256", x: "a", y: "b", kid: "ec" },
      { kty: publicJwk.kty, n: publicJwk.n, e: publicJwk.e },
      null,
      7,
    ],
  };
  assertEquals(readJwks(document), [publicJwk as never]);
});

Deno.test("issue() makes tokens that the same verifier takes, with the user and the epoch in them", async () => {
  using state = await openState();
  const signingKeys = new SigningKeys(state.store, state.deps);
  const issuer = new TokenIssuer(signingKeys, "http://localhost:8000", state.deps.now);
  const trusted = { keys: new OwnKeys(signingKeys), issuer: "http://localhost:8000", audience: OWN_AUDIENCE };
  const verifier = new TokenVerifier(trusted, state.deps.now);
  const user = { id: testUserId(1), name: "john", email: "john@example.com" } as never;
  const { token, expiresAtMs } = await issuer.issue(user, 3);
  const claims = await verifier.verify(token);
  assertEquals([claims?.subject, claims?.username, claims?.email, claims?.epoch], [
    testUserId(1),
    "john",
    "john@example.com",
    3,
  ]);
  assertMatch(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  state.clock.nowMs = expiresAtMs + 31_000;
  assertEquals(await verifier.verify(token), null);
});

Deno.test("rotate() signs with a new key, and tokens of the one before are good to their end", async () => {
  using state = await openState();
  const signingKeys = new SigningKeys(state.store, state.deps);
  const origin = "http://localhost:8000";
  const issuer = new TokenIssuer(signingKeys, origin, state.deps.now);
  const own = new OwnKeys(signingKeys);
  const verifier = new TokenVerifier({ keys: own, issuer: origin, audience: OWN_AUDIENCE }, state.deps.now);
  const user = { id: testUserId(1), name: "john", email: null } as never;
  const { token: first } = await issuer.issue(user, 0);
  await signingKeys.rotate();
  const { token: second } = await issuer.issue(user, 0);
  assertNotEquals(first.split(".")[0], second.split(".")[0]);
  assert(await verifier.verify(first) !== null && await verifier.verify(second) !== null);
  await signingKeys.rotate();
  assertEquals([await verifier.verify(first) === null, await verifier.verify(second) === null], [true, false]);
  assertEquals((await own.document()).keys.map((k) => Object.keys(k).sort()), [
    ["alg", "e", "kid", "kty", "n", "use"],
    ["alg", "e", "kid", "kty", "n", "use"],
  ]);
});

Deno.test("all() makes one key when many processes start at once", async () => {
  using state = await openState();
  const many = Array.from({ length: 5 }, () => new SigningKeys(state.store, state.deps));
  const kids = (await Promise.all(many.map((keys) => keys.all()))).map((keys) => keys.map((k) => k.kid).join());
  assertEquals(new Set(kids).size, 1);
});

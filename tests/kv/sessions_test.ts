import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { SESSION_LIFETIME_MS, Sessions, SIGN_IN_LINK_LIFETIME_MS } from "../../kv/sessions.ts";
import { openState, START_MS, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];

Deno.test("create() gives a token that find() knows, and stores it nowhere", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const token = await sessions.create(USER);
  assertMatch(token, /^[A-Za-z0-9]{43}$/);
  assertNotEquals(await sessions.create(USER), token);
  assertEquals(await sessions.find(token), USER);
  for await (const entry of state.kv.list({ prefix: [] })) {
    assert(!JSON.stringify([entry.key, entry.value]).includes(token));
  }
});

Deno.test("find() gives null for unknown tokens and from the end of the lifetime on", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const token = await sessions.create(USER);
  for (const other of ["", token.slice(1), `${token}x`]) assertEquals(await sessions.find(other), null);
  state.clock.nowMs = START_MS + SESSION_LIFETIME_MS - 1;
  assertEquals(await sessions.find(token), USER);
  state.clock.nowMs++;
  assertEquals(await sessions.find(token), null);
});

Deno.test("end() ends one session only", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const [first, second] = [await sessions.create(USER), await sessions.create(USER)];
  await sessions.end(first);
  await sessions.end("unknown");
  assertEquals([await sessions.find(first), await sessions.find(second)], [null, USER]);
});

Deno.test("useLink() works once, for one of 20 that try at once", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const token = await sessions.createLink(USER);
  const results = await Promise.all(Array.from({ length: 20 }, () => sessions.useLink(token)));
  assertEquals(results.filter((r) => r !== null), [USER]);
  assertEquals(await sessions.useLink(token), null);
});

Deno.test("useLink() gives null when the link is over or was never made", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const token = await sessions.createLink(USER);
  assertEquals(await sessions.useLink("unknown"), null);
  state.clock.nowMs = START_MS + SIGN_IN_LINK_LIFETIME_MS;
  assertEquals(await sessions.useLink(token), null);
});

Deno.test("useLink() and find() keep links and sessions apart", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const [session, link] = [await sessions.create(USER), await sessions.createLink(USER)];
  assertEquals([await sessions.useLink(session), await sessions.find(link)], [null, null]);
});

Deno.test("endAll() ends every session and link of one user, and later ones work", async () => {
  using state = await openState();
  const sessions = new Sessions(state.store, state.deps);
  const old = [await sessions.create(USER), await sessions.create(USER)];
  const link = await sessions.createLink(USER);
  const others = await sessions.create(OTHER);
  await Promise.all([sessions.endAll(USER), sessions.endAll(USER)]);
  for (const token of old) assertEquals(await sessions.find(token), null);
  assertEquals(await sessions.useLink(link), null);
  assertEquals(await sessions.find(others), OTHER);
  assertEquals(await sessions.find(await sessions.create(USER)), USER);
  assertEquals(await sessions.useLink(await sessions.createLink(USER)), USER);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ApiKeys } from "../../kv/api_keys.ts";
import { type ApiKeyId, isApiKey } from "../../kv/ids.ts";
import type { Scope } from "../../kv/records.ts";
import { openState, START_MS, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];
const wanted = (expiresAtMs: number | null = null, scopes: readonly Scope[] = ["read", "write"]) => ({
  name: "laptop",
  scopes,
  expiresAtMs,
});

Deno.test("create() makes a key of the documented form that find() knows", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key, record } = await keys.create(USER, wanted(null, ["read"]));
  assert(isApiKey(key));
  assertEquals(record.prefix, key.slice(0, 13));
  assertMatch(record.hash, /^[0-9a-f]{64}$/);
  assertEquals([record.user, record.name, record.scopes, record.createdAtMs], [USER, "laptop", ["read"], START_MS]);
  assertEquals(await keys.find(key), record);
});

Deno.test("create() stores the key nowhere", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key } = await keys.create(USER, wanted());
  for await (const entry of state.kv.list({ prefix: [] })) {
    const text = JSON.stringify([entry.key, entry.value]);
    assert(!text.includes(key) && !text.includes(key.slice(13)), text);
  }
});

Deno.test("find() gives null for a key that was never made", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key } = await keys.create(USER, wanted());
  for (const other of ["", "imgsrc_", `${key} `, key.toLowerCase(), key.slice(0, -1)]) {
    assertEquals(await keys.find(other), null);
  }
});

Deno.test("find() gives null from the moment of the expiry on", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key, record } = await keys.create(USER, wanted(START_MS + 1_000));
  state.clock.nowMs = START_MS + 999;
  assertEquals(await keys.find(key), record);
  state.clock.nowMs = START_MS + 1_000;
  assertEquals(await keys.find(key), null);
});

Deno.test("revoke() ends a key at once and for one caller only when several try", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key, record } = await keys.create(USER, wanted());
  const kept = await keys.create(USER, wanted());
  const results = await Promise.all(Array.from({ length: 10 }, () => keys.revoke(USER, record.id)));
  assertEquals(results.filter((r) => r).length, 1);
  assertEquals(await keys.find(key), null);
  assertEquals(await keys.find(kept.key), kept.record);
  assertEquals(await keys.list(USER), [kept.record]);
});

Deno.test("revoke() leaves another user's key alone", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const { key, record } = await keys.create(USER, wanted());
  assertEquals(await keys.revoke(OTHER, record.id), false);
  assertEquals(await keys.revoke(USER, crypto.randomUUID() as ApiKeyId), false);
  assertEquals(await keys.find(key), record);
});

Deno.test("list() gives the keys of one user, oldest first", async () => {
  using state = await openState();
  const keys = new ApiKeys(state.store, state.deps);
  const made = [];
  for (let n = 0; n < 5; n++) {
    state.clock.nowMs = START_MS + n;
    made.push((await keys.create(USER, wanted())).record);
    await keys.create(OTHER, wanted());
  }
  assertEquals(await keys.list(USER), made);
});

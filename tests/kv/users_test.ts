import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseUserName } from "../../kv/ids.ts";
import { DEFAULT_SETTINGS } from "../../kv/records.ts";
import { Users } from "../../kv/users.ts";
import { openState, START_MS, testUserId } from "../doubles/state.ts";

const ALICE = parseUserName("alice");

Deno.test("create() makes a user that is found by id and by name", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const user = await users.create(ALICE, "a@example.com", "pro");
  assert(user !== null);
  assertEquals([user.name, user.email, user.plan, user.createdAtMs], [ALICE, "a@example.com", "pro", START_MS]);
  assertEquals(user.settings, DEFAULT_SETTINGS);
  assertEquals(await users.get(user.id), user);
  assertEquals(await users.byName(ALICE), user);
  assertEquals(await new Users(state.store, state.deps).idOf(ALICE), user.id);
});

Deno.test("create() gives null when the name is taken, and changes nothing", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const user = await users.create(ALICE, null, "free");
  assertEquals(await users.create(ALICE, "other@example.com", "pro"), null);
  assertEquals(await users.byName(ALICE), user);
  assertEquals((await users.list()).length, 1);
});

Deno.test("create() lets one of 30 win when they want one name at once", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const made = await Promise.all(Array.from({ length: 30 }, () => users.create(ALICE, null, "free")));
  const winners = made.filter((u) => u !== null);
  assertEquals(winners.length, 1);
  assertEquals(await users.byName(ALICE), winners[0]);
  assertEquals((await Array.fromAsync(state.store.list({ prefix: ["user"] }))).length, 1);
});

Deno.test("idOf() gives null for an unknown name, and the id once it is made", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  assertEquals([await users.idOf(ALICE), await users.byName(ALICE)], [null, null]);
  const user = await users.create(ALICE, null, "free");
  assertEquals(await users.idOf(ALICE), user!.id);
});

Deno.test("list() gives all users by name", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  for (const name of ["zoe", "alice", "mia"]) await users.create(parseUserName(name), null, "free");
  assertEquals((await users.list()).map((u) => String(u.name)), ["alice", "mia", "zoe"]);
});

Deno.test("update() loses no change when 20 run at once", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const user = (await users.create(ALICE, "", "free"))!;
  state.clock.nowMs += 5;
  await Promise.all(Array.from({ length: 20 }, () => users.update(user.id, (u) => ({ ...u, email: `${u.email}x` }))));
  const after = (await users.get(user.id))!;
  assertEquals([after.email, after.updatedAtMs, after.createdAtMs], ["x".repeat(20), START_MS + 5, START_MS]);
});

Deno.test("update() gives null when there is no such user", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  assertEquals(await users.update(testUserId(1), (u) => u), null);
  assertEquals(await users.get(testUserId(1)), null);
});

Deno.test("create() gives different ids to different users", async () => {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const [a, b] = [await users.create(ALICE, null, "free"), await users.create(parseUserName("bob"), null, "free")];
  assertNotEquals(a!.id, b!.id);
});

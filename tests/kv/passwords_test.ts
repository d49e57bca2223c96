import { assert, assertEquals } from "@std/assert";
import { Passwords } from "../../kv/passwords.ts";
import { openState, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];

Deno.test("verify() takes the password that was set and no other", async () => {
  using state = await openState();
  const passwords = new Passwords(state.store, state.deps.randomBytes);
  await passwords.set(USER, "correct horse");
  assertEquals(await passwords.verify(USER, "correct horse"), true);
  for (const wrong of ["", "Correct horse", "correct horse "]) assertEquals(await passwords.verify(USER, wrong), false);
});

Deno.test("verify() gives false for users without a password and for unknown ones", async () => {
  using state = await openState();
  const passwords = new Passwords(state.store, state.deps.randomBytes);
  assertEquals(await passwords.verify(OTHER, ""), false);
  assertEquals(await passwords.verify(null, "correct horse"), false);
});

Deno.test("set() replaces the earlier password and salts each one afresh", async () => {
  using state = await openState();
  const passwords = new Passwords(state.store, state.deps.randomBytes);
  await passwords.set(USER, "first");
  await passwords.set(OTHER, "first");
  const stored = await Array.fromAsync(state.kv.list<{ salt: string; hash: string }>({ prefix: ["password"] }));
  assertEquals(new Set(stored.map((e) => e.value.salt)).size, 2);
  assertEquals(new Set(stored.map((e) => e.value.hash)).size, 2);
  assert(!JSON.stringify(stored).includes("first"));
  await passwords.set(USER, "second");
  assertEquals([await passwords.verify(USER, "first"), await passwords.verify(USER, "second")], [false, true]);
});

Deno.test("verify() takes a password that another keyboard spells in other code points", async () => {
  using state = await openState();
  const passwords = new Passwords(state.store, state.deps.randomBytes);
  await passwords.set(USER, "cafe\u0301");
  assertEquals(await passwords.verify(USER, "caf\u00e9"), true);
});

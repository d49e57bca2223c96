import { assertEquals } from "@std/assert";
import { CHALLENGE_LIFETIME_MS, Passkeys } from "../../kv/passkeys.ts";
import type { PasskeyRecord } from "../../kv/records.ts";
import type { UserId } from "../../kv/ids.ts";
import { openState, START_MS, testUserId } from "../doubles/state.ts";

const [JOHN, MARY] = [testUserId(1), testUserId(2)];

function passkey(user: UserId, n: number): PasskeyRecord {
  return {
    v: 1,
    id: `id-${n}`,
    user,
    name: `Key ${n}`,
    credentialId: `credential-${n}`,
    publicKey: Uint8Array.of(1, 2, 3),
    counter: 0,
    transports: ["internal"],
    deviceType: "singleDevice",
    createdAtMs: START_MS + n,
    lastUsedAtMs: null,
  };
}

Deno.test("useChallenge() works once, for one of twenty that try at once, before its end, for its purpose", async () => {
  using state = await openState();
  const passkeys = new Passkeys(state.store, state.deps.now);
  await passkeys.putChallenge("c1", "register", JOHN);
  assertEquals(await passkeys.useChallenge("c1", "authenticate"), null);
  const used = await Promise.all(Array.from({ length: 20 }, () => passkeys.useChallenge("c1", "register")));
  assertEquals(used.filter((r) => r !== null).map((r) => r!.user), [JOHN]);
  await passkeys.putChallenge("c2", "authenticate", null);
  state.clock.nowMs += CHALLENGE_LIFETIME_MS;
  assertEquals(await passkeys.useChallenge("c2", "authenticate"), null);
  assertEquals(await passkeys.useChallenge("unknown", "authenticate"), null);
});

Deno.test("add() gives a credential to one of two users that want it at once", async () => {
  using state = await openState();
  const passkeys = new Passkeys(state.store, state.deps.now);
  const added = await Promise.all([passkeys.add(passkey(JOHN, 1)), passkeys.add(passkey(MARY, 1))]);
  assertEquals(added.filter((a) => a).length, 1);
  const owner = (await passkeys.byCredential("credential-1"))!.user;
  assertEquals((await passkeys.list(owner)).length, 1);
  assertEquals((await passkeys.list(owner === JOHN ? MARY : JOHN)).length, 0);
});

Deno.test("list() gives a user's passkeys, oldest first, and update() and remove() touch no other's", async () => {
  using state = await openState();
  const passkeys = new Passkeys(state.store, state.deps.now);
  for (const n of [3, 1, 2]) await passkeys.add(passkey(JOHN, n));
  await passkeys.add(passkey(MARY, 4));
  assertEquals((await passkeys.list(JOHN)).map((p) => p.id), ["id-1", "id-2", "id-3"]);
  assertEquals(await passkeys.update(MARY, "id-1", (p) => ({ ...p, name: "x" })), null);
  assertEquals(await passkeys.remove(MARY, "id-1"), false);
  assertEquals((await passkeys.update(JOHN, "id-1", (p) => ({ ...p, name: "x" })))?.name, "x");
  assertEquals([await passkeys.remove(JOHN, "id-1"), await passkeys.remove(JOHN, "id-1")], [true, false]);
  assertEquals(await passkeys.byCredential("credential-1"), null);
  assertEquals((await passkeys.byCredential("credential-4"))?.user, MARY);
});

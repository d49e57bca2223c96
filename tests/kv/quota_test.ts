import { assert, assertEquals, assertRejects } from "@std/assert";
import type { UserId } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { creditKey, usageKey } from "../../kv/keys.ts";
import { PLANS, RESOURCE_PACK } from "../../kv/plans.ts";
import { addPacks, Quota, type Receipt, type Spendable } from "../../kv/quota.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import type { PlanName } from "../../kv/records.ts";
import { toCount } from "../../kv/store.ts";
import { UsageBuffer } from "../../kv/usage.ts";
import { parseImagePath } from "../../kv/ids.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { openState, testRecord, type TestState, testUserId } from "../doubles/state.ts";

const MONTH = "2026-01";
const payer = (plan: PlanName, n = 1): { id: UserId; plan: PlanName } => ({ id: testUserId(n), plan });

function openProcess(state: TestState, isOn = true) {
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  return { usage, quota: new Quota(state.store, usage, state.deps.now, isOn) };
}

const stored = async (state: TestState, user: UserId, metric: Spendable) =>
  toCount(await state.store.get<Deno.KvU64>(usageKey(user, MONTH, metric)));
const setUsed = (state: TestState, user: UserId, metric: "uploads" | Spendable, count: number, month = MONTH) =>
  state.kv.set(usageKey(user, month, metric), new Deno.KvU64(BigInt(count)));

/** Spends so many times at once; how many were allowed. */
async function spendAtOnce(quotas: readonly Quota[], user: ReturnType<typeof payer>, metric: Spendable, times: number) {
  const results = await Promise.allSettled(
    Array.from({ length: times }, (_, n) => quotas[n % quotas.length]!.spend(user, metric)),
  );
  const refused = results.filter((r) => r.status === "rejected");
  for (const { reason } of refused) assert(reason instanceof QuotaError, String(reason));
  return results.length - refused.length;
}

for (const metric of ["transformations", "api_requests", "previews"] as const) {
  Deno.test(`spend() gives exactly what is left of ${metric} to many at once`, async () => {
    using state = await openState();
    const { quota } = openProcess(state);
    const [free, other] = [payer("free"), payer("free", 2)];
    const limit = PLANS.free.limits[metric]!;
    await setUsed(state, free.id, metric, limit - 37);
    assertEquals(await spendAtOnce([quota], free, metric, 100), 37);
    assertEquals([await stored(state, free.id, metric), quota.held(free.id, MONTH, metric)], [limit, 0]);
    assertEquals(await spendAtOnce([quota], other, metric, 100), 100);
  });

  Deno.test(`spend() never passes the limit of ${metric} over three processes`, async () => {
    using state = await openState();
    const quotas = [1, 2, 3].map(() => openProcess(state).quota);
    const free = payer("free");
    const limit = PLANS.free.limits[metric]!;
    await setUsed(state, free.id, metric, limit - 50);
    const first = await spendAtOnce(quotas, free, metric, 120);
    assert(first <= 50, String(first));
    // What one of them held for itself is there for all after it lay idle.
    for (const quota of quotas) await quota.returnIdle(true);
    assertEquals(first + await spendAtOnce(quotas, free, metric, 120), 50);
  });
}

Deno.test("spend() draws on the credits of Pro after its limit, and shows what is left", async () => {
  using state = await openState();
  const { quota } = openProcess(state);
  const pro = payer("pro");
  const operation = state.store.atomic();
  addPacks(operation, pro.id, 1);
  await state.store.commit(operation);
  await setUsed(state, pro.id, "api_requests", PLANS.pro.limits.api_requests! - 3);
  assertEquals(await spendAtOnce([quota], pro, "api_requests", 10), 10);
  assertEquals((await quota.credits(pro)).api_requests, RESOURCE_PACK.credits.api_requests - 7);
  await state.kv.set(creditKey(pro.id, "transformations"), new Deno.KvU64(2n));
  await setUsed(state, pro.id, "transformations", PLANS.pro.limits.transformations!);
  assertEquals(await spendAtOnce([quota], pro, "transformations", 10), 2);
  assertEquals((await quota.credits(pro)).transformations, 0);
});

Deno.test("spend() leaves the credits of a user alone who is on Free again", async () => {
  using state = await openState();
  const { quota } = openProcess(state);
  const user = payer("free");
  await state.kv.set(creditKey(user.id, "transformations"), new Deno.KvU64(5n));
  await setUsed(state, user.id, "transformations", PLANS.free.limits.transformations!);
  const error = await assertRejects(() => quota.spend(user, "transformations"), QuotaError);
  assertEquals([error.metric, error.used, error.limit], ["transformations", 1_000, 1_000]);
  assertEquals(error.resetsAtMs, Date.UTC(2026, 1, 1));
  assertEquals((await quota.credits(user)).transformations, 5);
});

Deno.test("spend() begins anew with the month, also with a block in hand", async () => {
  using state = await openState();
  const { quota } = openProcess(state);
  const free = payer("free");
  await quota.spend(free, "api_requests");
  state.clock.nowMs = Date.UTC(2026, 1, 1);
  const receipt = await quota.spend(free, "api_requests");
  assertEquals(receipt.month, "2026-02");
  await quota.returnIdle(true);
  assertEquals(await stored(state, free.id, "api_requests"), 1);
  assertEquals(toCount(await state.store.get<Deno.KvU64>(usageKey(free.id, "2026-02", "api_requests"))), 1);
});

Deno.test("spend() counts and never refuses when quotas are off", async () => {
  using state = await openState();
  const { quota, usage } = openProcess(state, false);
  const free = payer("free");
  await setUsed(state, free.id, "transformations", 5_000);
  const receipt = await quota.spend(free, "transformations");
  await quota.spend(free, "transformations");
  await quota.giveBack(receipt);
  await usage.flush();
  assertEquals(await stored(state, free.id, "transformations"), 5_001);
  assertEquals(await quota.uploadLimits(free), { uploads: null, bytes: null });
});

Deno.test("giveBack() makes what failed available again, to the month it came from", async () => {
  using state = await openState();
  const { quota } = openProcess(state);
  const free = payer("free");
  await setUsed(state, free.id, "transformations", 999);
  const receipt = await quota.spend(free, "transformations");
  await assertRejects(() => quota.spend(free, "transformations"), QuotaError);
  await quota.giveBack(receipt);
  const again = await quota.spend(free, "transformations");
  state.clock.nowMs = Date.UTC(2026, 1, 2);
  await quota.spend(free, "transformations");
  await quota.giveBack(again);
  await quota.returnIdle(true);
  assertEquals(await stored(state, free.id, "transformations"), 999);
});

Deno.test("the counter is what was spent and not given back, through random histories in two processes", async () => {
  using state = await openState();
  const quotas = [openProcess(state).quota, openProcess(state).quota];
  const random = seededRandom(3);
  const pro = payer("pro");
  await setUsed(state, pro.id, "api_requests", PLANS.pro.limits.api_requests! - 60);
  await state.kv.set(creditKey(pro.id, "api_requests"), new Deno.KvU64(40n));
  const held: { quota: Quota; receipt: Receipt }[] = [];
  const step = async () => {
    const quota = random.pick(quotas);
    if (random.integer(0, 9) === 0) return await quota.returnIdle();
    const last = random.integer(0, 2) === 0 ? held.pop() : undefined;
    if (last !== undefined) return await last.quota.giveBack(last.receipt);
    const receipt = await quota.spend(pro, "api_requests").catch(() => null);
    if (receipt !== null) held.push({ quota, receipt });
  };
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 8 }, step));
    assert(held.length <= 100, `${held.length} were given out`);
  }
  for (const quota of quotas) await quota.returnIdle(true);
  const used = await stored(state, pro.id, "api_requests") - (PLANS.pro.limits.api_requests! - 60);
  assertEquals(used, held.length);
  const fromCredit = held.filter(({ receipt }) => receipt.from === "credit").length;
  assertEquals((await quotas[0]!.credits(pro)).api_requests, 40 - fromCredit);
});

const upload = (images: Images, user: UserId, n: number, limits: Parameters<Images["add"]>[5]) => {
  const record = testRecord(user, n);
  return images.add(user, record.id, parseImagePath(`${n}.jpg`), record, null, limits);
};

Deno.test("add() takes exactly the uploads that are left when fifty come at once, in two processes", async () => {
  using state = await openState();
  const [one, two] = [new Images(state.store, state.deps.now), new Images(state.store, state.deps.now)];
  const user = testUserId(1);
  await setUsed(state, user, "uploads", 97);
  const limits = { uploads: 100, bytes: null };
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => upload(n % 2 === 0 ? one : two, user, n, limits)),
  );
  assertEquals(results.filter((r) => r.status === "fulfilled").length, 3);
  for (const r of results) if (r.status === "rejected") assert(r.reason instanceof QuotaError, String(r.reason));
  assertEquals((await one.totals(user)).images, 3);
  assertEquals(toCount(await state.store.get<Deno.KvU64>(usageKey(user, MONTH, "uploads"))), 100);
});

Deno.test("add() fills storage to the last byte and not one further", async () => {
  using state = await openState();
  const images = new Images(state.store, state.deps.now);
  const user = testUserId(1);
  const limits = { uploads: null, bytes: 1_000 + 1_001 + 1_002 };
  const results = await Promise.allSettled([0, 1, 2, 3].map((n) => upload(images, user, n, limits)));
  assertEquals(results.map((r) => r.status), ["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  assertEquals((await images.totals(user)).bytes, limits.bytes);
  // What another picture frees in the same commit counts; known bytes need nothing.
  const record = { ...testRecord(user, 2), id: testRecord(user, 9).id, size: 1_002 };
  await images.add(user, record.id, parseImagePath("2.jpg"), record, null, limits);
  await images.add(user, record.id, parseImagePath("again.jpg"), null, null, { uploads: 0, bytes: 0 });
  assertEquals(await images.totals(user), { images: 3, bytes: limits.bytes });
});

Deno.test("uploadLimits() adds credits of storage for Pro alone", async () => {
  using state = await openState();
  const { quota } = openProcess(state);
  for (const n of [1, 2]) {
    const operation = state.store.atomic();
    addPacks(operation, testUserId(n), 2);
    await state.store.commit(operation);
  }
  const pack = RESOURCE_PACK.credits.storage_bytes;
  assertEquals(await quota.uploadLimits(payer("pro")), {
    uploads: null,
    bytes: PLANS.pro.limits.storage_bytes! + 2 * pack,
  });
  assertEquals(await quota.uploadLimits(payer("free", 2)), { uploads: 100, bytes: PLANS.free.limits.storage_bytes });
});

import { assertEquals, assertRejects } from "@std/assert";
import type { ApiKeyId } from "../../kv/ids.ts";
import { apiKeyLastUsedKey, apiKeyRequestsKey, usageKey, type UsageMetric } from "../../kv/keys.ts";
import { Store, StoreError, toCount } from "../../kv/store.ts";
import { monthOf, UsageBuffer } from "../../kv/usage.ts";
import { openState, START_MS, testImageId, type TestState, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];
const KEY = "0c9f0000-0000-4000-8000-000000000001" as ApiKeyId;

const counted = async (state: TestState, user = USER, metric: UsageMetric = "uploads", month = "2026-01") =>
  toCount(await state.store.get<Deno.KvU64>(usageKey(user, month, metric)));
const requestsOf = async (state: TestState, key: ApiKeyId) =>
  toCount(await state.store.get<Deno.KvU64>(apiKeyRequestsKey(key)));
const lastUseOf = async (state: TestState, key: ApiKeyId) =>
  (await state.store.get<number>(apiKeyLastUsedKey(key))).value;

/** A store whose commits fail while `isDown()`. */
function failingStore(state: TestState, isDown: () => boolean): Store {
  const store = new Store(state.kv, { sleep: () => Promise.resolve(), random: () => 0 });
  const commit = store.commit.bind(store);
  store.commit = (operation, id) => isDown() ? Promise.reject(new Error("Disk is gone")) : commit(operation, id);
  return store;
}

Deno.test("monthOf() gives the month in UTC", () => {
  assertEquals(monthOf(Date.UTC(2026, 0, 1)), "2026-01");
  assertEquals(monthOf(Date.UTC(2026, 0, 1) - 1), "2025-12");
  assertEquals(monthOf(Date.UTC(2024, 1, 29, 23, 59, 59, 999)), "2024-02");
});

Deno.test("count() writes nothing before flush(), and each sum once with it", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads");
  usage.count(USER, "uploads", 4);
  usage.count(USER, "bandwidth_bytes", 1_000_000_000_000);
  usage.count(OTHER, "uploads", 7);
  usage.count(OTHER, "transformations", 0);
  assertEquals(await counted(state), 0);
  await usage.flush();
  await usage.flush();
  assertEquals([await counted(state), await counted(state, OTHER)], [5, 7]);
  assertEquals(await counted(state, USER, "bandwidth_bytes"), 1_000_000_000_000);
  assertEquals((await state.kv.get(usageKey(OTHER, "2026-01", "transformations"))).value, null);
});

Deno.test("count() belongs to the month in which it was counted", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads", 2);
  state.clock.nowMs = Date.UTC(2026, 1, 1);
  usage.count(USER, "uploads", 3);
  await usage.flush();
  assertEquals([await counted(state), await counted(state, USER, "uploads", "2026-02")], [2, 3]);
});

Deno.test("countKey() keeps the number of requests and the time of the last one", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  usage.countKey(KEY);
  state.clock.nowMs += 9;
  usage.countKey(KEY);
  await usage.flush();
  assertEquals([await requestsOf(state, KEY), await lastUseOf(state, KEY)], [2, START_MS + 9]);
});

Deno.test("flush() writes any number of counters, each exactly once, when many flushes run at once", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  const flushes = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 350; n++) usage.count(testUserId(n), "api_requests", n + 1);
    flushes.push(usage.flush());
  }
  await Promise.all(flushes);
  for (const n of [0, 99, 100, 199, 349]) {
    assertEquals(await counted(state, testUserId(n), "api_requests"), 3 * (n + 1));
  }
});

Deno.test("flush() keeps what it could not write for the next one", async () => {
  using state = await openState();
  let isDown = true;
  const usage = new UsageBuffer(failingStore(state, () => isDown), state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads", 2);
  usage.countKey(KEY);
  await assertRejects(() => usage.flush(), Error, "Disk is gone");
  usage.count(USER, "uploads", 3);
  isDown = false;
  await usage.flush();
  assertEquals(await counted(state), 5);
  assertEquals([await requestsOf(state, KEY), await lastUseOf(state, KEY)], [1, START_MS]);
});

Deno.test("flush() counts nothing twice when a commit that seemed to fail had happened", async () => {
  using state = await openState();
  let isSlow = true;
  const store = new Store(state.kv, { sleep: () => Promise.resolve(), random: () => 0 });
  const commit = store.commit.bind(store);
  store.commit = async (operation, id) => {
    const isDone = await commit(operation, id);
    if (isSlow) throw new StoreError("timeout", "KV commit gave no answer");
    return isDone;
  };
  const usage = new UsageBuffer(store, state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads", 2);
  await assertRejects(() => usage.flush(), StoreError);
  usage.count(USER, "uploads", 3);
  await assertRejects(() => usage.flush(), StoreError);
  isSlow = false;
  await usage.flush();
  assertEquals(await counted(state), 5);
});

Deno.test("flush() counts nothing twice when a later batch fails", async () => {
  using state = await openState();
  let commits = 0;
  const usage = new UsageBuffer(failingStore(state, () => ++commits === 2), state.deps.now, state.deps.newUuid);
  for (let n = 0; n < 250; n++) usage.count(testUserId(n), "uploads", 1);
  await assertRejects(() => usage.flush());
  await usage.flush();
  for (let n = 0; n < 250; n++) assertEquals(await counted(state, testUserId(n)), 1);
});

Deno.test("read() and month() tell what is written and what waits, and never less than nothing", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads", 2);
  await usage.flush();
  usage.count(USER, "uploads", 3);
  usage.count(USER, "transformations", -1);
  assertEquals(await usage.read([usageKey(USER, "2026-01", "uploads"), usageKey(OTHER, "2026-01", "uploads")]), [5, 0]);
  const month = await usage.month(USER, "2026-01");
  assertEquals([month.uploads, month.transformations, month.bandwidth_bytes], [5, 0, 0]);
});

Deno.test("read() never loses sight of a count, while flushes run", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  const key = usageKey(USER, "2026-01", "uploads");
  for (let n = 1; n <= 100; n++) {
    usage.count(USER, "uploads");
    const flushing = n % 3 === 0 ? usage.flush() : null;
    assertEquals(await usage.read([key]), [n]);
    await flushing;
  }
});

Deno.test("days() fills days without use, and keeps days and users apart", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  usage.count(USER, "uploads", 2);
  usage.countDay(USER, "api_requests", 4);
  usage.count(OTHER, "uploads", 9);
  state.clock.nowMs += 2 * 24 * 3600 * 1000;
  usage.countDelivery(USER, testImageId(1), 300, 1_000);
  usage.countDelivery(USER, testImageId(1), 2_000, 1_000);
  const days = await usage.days(USER, 4);
  assertEquals(days.map((d) => d.day), ["2026-01-14", "2026-01-15", "2026-01-16", "2026-01-17"]);
  assertEquals(days.map((d) => [d.counts.uploads, d.counts.api_requests]), [[0, 0], [2, 4], [0, 0], [0, 0]]);
  const { deliveries, bandwidth_bytes, bytes_saved } = days[3]!.counts;
  assertEquals([deliveries, bandwidth_bytes, bytes_saved], [2, 2_300, 700]);
  assertEquals((await usage.month(USER, "2026-01")).api_requests, 0);
});

Deno.test("topImages() finds those served most among many", async () => {
  using state = await openState();
  const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
  for (let n = 0; n < 300; n++) {
    for (let times = 0; times < 1 + (n * 7) % 300; times++) usage.countDelivery(USER, testImageId(n), 1, 1);
  }
  const top = await usage.topImages(USER, "2026-01", 3);
  const expected = [300, 299, 298].map((deliveries) => deliveries);
  assertEquals(top.map((t) => t.deliveries), expected);
  assertEquals(await usage.topImages(USER, "2026-02", 3), []);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { DerivativeRows, type Reservation } from "../../kv/derivative_rows.ts";
import { DerivativeSweep } from "../../kv/derivative_sweep.ts";
import { DerivativeUses } from "../../kv/derivative_uses.ts";
import { Derivatives } from "../../kv/derivatives.ts";
import { parseImagePath } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { derivativeBlobKey, derivativesIndexedKey, type OriginalRef, usageKey } from "../../kv/keys.ts";
import { PLANS } from "../../kv/plans.ts";
import { Quota } from "../../kv/quota.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import { toCount } from "../../kv/store.ts";
import { UsageBuffer } from "../../kv/usage.ts";
import { checkBlobs, checkBooks } from "../doubles/derivative_books.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import {
  historySteps,
  openState,
  START_MS,
  testHash,
  testRecord,
  type TestState,
  testUserId,
} from "../doubles/state.ts";

const RESERVATION_MS = 60_000;
const SEAL_BYTES = 40;
const USER = testUserId(1);
const free = { id: USER, plan: "free" } as const;
const kin = (width: number) => ({ text: `webp?w=${width}`, family: "webp", width });
const originalOf = (n: number): OriginalRef => ({ user: USER, hash: testHash(n), nonce: `nonce${n}` });

interface Options {
  readonly cap?: number;
  readonly maxBytes?: number;
  readonly isOn?: boolean;
  readonly blobs?: MemoryBlobs;
}

/** One process on a state; several may share it, and the blobs. */
function openProcess(state: TestState, { cap = 5, maxBytes = 0, isOn = true, blobs }: Options = {}) {
  const { now, newUuid } = state.deps;
  const usage = new UsageBuffer(state.store, now, state.deps.newUuid);
  const quota = new Quota(state.store, usage, now, isOn);
  const rows = new DerivativeRows(state.store, {
    now,
    newUuid,
    quota,
    maxPerImage: cap,
    reservationMs: RESERVATION_MS,
  });
  const derivatives = new Derivatives(blobs ?? new MemoryBlobs(now), 0);
  const uses = new DerivativeUses(rows, derivatives, now);
  const sweep = new DerivativeSweep(state.store, { rows, uses, derivatives, now, newUuid, maxBytes });
  const reserve = (n: number, key: string, width = 100) =>
    rows.reserve({ original: originalOf(n), key }, kin(width), () => quota.offer(free, "transformations"));
  /** Reserves, writes and books a derivative of so many bytes. */
  const put = async (n: number, key: string, bytes = 10, width = 100) => {
    const reservation = await reserve(n, key, width) as Reservation;
    assert(typeof reservation === "object", String(reservation));
    return await rows.finish(reservation, await derivatives.put(originalOf(n), key, new Uint8Array(bytes)));
  };
  return { usage, quota, rows, derivatives, uses, sweep, reserve, put };
}

async function addImages(state: TestState, count: number): Promise<Images> {
  const images = new Images(state.store, state.deps.now);
  for (let n = 1; n <= count; n++) {
    const record = testRecord(USER, n);
    await images.add(USER, record.id, parseImagePath(`${n}.jpg`), record, null);
  }
  return images;
}

const spent = async (state: TestState) =>
  toCount(await state.store.get<Deno.KvU64>(usageKey(USER, "2026-01", "transformations")));

Deno.test("reserve() gives exactly as many as an image may have to many at once, in three processes", async () => {
  using state = await openState();
  await addImages(state, 2);
  const processes = [1, 2, 3].map(() => openProcess(state));
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, n) => processes[n % 3]!.reserve(1, `k${n}`, n)),
  );
  assertEquals(outcomes.filter((o) => o === "full").length, 195);
  assertEquals([(await checkBooks(state.store, 5)).length, await spent(state)], [5, 5]);
  assert(typeof await processes[0]!.reserve(2, "k") === "object");
});

Deno.test("reserve() spends in its own commit: neither is there without the other", async () => {
  using state = await openState();
  await addImages(state, 1);
  const processes = [1, 2, 3].map(() => openProcess(state, { cap: 100 }));
  const limit = PLANS.free.limits.transformations!;
  await state.kv.set(usageKey(USER, "2026-01", "transformations"), new Deno.KvU64(BigInt(limit - 10)));
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) => processes[n % 3]!.reserve(1, `k${n}`)),
  );
  for (const r of results) if (r.status === "rejected") assert(r.reason instanceof QuotaError, String(r.reason));
  assertEquals(results.filter((r) => r.status === "fulfilled").length, 10);
  assertEquals([(await checkBooks(state.store, 100)).length, await spent(state)], [10, limit]);
});

Deno.test("reserve() counts the rows of an image also where nothing is sold", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { reserve, usage } = openProcess(state, { cap: 2, isOn: false });
  const outcomes = [await reserve(1, "a"), await reserve(1, "b"), await reserve(1, "c")];
  assertEquals(outcomes.map((o) => typeof o === "object"), [true, true, false]);
  await usage.flush();
  assertEquals(await spent(state), 2);
});

Deno.test("release() gives place and transformation back, once, and only what is its own", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { reserve, rows } = openProcess(state, { cap: 1 });
  const reservation = await reserve(1, "a") as Reservation;
  const joined = await reserve(1, "a") as Reservation;
  assertEquals([joined.maker, await reserve(1, "b"), await spent(state)], [null, "full", 1]);
  await rows.release(joined);
  assertEquals(await rows.count(originalOf(1)), 1);
  await rows.release(reservation);
  await rows.release(reservation);
  assertEquals([await rows.count(originalOf(1)), await spent(state)], [0, 0]);
  await checkBooks(state.store, 1);
});

Deno.test("reserve() knows an image that is gone, and finish() one that went meanwhile", async () => {
  using state = await openState();
  const images = await addImages(state, 1);
  const { reserve, rows } = openProcess(state);
  const reservation = await reserve(1, "a") as Reservation;
  await images.remove(USER, testRecord(USER, 1).id);
  assertEquals(await rows.remove(originalOf(1)), 1);
  assertEquals([await rows.finish(reservation, 50), await reserve(1, "b")], [false, "gone"]);
  assertEquals(await rows.adopt({ original: originalOf(1), key: "a" }, null, 50, 0), false);
  assertEquals(await checkBooks(state.store, 5), []);
});

Deno.test("a reservation ends by itself: its place and its price come back, or its blob is taken over", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { reserve, rows, sweep, derivatives } = openProcess(state, { cap: 3 });
  for (const key of ["lost", "written", "cut"]) await reserve(1, key);
  await derivatives.put(originalOf(1), "written", new Uint8Array(10));
  const blobs = openProcess(state).derivatives;
  assert(blobs !== derivatives);
  state.clock.nowMs += RESERVATION_MS - 1;
  assertEquals((await sweep.run()).expired, 0);
  assertEquals(await reserve(1, "other"), "full");
  state.clock.nowMs += 2;
  assertEquals((await sweep.run()).expired, 3);
  const [row] = await checkBooks(state.store, 3);
  assertEquals([row!.key, row!.row.bytes, row!.row.kin, await rows.count(originalOf(1))], [
    "written",
    10 + SEAL_BYTES,
    kin(100),
    1,
  ]);
  assertEquals(await spent(state), 1);
});

Deno.test("reserve() takes a reservation over that a crash left, without paying once more", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { reserve, rows } = openProcess(state, { cap: 1 });
  const lost = await reserve(1, "a") as Reservation;
  state.clock.nowMs += RESERVATION_MS + 1;
  const again = await reserve(1, "a") as Reservation;
  assert(again.maker !== null && again.maker !== lost.maker);
  assertEquals(await spent(state), 1);
  await rows.release(lost);
  assertEquals(await rows.finish(again, 7), true);
  assertEquals((await checkBooks(state.store, 1))[0]!.row.bytes, 7);
});

Deno.test("sweep removes what was used longest ago, in blobs and rows, and frees its place", async () => {
  using state = await openState();
  await addImages(state, 2);
  const blobs = new MemoryBlobs(state.deps.now);
  const size = 1_000 + SEAL_BYTES;
  const { put, sweep, uses, reserve } = openProcess(state, { maxBytes: 4 * size, blobs });
  for (const key of ["a", "b", "c", "d"]) {
    state.clock.nowMs += 1_000;
    await put(key < "c" ? 1 : 2, key, 1_000);
  }
  state.clock.nowMs += 1_000;
  // In memory alone when the sweep begins.
  uses.note(originalOf(1), "a", kin(100));
  assertEquals((await sweep.run()).evicted, 0);
  state.clock.nowMs += 1_000;
  await put(2, "e", 1_000);
  assertEquals((await sweep.run()).evicted, 2);
  const rows = await checkBooks(state.store, 5);
  await checkBlobs(blobs, rows);
  assertEquals(rows.map(({ key }) => key).sort(), ["a", "d", "e"]);
  assert(typeof await reserve(1, "b") === "object");
});

Deno.test("sweep is done by one process at a time, and by another one after a crash", async () => {
  using state = await openState();
  await addImages(state, 1);
  const blobs = new MemoryBlobs(state.deps.now);
  const [one, two] = [openProcess(state, { maxBytes: 1, blobs }), openProcess(state, { maxBytes: 1, blobs })];
  await one.put(1, "a");
  const results = await Promise.all([one.sweep.run(), two.sweep.run()]);
  assertEquals(results[0].evicted + results[1].evicted, 1);
  await one.put(1, "b");
  await state.kv.set(["lease", "derivative_sweep"], { owner: "dead", untilMs: state.clock.nowMs + 30_000 });
  assertEquals((await two.sweep.run()).evicted, 0);
  state.clock.nowMs += 30_001;
  assertEquals((await two.sweep.run()).evicted, 1);
  assertEquals((await Array.fromAsync(blobs.list(""))).length, 0);
});

Deno.test("sweep gives every blob of a store its row where KV has lost them, and none to a blob without image", async () => {
  using state = await openState();
  const images = await addImages(state, 3);
  const blobs = new MemoryBlobs(state.deps.now);
  const { derivatives, sweep, uses, rows } = openProcess(state, { blobs });
  for (const n of [1, 2, 3]) await derivatives.put(originalOf(n), `${n}`.repeat(40), new Uint8Array(n));
  await images.remove(USER, testRecord(USER, 3).id);
  assertEquals((await sweep.run()).adopted, 2);
  assertEquals((await state.store.get(derivativesIndexedKey)).value, true);
  const booked = await checkBooks(state.store, 5);
  assertEquals(booked.map(({ row }) => [row.bytes, row.atMs, row.kin]), [[41, START_MS, null], [42, START_MS, null]]);
  // What it is of is known once somebody asks for it.
  assertEquals(await rows.stored(originalOf(1)), []);
  uses.note(originalOf(1), "1".repeat(40), kin(77));
  await uses.flush();
  state.clock.nowMs += 2_000;
  assertEquals(await rows.stored(originalOf(1)), [{ ...kin(77), key: "1".repeat(40) }]);
  // Looked for once only.
  await state.kv.delete(["derivative", USER, testRecord(USER, 2).id, "nonce2", "2".repeat(40)]);
  assertEquals((await openProcess(state, { blobs }).sweep.run()).adopted, 0);
});

Deno.test("uses give a row to a blob without one, and survive what has gone meanwhile", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { derivatives, uses, rows } = openProcess(state);
  await derivatives.put(originalOf(1), "orphan", new Uint8Array(5));
  uses.note(originalOf(1), "orphan", kin(5));
  uses.note(originalOf(1), "gone", kin(6));
  await uses.flush();
  assertEquals((await rows.get({ original: originalOf(1), key: "orphan" }))?.bytes, 45);
  assertEquals((await checkBooks(state.store, 5)).length, 1);
});

Deno.test("reserve() of a derivative whose blob is lost takes no second place", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { put, derivatives, rows } = openProcess(state, { cap: 1 });
  await put(1, "a", 10);
  await derivatives.remove(originalOf(1), "a");
  await put(1, "a", 20);
  assertEquals([await rows.count(originalOf(1)), await rows.totalBytes()], [1, 60]);
  await checkBooks(state.store, 1);
});

Deno.test("rows, counts, bytes and blobs agree after random histories of two processes", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    using state = await openState(seed);
    const random = seededRandom(seed);
    const images = await addImages(state, 3);
    const blobs = new MemoryBlobs(state.deps.now);
    const processes = [1, 2].map(() => openProcess(state, { cap: 4, maxBytes: 400, blobs, isOn: seed % 2 === 0 }));
    const living = new Set([1, 2, 3]);
    const step = async () => {
      const process = random.pick(processes);
      const [n, key] = [random.integer(1, 3), `k${random.integer(1, 7)}`];
      state.clock.nowMs += random.integer(0, 2_000);
      switch (random.integer(0, 9)) {
        case 0:
          return void await process.sweep.run();
        case 1:
          return process.uses.note(originalOf(n), key, kin(100));
        case 2:
          return await process.uses.flush();
        case 3: {
          if (random.integer(0, 3) > 0 || !living.delete(n)) return;
          await images.remove(USER, testRecord(USER, n).id);
          await process.rows.remove(originalOf(n));
          for await (const blob of blobs.list(derivativeBlobKey(originalOf(n), ""))) await blobs.delete(blob.key);
          return;
        }
        case 4: {
          // A crash, before or behind the blob.
          const lost = await process.reserve(n, key);
          if (typeof lost === "object" && lost.maker !== null && random.integer(0, 1) === 0) {
            await process.derivatives.put(originalOf(n), key, new Uint8Array(random.integer(1, 50)));
          }
          return;
        }
        default: {
          if (await process.derivatives.check(originalOf(n), key) !== null) return;
          const reservation = await process.reserve(n, key);
          if (typeof reservation === "string") return;
          if (random.integer(0, 4) === 0) return await process.rows.release(reservation);
          const size = await process.derivatives.put(originalOf(n), key, new Uint8Array(random.integer(1, 90)));
          if (!await process.rows.finish(reservation, size)) await process.derivatives.remove(originalOf(n), key);
        }
      }
    };
    for (let round = 0; round < historySteps(60); round++) {
      await Promise.all(Array.from({ length: random.integer(1, 4) }, step));
      const rows = await checkBooks(state.store, 4);
      for (const { original } of rows) assert(living.has(Number(original.nonce.slice(5))), "row of a deleted image");
    }
    // Whatever is under way ends, and the store is within its bound.
    state.clock.nowMs += RESERVATION_MS + 40_000;
    await processes[0]!.sweep.run();
    const rows = await checkBooks(state.store, 4);
    assert(rows.every(({ row }) => row.maker === null));
    assert(await processes[0]!.rows.totalBytes() <= 400);
    const found = new Set((await Array.fromAsync(blobs.list("derivatives/"))).map(({ key }) => key));
    const booked = new Set(rows.map(({ original, key }) => derivativeBlobKey(original, key)));
    assertEquals([...found].filter((key) => !booked.has(key)), [], `blobs without rows, seed ${seed}`);
  }
});

Deno.test("remove() of rows whose image stays leaves books that agree, whatever is reserved meanwhile", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { put, reserve, rows } = openProcess(state, { cap: 100 });
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 8 }, (_, n) => put(1, `${round}-${n}`).catch(() => {})));
    await Promise.all([
      rows.remove(originalOf(1)),
      ...Array.from({ length: 8 }, (_, n) => reserve(1, `${round}+${n}`)),
    ]);
    await checkBooks(state.store, 100);
  }
});

Deno.test("reserve() passes on what its spending throws, and reserves nothing", async () => {
  using state = await openState();
  await addImages(state, 1);
  const { rows } = openProcess(state);
  const ref = { original: originalOf(1), key: "a" };
  await assertRejects(() => rows.reserve(ref, kin(1), () => Promise.reject(new Error("No"))), Error, "No");
  assertEquals(await checkBooks(state.store, 5), []);
});

Deno.test("removeMadeFor() takes what was made for a preset and its books, also what is being made", async () => {
  using state = await openState();
  await addImages(state, 2);
  const blobs = new MemoryBlobs(state.deps.now);
  const { rows, derivatives, quota, put } = openProcess(state, { blobs });
  const reserveFor = async (n: number, key: string, preset: string) => {
    const asked = { original: originalOf(n), key, preset };
    return await rows.reserve(asked, kin(1), () => quota.offer(free, "transformations")) as Reservation;
  };
  const putFor = async (n: number, key: string, preset: string) => {
    const reservation = await reserveFor(n, key, preset);
    await rows.finish(reservation, await derivatives.put(originalOf(n), key, new Uint8Array(3)));
  };
  await putFor(1, "a", "p");
  await putFor(2, "b", "p");
  await putFor(2, "c", "q");
  await put(2, "d");
  const isMaking = await reserveFor(1, "e", "p");
  state.clock.nowMs += 1_000;
  await rows.touch([{ original: originalOf(1), key: "a", kin: kin(1), atMs: state.clock.nowMs }]);
  const remove = () => rows.removeMadeFor(USER, "p", ({ original, key }) => derivatives.remove(original, key));
  assertEquals(await remove(), 3);
  assertEquals(await rows.finish(isMaking, 3), false, "its maker finds that out");
  const left = await checkBooks(state.store, 5);
  await checkBlobs(blobs, left);
  assertEquals(left.map(({ key }) => key).sort(), ["c", "d"]);
  assertEquals(await remove(), 0);
});

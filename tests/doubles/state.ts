/**
 * State for tests: a real KV in memory, a clock that the test sets, chance that is the same in every run.
 *
 * @module
 */
import type { StateDeps } from "../../kv/users.ts";
import { type ImageId, imageIdOfHash, type UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import { Store, type StoreDeps } from "../../kv/store.ts";
import { seededRandom } from "./seeded_random.ts";

/** A clock that stands still until it is moved. */
export interface TestClock {
  nowMs: number;
}

/** A store with its deps; dispose it at the end of the test. */
export interface TestState extends Disposable {
  readonly kv: Deno.Kv;
  readonly store: Store;
  readonly clock: TestClock;
  readonly deps: StateDeps & { readonly newUuid: () => string };
}

/** 2026-01-15T12:00:00Z. */
export const START_MS = Date.UTC(2026, 0, 15, 12);

/** A clock that runs as fast as the real one, from {@linkcode START_MS} on: the next minute, day and month are far. */
export function runningClock(): () => number {
  const offsetMs = START_MS - performance.now();
  return () => Math.floor(offsetMs + performance.now());
}

/** Waits truly: what races must be able to race. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A store that waits longer for its KV than a busy machine needs, so that tests of something else see no time-out. */
export const PATIENT_STORE: StoreDeps = { sleep, random: Math.random, callTimeoutMs: 120_000 };

/**
 * In memory; or a KV server, emptied, where `TEST_KV_URL` names one: that is how tests/kv/denokv_test.ts runs the state
 * layer's own tests on a real server.
 */
async function openEmptyKv(): Promise<Deno.Kv> {
  const url = Deno.env.get("TEST_KV_URL");
  if (url === undefined) return await Deno.openKv(":memory:");
  const kv = await Deno.openKv(url);
  const keys = await Array.fromAsync(kv.list({ prefix: [] }), ({ key }) => key);
  for (let at = 0; at < keys.length; at += KEYS_A_COMMIT) {
    const operation = kv.atomic();
    for (const key of keys.slice(at, at + KEYS_A_COMMIT)) operation.delete(key);
    await operation.commit();
  }
  return kv;
}

const KEYS_A_COMMIT = 200;

/**
 * Steps of a random history: on a KV server, where each step is many round trips, a third of those in memory. What it
 * is there for is the server's own behaviour; the logic has had its histories.
 */
export function historySteps(inMemory: number): number {
  return Deno.env.get("TEST_KV_URL") === undefined ? inMemory : Math.ceil(inMemory / 3);
}

/** Opens an empty store. */
export async function openState(seed = 1): Promise<TestState> {
  const kv = await openEmptyKv();
  const random = seededRandom(seed);
  const clock = { nowMs: START_MS };
  const marks = Deno.env.has("TEST_KV_URL") ? { newCommitId: () => crypto.randomUUID() } : {};
  const store = new Store(kv, { ...PATIENT_STORE, ...marks, random: () => random.integer(0, 999) / 1_000 });
  return {
    kv,
    store,
    clock,
    deps: {
      now: () => clock.nowMs,
      randomBytes: (length) => random.bytes(length),
      newUuid: () => crypto.randomUUID(),
    },
    [Symbol.dispose]: () => store.close(),
  };
}

/** A user id of the right form. */
export function testUserId(n: number): UserId {
  return `user_${String(n).padStart(20, "0")}` as UserId;
}

/** A hash of the right form; different numbers give different image ids. */
export function testHash(n: number): string {
  return n.toString(16).padStart(16, "0").padEnd(64, "f");
}

/** The id of the image with that hash. */
export function testImageId(n: number): ImageId {
  return imageIdOfHash(testHash(n));
}

/** A record as an upload would make it, without paths. */
export function testRecord(user: UserId, n: number, uploadedAtMs = START_MS): Omit<ImageRecord, "paths"> {
  return {
    v: 1,
    id: testImageId(n),
    user,
    hash: testHash(n),
    nonce: `nonce${n}`,
    size: 1_000 + n,
    format: "jpeg",
    width: 400,
    height: 300,
    orientation: 1,
    frames: 1,
    hasAlpha: false,
    dominantColor: "3b82f6",
    thumbhash: null,
    blurhash: null,
    takenAt: null,
    originalFilename: `photo ${n}.jpg`,
    visibility: "public",
    uploadedAtMs,
    updatedAtMs: uploadedAtMs,
  };
}

/**
 * A process of its own that spends quotas and rates on a KV file that others use at the same time.
 *
 *     deno run -A --unstable-kv tests/doubles/spender.ts FILE NUMBER
 *
 * Prints how much it was allowed, as JSON.
 *
 * @module
 */
import { DerivativeRows } from "../../kv/derivative_rows.ts";
import { parseImagePath } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { Quota } from "../../kv/quota.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import { RateLimits } from "../../kv/rate_limit.ts";
import { Store } from "../../kv/store.ts";
import { UsageBuffer } from "../../kv/usage.ts";
import { PATIENT_STORE, START_MS, testRecord, testUserId } from "./state.ts";

/** What a process was allowed. */
export interface Spent {
  readonly uploads: number;
  readonly transformations: number;
  readonly requests: number;
  readonly rate: number;
  readonly derivatives: number;
}

/** Tries of each kind in each process. */
export const TRIES = 60;
/** Uploads a month in this test. */
export const UPLOADS = 40;
/** Derivatives of one image in this test. */
export const DERIVATIVES = 40;
/** Requests a minute in this test. */
export const RATE = 60;

const user = { id: testUserId(1), plan: "free" } as const;
/** Who has an image, {@linkcode testRecord} 1 of theirs, of which derivatives are made. */
const owner = { id: testUserId(2), plan: "free" } as const;
const now = () => START_MS;

async function allowed(attempt: (n: number) => Promise<boolean>): Promise<number> {
  const results = await Promise.all(Array.from({ length: TRIES }, (_, n) => attempt(n)));
  return results.filter(Boolean).length;
}

async function isTaken(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof QuotaError) return false;
    throw error;
  }
}

async function spendAll(file: string, number: number): Promise<Spent> {
  const store = new Store(await Deno.openKv(file), PATIENT_STORE);
  const quota = new Quota(store, new UsageBuffer(store, now, () => crypto.randomUUID()), now, true);
  const images = new Images(store, now);
  const rates = new RateLimits(store, now);
  const upload = (n: number) => {
    const record = testRecord(user.id, number * TRIES + n);
    const limits = { uploads: UPLOADS, bytes: null };
    return images.add(user.id, record.id, parseImagePath(`${record.id}.jpg`), record, null, limits);
  };
  const options = { now, newUuid: () => crypto.randomUUID(), quota, maxPerImage: DERIVATIVES, reservationMs: 60_000 };
  const rows = new DerivativeRows(store, options);
  const { hash, nonce } = testRecord(owner.id, 1);
  const original = { user: owner.id, hash, nonce };
  const reserve = (n: number) => {
    const kin = { text: `webp?w=${n}`, family: "webp", width: n };
    return rows.reserve({ original, key: `${number}-${n}` }, kin, () => quota.offer(owner, "transformations"));
  };
  const [uploads, transformations, requests, rate, derivatives] = await Promise.all([
    allowed((n) => isTaken(upload(n))),
    allowed(() => isTaken(quota.spend(user, "transformations"))),
    allowed(() => isTaken(quota.spend(user, "api_requests"))),
    allowed(async () => (await rates.take("somebody", RATE)).isAllowed),
    allowed(async (n) => typeof await reserve(n) === "object"),
  ]);
  await quota.returnIdle(true);
  store.close();
  return { uploads, transformations, requests, rate, derivatives };
}

if (import.meta.main) console.log(JSON.stringify(await spendAll(Deno.args[0]!, Number(Deno.args[1]))));

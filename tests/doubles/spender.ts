/**
 * A process of its own that spends quotas and rates on a KV file that others use at the same time.
 *
 *     deno run -A --unstable-kv tests/doubles/spender.ts FILE NUMBER
 *
 * Prints how much it was allowed, as JSON.
 *
 * @module
 */
import { parseImagePath } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { Quota } from "../../kv/quota.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import { RateLimits } from "../../kv/rate_limit.ts";
import { Store } from "../../kv/store.ts";
import { UsageBuffer } from "../../kv/usage.ts";
import { sleep, START_MS, testRecord, testUserId } from "./state.ts";

/** What a process was allowed. */
export interface Spent {
  readonly uploads: number;
  readonly transformations: number;
  readonly requests: number;
  readonly rate: number;
}

/** Tries of each kind in each process. */
export const TRIES = 60;
/** Uploads a month in this test. */
export const UPLOADS = 40;
/** Requests a minute in this test. */
export const RATE = 60;

const user = { id: testUserId(1), plan: "free" } as const;
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
  const store = new Store(await Deno.openKv(file), { sleep, random: Math.random });
  const quota = new Quota(store, new UsageBuffer(store, now), now, true);
  const images = new Images(store, now);
  const rates = new RateLimits(store, now);
  const upload = (n: number) => {
    const record = testRecord(user.id, number * TRIES + n);
    const limits = { uploads: UPLOADS, bytes: null };
    return images.add(user.id, record.id, parseImagePath(`${record.id}.jpg`), record, null, limits);
  };
  const [uploads, transformations, requests, rate] = await Promise.all([
    allowed((n) => isTaken(upload(n))),
    allowed(() => isTaken(quota.spend(user, "transformations"))),
    allowed(() => isTaken(quota.spend(user, "api_requests"))),
    allowed(async () => (await rates.take("somebody", RATE)).isAllowed),
  ]);
  await quota.returnIdle(true);
  store.close();
  return { uploads, transformations, requests, rate };
}

if (import.meta.main) console.log(JSON.stringify(await spendAll(Deno.args[0]!, Number(Deno.args[1]))));

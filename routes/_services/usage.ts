/**
 * What a user has used, of what, and what is left.
 *
 * @module
 */
import type { UsageMetric } from "../../kv/keys.ts";
import { type Credit, limitOf, PLANS, type QuotaMetric } from "../../kv/plans.ts";
import type { BillingState, ImageRecord, UserRecord } from "../../kv/records.ts";
import { monthEndMs, monthOf } from "../../kv/usage.ts";
import type { Deps } from "../deps.ts";
import { billingStateOf } from "./subscriptions.ts";

/** A user's usage as it stands. */
export interface UsageReport {
  readonly planTitle: string;
  readonly billing: BillingState;
  /** null = unlimited. */
  readonly limits: Readonly<Record<QuotaMetric, number | null>>;
  readonly images: number;
  readonly storageBytes: number;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly startMs: number;
  /** First millisecond of the next month. */
  readonly endMs: number;
  readonly used: Readonly<Record<UsageMetric, number>>;
  readonly credits: Readonly<Record<Credit, number>>;
}

function limitsOf(deps: Deps, user: UserRecord): Record<QuotaMetric, number | null> {
  const isOn = deps.config.QUOTAS === "on";
  const metrics = Object.keys(PLANS[user.plan].limits) as QuotaMetric[];
  return Object.fromEntries(metrics.map((metric) => [metric, limitOf(user, metric, isOn)])) as UsageReport["limits"];
}

/** What a user has used this month. */
export async function usageOf(deps: Deps, user: UserRecord): Promise<UsageReport> {
  const now = deps.now();
  const month = monthOf(now);
  const [totals, counted, credits] = await Promise.all([
    deps.images.totals(user.id),
    deps.usage.month(user.id, month),
    deps.quota.credits(user),
  ]);
  const spent = (metric: "transformations" | "api_requests" | "previews") => ({
    [metric]: Math.max(0, counted[metric] - deps.quota.held(user.id, month, metric)),
  });
  return {
    planTitle: PLANS[user.plan].title,
    billing: billingStateOf(user),
    limits: limitsOf(deps, user),
    images: totals.images,
    storageBytes: totals.bytes,
    month,
    startMs: Date.parse(`${month}-01T00:00:00Z`),
    endMs: monthEndMs(now),
    used: { ...counted, ...spent("transformations"), ...spent("api_requests"), ...spent("previews") },
    credits,
  };
}

/** A day: what was counted, and the bytes of all originals at its end (now, for today). */
export interface UsageDay {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string;
  readonly counts: Readonly<Record<UsageMetric, number>>;
  readonly storageBytes: number;
}

/** The last days up to today, oldest first. What was stored then follows from what is now and each day's change. */
export async function dailyUsageOf(deps: Deps, user: UserRecord, count: number): Promise<UsageDay[]> {
  const [rows, { bytes }] = await Promise.all([deps.usage.days(user.id, count), deps.images.totals(user.id)]);
  let storageBytes = bytes;
  const days = rows.toReversed().map(({ day, counts }) => {
    const atItsEnd = storageBytes;
    storageBytes = Math.max(0, storageBytes - counts.stored_bytes);
    return { day, counts, storageBytes: atItsEnd };
  });
  return days.reverse();
}

/** The images that were served most in a month, `YYYY-MM`; those that are gone are left out. */
export async function topImagesOf(deps: Deps, user: UserRecord, month: string, limit: number) {
  const top = await deps.usage.topImages(user.id, month, limit);
  const records = await deps.images.getMany(user.id, top.map(({ image }) => image));
  return top.flatMap(({ deliveries }, at): { record: ImageRecord; deliveries: number }[] => {
    const record = records[at] ?? null;
    return record === null ? [] : [{ record, deliveries }];
  });
}

/**
 * THE table of plans: what each costs, allows and limits. Quotas, gates, the rate limit, the usage endpoint, billing and
 * the pricing page all read it here.
 *
 * @module
 */
import type { PlanName, UserRecord } from "./records.ts";

/** What only some plans have. */
export type Feature = "private_images" | "signed_urls" | "presets";
/** What a plan limits. `storage_bytes` is what is stored, the others are counts of a UTC calendar month. */
export type QuotaMetric =
  | "uploads"
  | "storage_bytes"
  | "transformations"
  | "api_requests"
  | "bandwidth_bytes"
  /** Pictures made for the dashboard's own pages, which spend no transformations. */
  | "previews";
/** Balances that packs fill, drawn on after the plan's own limit. Storage credit raises the limit instead. */
export const CREDITS = ["storage_bytes", "api_requests", "transformations"] as const;
/** One of them. */
export type Credit = (typeof CREDITS)[number];

/** A row of the table. */
export interface Plan {
  /** As shown to people. */
  readonly title: string;
  /** A month, in US cents. */
  readonly priceCents: number;
  readonly features: readonly Feature[];
  /** null = unlimited. */
  readonly limits: Readonly<Record<QuotaMetric, number | null>>;
  /** API requests a minute of all the user's keys together. */
  readonly requestsPerMinute: number;
  /** Most presets. */
  readonly maxPresets: number;
}

const GIB = 1024 ** 3;

/** Every plan. */
export const PLANS: Readonly<Record<PlanName, Plan>> = {
  free: {
    title: "Free Plan",
    priceCents: 0,
    features: [],
    limits: {
      uploads: 100,
      storage_bytes: 10 * GIB,
      transformations: 1_000,
      api_requests: 1_000,
      bandwidth_bytes: null,
      previews: 10_000,
    },
    requestsPerMinute: 100,
    maxPresets: 0,
  },
  pro: {
    title: "Pro Plan",
    priceCents: 500,
    features: ["private_images", "signed_urls", "presets"],
    limits: {
      uploads: null,
      storage_bytes: 50 * GIB,
      transformations: 10_000,
      api_requests: 10_000,
      bandwidth_bytes: null,
      previews: 100_000,
    },
    requestsPerMinute: 500,
    maxPresets: 50,
  },
};

/** What one Resource Pack adds to a Pro user's credits, effective at once and without end. */
export const RESOURCE_PACK: { readonly priceCents: number; readonly credits: Readonly<Record<Credit, number>> } = {
  priceCents: 1_000,
  credits: { storage_bytes: 10 * GIB, api_requests: 10_000, transformations: 10_000 },
};

/** Most presets where nothing is sold. */
export const MAX_PRESETS_WITHOUT_QUOTAS = 1_000;

/**
 * Whether a user may begin to use a feature. What exists goes on working whatever this says: ask it for new things only.
 *
 * @param quotasOn false where the server sells nothing (`QUOTAS=off`): every feature for everybody
 */
export function allows(user: Pick<UserRecord, "plan">, feature: Feature, quotasOn: boolean): boolean {
  return !quotasOn || PLANS[user.plan].features.includes(feature);
}

/** How many presets a user may have. */
export function maxPresets(user: Pick<UserRecord, "plan">, quotasOn: boolean): number {
  return quotasOn ? PLANS[user.plan].maxPresets : MAX_PRESETS_WITHOUT_QUOTAS;
}

/** A plan's limit; null = none. */
export function limitOf(user: Pick<UserRecord, "plan">, metric: QuotaMetric, quotasOn: boolean): number | null {
  return quotasOn ? PLANS[user.plan].limits[metric] : null;
}

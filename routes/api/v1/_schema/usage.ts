/**
 * Wire shapes of usage.
 *
 * @module
 */
import { z } from "zod";

const Limit = z.int().positive().nullable();
const Count = z.int().nonnegative();
const Month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month such as 2026-01");

/** What is counted, by month and by day. */
const Counts = {
  uploads: Count.describe("New pictures"),
  bandwidth_bytes: Count.describe("Body bytes of pictures that were served"),
  api_requests: Count,
  transformations: Count.describe("Derivatives that were made; cached ones cost nothing"),
  previews: Count.describe("Derivatives made for the dashboard's own pages, which spend no transformations"),
  deliveries: Count.describe("Pictures served"),
  bytes_saved: Count.describe("What the originals would have taken more than the derivatives served in their place"),
};

/** Answer of `GET /api/v1/usage`. */
export const UsageAnswer = z.object({
  plan: z.enum(["free", "pro"]),
  plan_name: z.string(),
  plan_status: z.enum(["active", "cancelling", "expired"]),
  subscription_ends_at: z.int().nullable().describe("Unix seconds"),
  plan_limits: z.object({
    max_uploads_per_month: Limit,
    max_storage_bytes: Limit,
    max_bandwidth_per_month: Limit,
    max_api_requests_per_month: Limit,
    max_transformations_per_month: Limit,
    max_previews_per_month: Limit,
  }).describe("null = unlimited"),
  total_images: Count,
  storage_used_bytes: Count,
  storage_used_mb: z.number().nonnegative().describe("Of 1024 × 1024 bytes"),
  storage_used_gb: z.number().nonnegative().describe("Of 1024 MB"),
  current_period: z.object({
    period: Month.describe("`YYYY-MM`, a calendar month in UTC"),
    period_start: z.int().describe("Unix seconds"),
    period_end: z.int().describe("Unix seconds: the first of the next month"),
    ...Counts,
  }),
  credits: z.object({ storage_bytes: Count, api_requests: Count, transformations: Count }).describe(
    "Balances of Resource Packs",
  ),
});
/** See {@linkcode UsageAnswer}. */
export type UsageAnswer = z.infer<typeof UsageAnswer>;

const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;
const MAX_TOP = 50;
const DEFAULT_TOP = 10;
const integer = (max: number) =>
  z.string().regex(/^\d{1,6}$/, `must be a whole number from 1 to ${max}`).transform(Number).pipe(
    z.int().min(1, "must be at least 1").max(max, `must be at most ${max}`),
  );

/** Query of usage by day. */
export const DailyUsageQuery = z.object({
  days: integer(MAX_DAYS).default(DEFAULT_DAYS).describe("How many days, up to today"),
});
/** See {@linkcode DailyUsageQuery}. */
export type DailyUsageQuery = z.infer<typeof DailyUsageQuery>;

/** Answer of `GET /api/v1/usage/daily`. */
export const DailyUsageAnswer = z.object({
  days: z.array(z.object({
    date: z.iso.date().describe("`YYYY-MM-DD` in UTC"),
    ...Counts,
    storage_bytes: Count.describe("Of all originals at the end of the day, or now"),
  })).describe("Oldest first, up to today, without gaps"),
});
/** See {@linkcode DailyUsageAnswer}. */
export type DailyUsageAnswer = z.infer<typeof DailyUsageAnswer>;

/** Query of the images that were served most. */
export const TopImagesQuery = z.object({
  period: Month.optional().describe("Default: the current month"),
  limit: integer(MAX_TOP).default(DEFAULT_TOP).describe("Most pictures"),
});
/** See {@linkcode TopImagesQuery}. */
export type TopImagesQuery = z.infer<typeof TopImagesQuery>;

/** Answer of `GET /api/v1/usage/top-images`. */
export const TopImagesAnswer = z.object({
  period: Month,
  images: z.array(z.object({
    id: z.string().regex(/^[0-9a-f]{16}$/),
    original_filename: z.string(),
    url: z.string(),
    cdn_url: z.url(),
    paths: z.array(z.string()),
    size: z.int().positive(),
    deliveries: Count,
  })),
});
/** See {@linkcode TopImagesAnswer}. */
export type TopImagesAnswer = z.infer<typeof TopImagesAnswer>;

/**
 * `/api/v1/usage`: what was used this month, by day, and for which images. Answers at every limit.
 *
 * @module
 */
import type { UsageMetric } from "../../../kv/keys.ts";
import { conditionalJson } from "../../_http/json_response.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { dailyUsageOf, topImagesOf, usageOf, type UsageReport } from "../../_services/usage.ts";
import type { Deps } from "../../deps.ts";
import { contextOfImages } from "./_context.ts";
import { presentListItem } from "./_present.ts";
import { type DailyUsageAnswer, DailyUsageQuery, type TopImagesAnswer, TopImagesQuery } from "./_schema/usage.ts";
import type { UsageAnswer } from "./_schema/usage.ts";
import { unixSeconds } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const BYTES_PER_MB = 1024 ** 2;
const BYTES_PER_GB = 1024 ** 3;
const rounded = (value: number) => Math.round(value * 100) / 100;

const presentCounts = (counts: Readonly<Record<UsageMetric, number>>) => ({
  uploads: counts.uploads,
  bandwidth_bytes: counts.bandwidth_bytes,
  api_requests: counts.api_requests,
  transformations: counts.transformations,
  previews: counts.previews,
  deliveries: counts.deliveries,
  bytes_saved: counts.bytes_saved,
});

const presentLimits = (limits: UsageReport["limits"]) => ({
  max_uploads_per_month: limits.uploads,
  max_storage_bytes: limits.storage_bytes,
  max_bandwidth_per_month: limits.bandwidth_bytes,
  max_api_requests_per_month: limits.api_requests,
  max_transformations_per_month: limits.transformations,
  max_previews_per_month: limits.previews,
});

/** `GET /api/v1/usage`. */
export function getUsage(deps: Deps): AppHandler {
  return async function getUsage(c) {
    const { user } = c.get("caller");
    const report = await usageOf(deps, user);
    const { endsAtMs } = report.billing;
    const answer: UsageAnswer = {
      plan: user.plan,
      plan_name: report.planTitle,
      plan_status: report.billing.status,
      subscription_ends_at: endsAtMs === null ? null : unixSeconds(endsAtMs),
      plan_limits: presentLimits(report.limits),
      total_images: report.images,
      storage_used_bytes: report.storageBytes,
      storage_used_mb: rounded(report.storageBytes / BYTES_PER_MB),
      storage_used_gb: rounded(report.storageBytes / BYTES_PER_GB),
      current_period: {
        period: report.month,
        period_start: unixSeconds(report.startMs),
        period_end: unixSeconds(report.endMs),
        ...presentCounts(report.used),
      },
      credits: report.credits,
    };
    return await conditionalJson(answer, c.req.raw.headers.get("if-none-match"));
  };
}

/** `GET /api/v1/usage/daily`. */
export function getDailyUsage(deps: Deps): AppHandler {
  return async function getDailyUsage(c) {
    const { days } = parseWith(DailyUsageQuery, c.req.query(), null);
    const rows = await dailyUsageOf(deps, c.get("caller").user, days);
    const answer: DailyUsageAnswer = {
      days: rows.map(({ day, counts, storageBytes }) => ({
        date: day,
        ...presentCounts(counts),
        storage_bytes: storageBytes,
      })),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `GET /api/v1/usage/top-images`. */
export function getTopImages(deps: Deps): AppHandler {
  return async function getTopImages(c) {
    const { period, limit } = parseWith(TopImagesQuery, c.req.query(), null);
    const month = period ?? new Date(deps.now()).toISOString().slice(0, "YYYY-MM".length);
    const top = await topImagesOf(deps, c.get("caller").user, month, limit);
    const context = await contextOfImages(deps, c, top.map(({ record }) => record));
    const answer: TopImagesAnswer = {
      period: month,
      images: top.map(({ record, deliveries }) => {
        const { id, original_filename, url, cdn_url, paths, size } = presentListItem(context, record, undefined);
        return { id, original_filename, url, cdn_url, paths, size, deliveries };
      }),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

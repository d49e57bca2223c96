/**
 * Wire shapes of subscriptions and of what payment providers send.
 *
 * @module
 */
import { z } from "zod";

/** Most packs of one purchase. */
const MAX_PACKS = 100;

const PlanField = z.enum(["free", "pro"]);
const StatusField = z.enum(["active", "cancelling", "expired"]);
const Seconds = z.int().nullable().describe("Unix seconds");

/** An invoice. */
export const Invoice = z.object({
  id: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  total: z.int().describe("Cents"),
  total_formatted: z.string(),
  status: z.string(),
  invoice_url: z.string().nullable(),
  usage_breakdown: z.null(),
});
/** See {@linkcode Invoice}. */
export type Invoice = z.infer<typeof Invoice>;

/** Answer of `GET /api/v1/subscription`. */
export const SubscriptionAnswer = z.object({
  plan: PlanField,
  plan_name: z.string(),
  status: StatusField,
  renews_at: Seconds,
  ends_at: Seconds,
  card_brand: z.string().nullable(),
  card_last_four: z.string().nullable(),
  update_payment_url: z.string().nullable(),
  invoices: z.array(Invoice),
});
/** See {@linkcode SubscriptionAnswer}. */
export type SubscriptionAnswer = z.infer<typeof SubscriptionAnswer>;

/** Answer of `POST /api/v1/subscription/cancel`. */
export const CancelAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  plan_status: StatusField,
  subscription_ends_at: Seconds,
});
/** See {@linkcode CancelAnswer}. */
export type CancelAnswer = z.infer<typeof CancelAnswer>;

/** Answer of `POST /api/v1/subscription/resume`. */
export const ResumeAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  plan_status: StatusField,
  renews_at: Seconds,
});
/** See {@linkcode ResumeAnswer}. */
export type ResumeAnswer = z.infer<typeof ResumeAnswer>;

/** Body of `POST /api/v1/subscription/packs`. */
export const PacksBody = z.object({
  quantity: z.int(`must be a whole number from 1 to ${MAX_PACKS}`)
    .min(1, `must be a whole number from 1 to ${MAX_PACKS}`)
    .max(MAX_PACKS, `must be a whole number from 1 to ${MAX_PACKS}`)
    .default(1),
});

/** Answer of `POST /api/v1/subscription/checkout`, `/packs` and `/portal`: the page to send the browser to. */
export const PageAnswer = z.object({ url: z.url() });
/** See {@linkcode PageAnswer}. */
export type PageAnswer = z.infer<typeof PageAnswer>;

/** Answer to a payment provider's webhook. */
export const WebhookAnswer = z.object({
  received: z.literal(true),
  message: z.string(),
  duplicate: z.boolean().describe("Whether the event was taken into account before"),
});
/** See {@linkcode WebhookAnswer}. */
export type WebhookAnswer = z.infer<typeof WebhookAnswer>;

/**
 * `/api/v1/subscription`: as it stands, buy, end, take up again.
 *
 * @module
 */
import type { InvoiceRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { buyPacks, buyPro, cancel, portal, resume, type Standing, standing } from "../../_services/subscriptions.ts";
import type { Deps } from "../../deps.ts";
import {
  type CancelAnswer,
  type Invoice,
  PacksBody,
  type PageAnswer,
  type ResumeAnswer,
  type SubscriptionAnswer,
} from "./_schema/subscription.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const CENTS = 100;
const toSeconds = (ms: number | null) => ms === null ? null : Math.floor(ms / 1000);

function presentInvoice(invoice: InvoiceRecord): Invoice {
  return {
    id: invoice.id,
    created_at: new Date(invoice.createdAtMs).toISOString(),
    total: invoice.totalCents,
    total_formatted: `${(invoice.totalCents / CENTS).toFixed(2)} ${invoice.currency.toUpperCase()}`,
    status: invoice.status,
    invoice_url: invoice.url,
    usage_breakdown: null,
  };
}

/** When it renews; null where it ends, or where nothing is paid for. */
function renewsAt({ state, subscription }: Standing): number | null {
  return state.status === "active" && subscription?.isPaid ? toSeconds(subscription.periodEndMs) : null;
}

/** `GET /api/v1/subscription`. */
export function getSubscription(deps: Deps): AppHandler {
  return async function getSubscription(c) {
    const now = await standing(deps, c.get("caller").user);
    const { user, planTitle, state, subscription, invoices } = now;
    const answer: SubscriptionAnswer = {
      plan: user.plan,
      plan_name: planTitle,
      status: state.status,
      renews_at: renewsAt(now),
      ends_at: toSeconds(state.endsAtMs),
      card_brand: subscription?.cardBrand ?? null,
      card_last_four: subscription?.cardLastFour ?? null,
      update_payment_url: subscription?.updatePaymentUrl ?? null,
      invoices: invoices.map(presentInvoice),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/subscription/cancel`: what is paid for runs to its end. */
export function cancelSubscription(deps: Deps): AppHandler {
  return async function cancelSubscription(c) {
    const { state } = await cancel(deps, c.get("caller").user);
    const answer: CancelAnswer = {
      success: true,
      message: "Subscription ends with what is paid for; your images stay",
      plan_status: state.status,
      subscription_ends_at: toSeconds(state.endsAtMs),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/subscription/resume`. */
export function resumeSubscription(deps: Deps): AppHandler {
  return async function resumeSubscription(c) {
    const now = await resume(deps, c.get("caller").user);
    const answer: ResumeAnswer = {
      success: true,
      message: "Subscription goes on",
      plan_status: now.state.status,
      renews_at: renewsAt(now),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/subscription/checkout`: the page that sells Pro. */
export function checkoutPro(deps: Deps): AppHandler {
  return async function checkoutPro(c) {
    const answer: PageAnswer = { url: await buyPro(deps, c.get("caller").user) };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/subscription/packs`: the page that sells Resource Packs. */
export function checkoutPacks(deps: Deps): AppHandler {
  return async function checkoutPacks(c) {
    const { user } = c.get("caller");
    deps.stripe.assertConfigured();
    if (user.plan !== "pro") throw new ApiError("FORBIDDEN", "Resource Packs need the Pro plan");
    const { quantity } = parseWith(PacksBody, await readJsonObject(c.req.raw), null);
    const answer: PageAnswer = { url: await buyPacks(deps, user, quantity) };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/subscription/portal`: the page of cards and invoices. */
export function billingPortal(deps: Deps): AppHandler {
  return async function billingPortal(c) {
    const answer: PageAnswer = { url: await portal(deps, c.get("caller").user) };
    return c.json(answer, 200, NO_STORE);
  };
}

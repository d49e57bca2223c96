/**
 * Stripe's side of tests: events as its documentation shows them, signed as it signs them, and an API that answers from
 * memory.
 *
 * @module
 */
import { createHmac } from "node:crypto";

/** The secret of the webhook under test. */
export const WEBHOOK_SECRET = "whsec_test";
/** Configuration with everything sold. */
export const STRIPE_ENV = {
  STRIPE_SECRET_KEY: "sk_test_123",
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  STRIPE_PRICE_PRO: "price_pro",
  STRIPE_PRICE_PACK: "price_pack",
};

/** An event's body. */
export type EventBody = {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data: { readonly object: Record<string, unknown> };
};

let lastEvent = 0;

/** An event. @param atMs when Stripe made it */
export function stripeEvent(type: string, object: Record<string, unknown>, atMs: number): EventBody {
  const created = Math.floor(atMs / 1000);
  return {
    id: `evt_${++lastEvent}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created,
    type,
    data: { object },
  } as never;
}

/** A subscription in an event. */
export function stripeSubscription(user: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const start = Math.floor(Date.UTC(2026, 0, 15) / 1000);
  return {
    id: "sub_1",
    object: "subscription",
    customer: "cus_1",
    created: start,
    status: "active",
    cancel_at_period_end: false,
    cancel_at: null,
    metadata: { user_id: user },
    items: { object: "list", data: [{ id: "si_1", current_period_end: start + 31 * 86_400 }] },
    ...more,
  };
}

/** `Stripe-Signature` of a body. */
export function stripeSignature(body: string, atMs: number, secret = WEBHOOK_SECRET): string {
  const at = Math.floor(atMs / 1000);
  return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
}

/** A call of Stripe's API. */
export interface StripeCall {
  readonly method: string;
  readonly path: string;
  readonly form: Record<string, string>;
}

/** An API that knows one subscription, which tests change. */
export class FakeStripe {
  /** What it was asked. */
  readonly calls: StripeCall[] = [];
  subscription: Record<string, unknown> = {};
  /** Set = every call fails with this status. */
  failure: number | null = null;

  /** The network. */
  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url);
    const form = Object.fromEntries(new URLSearchParams(String(init.body ?? "")));
    this.calls.push({ method: init.method ?? "GET", path: pathname, form });
    if (this.failure !== null) {
      return Promise.resolve(Response.json({ error: { message: "no", type: "api_error" } }, { status: this.failure }));
    }
    return Promise.resolve(Response.json(this.#answer(pathname, form)));
  };

  #answer(path: string, form: Record<string, string>): unknown {
    if (path === "/v1/checkout/sessions") return { id: "cs_1", url: "https://checkout.stripe.com/c/pay/cs_1" };
    if (path === "/v1/billing_portal/sessions") return { id: "bps_1", url: "https://billing.stripe.com/p/session/1" };
    if (form.cancel_at_period_end !== undefined) {
      this.subscription = { ...this.subscription, cancel_at_period_end: form.cancel_at_period_end === "true" };
    }
    return this.subscription;
  }
}

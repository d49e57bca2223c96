/**
 * `/api/v1/webhooks`: what payment providers tell. Their signature is all that says who they are.
 *
 * @module
 */
import { ApiError } from "../../_http/api_error.ts";
import { readBody } from "../../_http/multipart.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { takeLemonEvent } from "../../_services/lemonsqueezy.ts";
import { type EventOutcome, takeStripeEvent } from "../../_services/stripe_events.ts";
import type { Deps } from "../../deps.ts";
import type { WebhookAnswer } from "./_schema/subscription.ts";

/** An invoice with all its lines is larger than what clients may send elsewhere. */
const MAX_BODY_BYTES = 512 * 1024;

const MESSAGES: Record<EventOutcome, string> = {
  applied: "Event taken into account",
  duplicate: "Event was taken into account before",
  stale: "A later event was taken into account before",
  ambiguous: "Event left alone",
  no_user: "Event of no user here",
  ignored: "Event of no meaning here",
};

async function bodyOf(c: AppContext): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new ApiError("VALIDATION_ERROR", "Body is too large", { connection: "close" });
  return Uint8Array.from(await readBody(c.req.raw, MAX_BODY_BYTES, tooLarge));
}

function answered(c: AppContext, outcome: EventOutcome): Response {
  const answer: WebhookAnswer = { received: true, message: MESSAGES[outcome], duplicate: outcome === "duplicate" };
  return c.json(answer, 200, { "cache-control": "no-store" });
}

const unsigned = () => new ApiError("VALIDATION_ERROR", "Signature is wrong, too old or missing");

/** `POST /api/v1/webhooks/stripe`. */
export function stripeWebhook(deps: Deps): AppHandler {
  return async function stripeWebhook(c) {
    const body = new TextDecoder().decode(await bodyOf(c));
    const event = await deps.stripe.readEvent(body, c.req.raw.headers.get("stripe-signature") ?? "");
    if (event === null) throw unsigned();
    const outcome = await takeStripeEvent(deps, event);
    deps.log.info("stripe_event", { event: event.id, type: event.type, outcome });
    return answered(c, outcome);
  };
}

/** `POST /api/v1/webhooks/lemonsqueezy`. */
export function lemonWebhook(deps: Deps): AppHandler {
  return async function lemonWebhook(c) {
    const outcome = await takeLemonEvent(deps, await bodyOf(c), c.req.raw.headers.get("x-signature") ?? "");
    if (outcome === null) throw unsigned();
    deps.log.info("lemonsqueezy_event", { outcome });
    return answered(c, outcome);
  };
}

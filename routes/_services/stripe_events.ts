/**
 * What Stripe's events change here.
 *
 * @module
 */
import type { Outcome, SubscriptionNews } from "../../kv/billing.ts";
import type { UserId } from "../../kv/ids.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";
import { newsOf, type StripeEvent, stripeId } from "./stripe.ts";

type EventDeps = Pick<Deps, "billing" | "users" | "stripe">;
type Thing = Record<string, unknown>;
/** `ignored` = of no meaning here. */
export type EventOutcome = Outcome | "ignored";

const MAX_PACKS = 1_000;
/** The second where a coupon leaves nothing to pay. */
const PAID: ReadonlySet<unknown> = new Set(["paid", "no_payment_required"]);

const thingOf = (value: unknown): Thing => typeof value === "object" && value !== null ? value as Thing : {};
const numberOf = (value: unknown): number => typeof value === "number" && Number.isFinite(value) ? value : 0;
const textOf = (value: unknown): string | null => typeof value === "string" && value !== "" ? value : null;

/** Our user: as we noted it at Stripe, else by the customer. */
async function userOf(deps: EventDeps, object: Thing): Promise<UserId | null> {
  const parent = thingOf(thingOf(object["parent"])["subscription_details"]);
  const notes = [object, thingOf(object["subscription_details"]), parent].map((o) => thingOf(o["metadata"])["user_id"]);
  const noted = notes.map(textOf).find((id) => id !== null) ?? textOf(object["client_reference_id"]);
  if (noted !== null) return (await deps.users.get(noted as UserId))?.id ?? null;
  const customer = stripeId(object["customer"]);
  return customer === null ? null : await deps.billing.userOfCustomer("stripe", customer);
}

/** As Stripe says now; as the event says where Stripe can't be asked. */
async function truthOf(deps: EventDeps, news: SubscriptionNews): Promise<SubscriptionNews> {
  try {
    const { toldAtMs, toldRank } = news;
    return { ...await deps.stripe.retrieve(news.id), toldAtMs, toldRank };
  } catch (error) {
    if (error instanceof ServiceError && error.code === "not_configured") return news;
    throw error;
  }
}

async function onSubscription(deps: EventDeps, event: StripeEvent, user: UserId): Promise<EventOutcome> {
  const news = newsOf(event.data.object, event.created, event.type);
  if (news === null) return "ignored";
  const outcome = await deps.billing.applySubscription(user, news, event.id, false);
  if (outcome !== "ambiguous") return outcome;
  return await deps.billing.applySubscription(user, await truthOf(deps, news), event.id, true);
}

async function onCheckout(deps: EventDeps, object: Thing, user: UserId): Promise<EventOutcome> {
  const customer = stripeId(object["customer"]);
  if (customer !== null) await deps.billing.linkCustomer(user, "stripe", customer);
  const packs = Number(thingOf(object["metadata"])["packs"]);
  const isPaid = object["mode"] === "payment" && PAID.has(object["payment_status"]);
  const order = textOf(object["id"]);
  if (!isPaid || order === null || !Number.isInteger(packs) || packs < 1 || packs > MAX_PACKS) return "applied";
  return await deps.billing.addPacks(user, "stripe", order, packs);
}

async function onInvoice(deps: EventDeps, object: Thing, user: UserId): Promise<EventOutcome> {
  const id = textOf(object["id"]);
  if (id === null) return "ignored";
  await deps.billing.putInvoice(user, {
    v: 1,
    id,
    createdAtMs: numberOf(object["created"]) * 1000,
    totalCents: Math.round(numberOf(object["total"])),
    currency: textOf(object["currency"]) ?? "usd",
    status: textOf(object["status"]) ?? "open",
    url: textOf(object["hosted_invoice_url"]),
  });
  return "applied";
}

async function onCharge(deps: EventDeps, object: Thing, user: UserId): Promise<EventOutcome> {
  const card = thingOf(thingOf(object["payment_method_details"])["card"]);
  const [brand, lastFour] = [textOf(card["brand"]), textOf(card["last4"])];
  if (brand !== null && lastFour !== null) await deps.billing.putCard(user, brand, lastFour);
  return "applied";
}

type Handler = (deps: EventDeps, object: Thing, user: UserId) => Promise<EventOutcome>;

/** THE table of events that are looked at, beside those of subscriptions. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "checkout.session.completed": onCheckout,
  "checkout.session.async_payment_succeeded": onCheckout,
  "invoice.finalized": onInvoice,
  "invoice.paid": onInvoice,
  "invoice.payment_failed": onInvoice,
  "invoice.voided": onInvoice,
  "charge.succeeded": onCharge,
};

/** Takes an event into account, once. */
export async function takeStripeEvent(deps: EventDeps, event: StripeEvent): Promise<EventOutcome> {
  const isSubscription = /^customer\.subscription\.(created|updated|deleted|paused|resumed)$/.test(event.type);
  const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type]! : null;
  if (!isSubscription && handler === null) return "ignored";
  if (await deps.billing.isSeen("stripe", event.id)) return "duplicate";
  const user = await userOf(deps, event.data.object);
  if (user === null) return "no_user";
  if (handler === null) return await onSubscription(deps, event, user);
  const outcome = await handler(deps, event.data.object, user);
  await deps.billing.markSeen("stripe", event.id);
  return outcome;
}

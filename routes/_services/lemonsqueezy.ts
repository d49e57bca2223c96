/**
 * LemonSqueezy: its webhook. Written from its documentation (https://docs.lemonsqueezy.com/help/webhooks); run against
 * bodies signed in tests, never live.
 *
 * @module
 */
import type { SubscriptionNews } from "../../kv/billing.ts";
import { sha256Hex, type UserId } from "../../kv/ids.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";
import type { EventOutcome } from "./stripe_events.ts";

type LemonDeps = Pick<Deps, "billing" | "users" | "config">;
type Thing = Record<string, unknown>;

/** `cancelled` runs on to the end of what is paid; `past_due` is asked for again before it is given up. */
const PAID_STATES: ReadonlySet<string> = new Set(["on_trial", "active", "past_due", "cancelled"]);
const MAX_PACKS = 1_000;

const thingOf = (value: unknown): Thing => typeof value === "object" && value !== null ? value as Thing : {};
const textOf = (value: unknown): string | null => typeof value === "string" && value !== "" ? value : null;
const idOf = (value: unknown): string | null => typeof value === "number" ? String(value) : textOf(value);
const timeOf = (value: unknown): number | null => {
  const ms = Date.parse(textOf(value) ?? "");
  return Number.isNaN(ms) ? null : ms;
};

/** Whether a body was signed with the secret; the comparison takes the same time wherever they differ. */
export async function isSignedByLemon(body: Uint8Array<ArrayBuffer>, signature: string, secret: string) {
  if (!/^[0-9a-f]{64}$/i.test(signature)) return false;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), hmac, false, ["verify"]);
  return await crypto.subtle.verify("HMAC", key, Uint8Array.fromHex(signature), body);
}

/** What a subscription says. */
export function lemonNews(id: string, attributes: Thing): SubscriptionNews | null {
  const customer = idOf(attributes["customer_id"]);
  const [createdAtMs, toldAtMs] = [timeOf(attributes["created_at"]), timeOf(attributes["updated_at"])];
  const status = textOf(attributes["status"]);
  if (customer === null || createdAtMs === null || toldAtMs === null || status === null) return null;
  return {
    provider: "lemonsqueezy",
    id,
    customer,
    createdAtMs,
    isPaid: PAID_STATES.has(status),
    isCancelling: status === "cancelled",
    periodEndMs: timeOf(attributes["ends_at"]) ?? timeOf(attributes["renews_at"]),
    updatePaymentUrl: textOf(thingOf(attributes["urls"])["update_payment_method"]),
    toldAtMs,
    toldRank: 0,
  };
}

async function userOf(deps: LemonDeps, meta: Thing, attributes: Thing): Promise<UserId | null> {
  const noted = textOf(thingOf(meta["custom_data"])["user_id"]);
  if (noted !== null) return (await deps.users.get(noted as UserId))?.id ?? null;
  const customer = idOf(attributes["customer_id"]);
  return customer === null ? null : await deps.billing.userOfCustomer("lemonsqueezy", customer);
}

const isVariant = (wanted: string, given: unknown) => wanted === "" || wanted === idOf(given);

async function onSubscription(deps: LemonDeps, user: UserId, id: string, attributes: Thing, event: string) {
  if (!isVariant(deps.config.LEMONSQUEEZY_VARIANT_PRO, attributes["variant_id"])) return "ignored";
  const news = lemonNews(id, attributes);
  if (news === null) return "ignored";
  const outcome = await deps.billing.applySubscription(user, news, event, true);
  const [brand, lastFour] = [textOf(attributes["card_brand"]), textOf(attributes["card_last_four"])];
  if (outcome === "applied" && brand !== null && lastFour !== null) await deps.billing.putCard(user, brand, lastFour);
  return outcome;
}

async function onOrder(deps: LemonDeps, user: UserId, id: string, attributes: Thing): Promise<EventOutcome> {
  const item = thingOf(attributes["first_order_item"]);
  const wanted = deps.config.LEMONSQUEEZY_VARIANT_PACK;
  const packs = typeof item["quantity"] === "number" ? item["quantity"] : 1;
  const isPack = wanted !== "" && isVariant(wanted, item["variant_id"]) && attributes["status"] === "paid";
  if (!isPack || !Number.isInteger(packs) || packs < 1 || packs > MAX_PACKS) return "ignored";
  return await deps.billing.addPacks(user, "lemonsqueezy", id, packs);
}

async function onPayment(deps: LemonDeps, user: UserId, id: string, attributes: Thing): Promise<EventOutcome> {
  const total = attributes["total"];
  await deps.billing.putInvoice(user, {
    v: 1,
    id,
    createdAtMs: timeOf(attributes["created_at"]) ?? 0,
    totalCents: typeof total === "number" ? Math.round(total) : 0,
    currency: (textOf(attributes["currency"]) ?? "usd").toLowerCase(),
    status: textOf(attributes["status"]) ?? "open",
    url: textOf(thingOf(attributes["urls"])["invoice_url"]),
  });
  return "applied";
}

/** Takes a webhook's event into account, once. Its body is its identity: LemonSqueezy sends the same again. */
async function take(deps: LemonDeps, body: Thing, event: string): Promise<EventOutcome> {
  const [meta, data] = [thingOf(body["meta"]), thingOf(body["data"])];
  const [name, id, attributes] = [textOf(meta["event_name"]), idOf(data["id"]), thingOf(data["attributes"])];
  if (name === null || id === null) return "ignored";
  if (await deps.billing.isSeen("lemonsqueezy", event)) return "duplicate";
  const user = await userOf(deps, meta, attributes);
  if (user === null) return "no_user";
  if (name.startsWith("subscription_payment_")) return await onPayment(deps, user, id, attributes);
  if (name.startsWith("subscription_")) return await onSubscription(deps, user, id, attributes, event);
  return name === "order_created" ? await onOrder(deps, user, id, attributes) : "ignored";
}

/**
 * Takes a webhook into account.
 *
 * @returns null when its signature is wrong or its body no JSON
 * @throws {ServiceError} `not_configured` without the webhook's secret
 */
export async function takeLemonEvent(
  deps: LemonDeps,
  bytes: Uint8Array<ArrayBuffer>,
  signature: string,
): Promise<EventOutcome | null> {
  const secret = deps.config.LEMONSQUEEZY_WEBHOOK_SECRET;
  if (secret === "") throw new ServiceError("not_configured", "LEMONSQUEEZY_WEBHOOK_SECRET is not set");
  if (!await isSignedByLemon(bytes, signature, secret)) return null;
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
  const event = await sha256Hex(bytes);
  const outcome = await take(deps, thingOf(body), event);
  if (outcome === "applied") await deps.billing.markSeen("lemonsqueezy", event);
  return outcome;
}

/**
 * Stripe: what is sold by it, and its own shapes turned into ours. Its client is loaded at first use. Written from
 * Stripe's documentation (https://docs.stripe.com/billing/subscriptions/webhooks); run against stripe-mock and events
 * signed in tests, never live.
 *
 * @module
 */
import type StripeClient from "stripe";
import type { SubscriptionNews } from "../../kv/billing.ts";
import type { UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";

const TIMEOUT_MS = 10_000;
/** Oldest signature of an event that is taken. */
const SIGNATURE_TOLERANCE_SECONDS = 300;
/** Subscriptions in these states have Pro: a payment that is late is asked for again by Stripe before it gives up. */
const PAID_STATES: ReadonlySet<string> = new Set(["active", "trialing", "past_due"]);
/** Order of what Stripe tells within one second. */
const RANKS: Readonly<Record<string, number>> = {
  "customer.subscription.created": 0,
  "customer.subscription.updated": 1,
  "customer.subscription.paused": 1,
  "customer.subscription.resumed": 1,
  "customer.subscription.deleted": 2,
};

/** An event, as far as it is looked at. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  /** Unix seconds. */
  readonly created: number;
  readonly data: { readonly object: Record<string, unknown> };
}

/** Stripe's settings. */
export type StripeConfig = Pick<
  Deps["config"],
  "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET" | "STRIPE_PRICE_PRO" | "STRIPE_PRICE_PACK" | "STRIPE_API_URL"
>;

/** A subscription as any version of Stripe's API sends it. */
interface Subscription {
  readonly id: string;
  readonly customer: string | { readonly id: string };
  readonly created: number;
  readonly status: string;
  readonly cancel_at_period_end?: boolean;
  readonly cancel_at?: number | null;
  readonly current_period_end?: number;
  readonly items?: { readonly data: readonly { readonly current_period_end?: number }[] };
}

/** The id of something that may be expanded. */
export function stripeId(value: unknown): string | null {
  if (typeof value === "string" && value !== "") return value;
  const id = (value as { id?: unknown } | null | undefined)?.id;
  return typeof id === "string" ? id : null;
}

const toMs = (seconds: number | null | undefined): number | null => typeof seconds === "number" ? seconds * 1000 : null;

/** What a subscription says. @param type of the event that told, for its order among those of the same second */
export function newsOf(object: Record<string, unknown>, toldAtSeconds: number, type: string): SubscriptionNews | null {
  const subscription = object as unknown as Subscription;
  const customer = stripeId(subscription.customer);
  if (typeof subscription.id !== "string" || customer === null || typeof subscription.created !== "number") return null;
  // The period stood at the subscription until 2025, then at its items.
  const periodEnd = subscription.current_period_end ?? subscription.items?.data?.[0]?.current_period_end;
  const cancelAt = subscription.cancel_at ?? null;
  return {
    provider: "stripe",
    id: subscription.id,
    customer,
    createdAtMs: subscription.created * 1000,
    isPaid: PAID_STATES.has(subscription.status),
    isCancelling: subscription.cancel_at_period_end === true || cancelAt !== null,
    periodEndMs: toMs(cancelAt ?? periodEnd),
    updatePaymentUrl: null,
    toldAtMs: toldAtSeconds * 1000,
    toldRank: RANKS[type] ?? 0,
  };
}

/** See the module's comment. Everything but the webhook needs the secret key. */
export class StripeGate {
  #config: StripeConfig;
  #publicOrigin: string;
  #deps: Pick<Deps, "now"> & { readonly fetch: (url: string, init: RequestInit) => Promise<Response> };
  #client: Promise<StripeClient> | null = null;

  constructor(
    config: StripeConfig,
    publicOrigin: string,
    deps: Pick<Deps, "now"> & { readonly fetch: (url: string, init: RequestInit) => Promise<Response> },
  ) {
    this.#config = config;
    this.#publicOrigin = publicOrigin;
    this.#deps = deps;
  }

  async #load(key: string): Promise<StripeClient> {
    const { default: Stripe } = await import("stripe");
    const url = this.#config.STRIPE_API_URL;
    const protocol = url?.protocol === "http:" ? "http" : "https";
    return new Stripe(key, {
      httpClient: Stripe.createFetchHttpClient(this.#deps.fetch as typeof fetch),
      timeout: TIMEOUT_MS,
      maxNetworkRetries: 1,
      telemetry: false,
      ...(url === null ? {} : { host: url.hostname, port: url.port || (protocol === "http" ? 80 : 443), protocol }),
    });
  }

  #loaded(): Promise<StripeClient> {
    const key = this.#config.STRIPE_SECRET_KEY;
    if (key === "") throw new ServiceError("not_configured", "Nothing is sold here: STRIPE_SECRET_KEY is not set");
    return this.#client ??= this.#load(key);
  }

  async #call<T>(run: (client: StripeClient) => Promise<T>): Promise<T> {
    const client = await this.#loaded();
    try {
      return await run(client);
    } catch (error) {
      throw new ServiceError("upstream", "Stripe did not take the request; try again", { cause: error });
    }
  }

  #price(name: "STRIPE_PRICE_PRO" | "STRIPE_PRICE_PACK"): string {
    const price = this.#config[name];
    if (this.#config.STRIPE_SECRET_KEY === "" || price === "") {
      const missing = this.#config.STRIPE_SECRET_KEY === "" ? "STRIPE_SECRET_KEY" : name;
      throw new ServiceError("not_configured", `Nothing is sold here: ${missing} is not set`);
    }
    return price;
  }

  #returnUrls(what: string) {
    const page = `${this.#publicOrigin}/settings`;
    return { success_url: `${page}?bought=${what}`, cancel_url: page };
  }

  #payer(user: UserRecord, customer: string | null) {
    if (customer !== null) return { customer };
    return user.email === null ? {} : { customer_email: user.email };
  }

  /** Address of Stripe's page that sells Pro. @throws {ServiceError} `not_configured`, `upstream` */
  async proUrl(user: UserRecord, customer: string | null): Promise<string> {
    const price = this.#price("STRIPE_PRICE_PRO");
    const metadata = { user_id: user.id };
    const session = await this.#call((client) =>
      client.checkout.sessions.create({
        mode: "subscription",
        line_items: [{ price, quantity: 1 }],
        client_reference_id: user.id,
        metadata,
        subscription_data: { metadata },
        ...this.#payer(user, customer),
        ...this.#returnUrls("pro"),
      })
    );
    return assertUrl(session.url);
  }

  /** Address of Stripe's page that sells packs. @throws {ServiceError} `not_configured`, `upstream` */
  async packsUrl(user: UserRecord, customer: string | null, packs: number): Promise<string> {
    const price = this.#price("STRIPE_PRICE_PACK");
    const session = await this.#call((client) =>
      client.checkout.sessions.create({
        mode: "payment",
        line_items: [{ price, quantity: packs }],
        client_reference_id: user.id,
        metadata: { user_id: user.id, packs: String(packs) },
        ...this.#payer(user, customer),
        ...this.#returnUrls("packs"),
      })
    );
    return assertUrl(session.url);
  }

  /** Address of Stripe's page of a customer's cards and invoices. @throws {ServiceError} `not_configured`, `upstream` */
  async portalUrl(customer: string): Promise<string> {
    const session = await this.#call((client) =>
      client.billingPortal.sessions.create({ customer, return_url: `${this.#publicOrigin}/settings` })
    );
    return assertUrl(session.url);
  }

  /** Throws where there is no secret key. @throws {ServiceError} `not_configured` */
  assertConfigured(): void {
    if (this.#config.STRIPE_SECRET_KEY === "") void this.#loaded();
  }

  /** Ends a subscription with its period, or lets it go on. @throws {ServiceError} `not_configured`, `upstream` */
  async setCancelling(id: string, isCancelling: boolean): Promise<SubscriptionNews> {
    return this.#asNews(
      await this.#call((client) => client.subscriptions.update(id, { cancel_at_period_end: isCancelling })),
    );
  }

  /** A subscription as it stands now. @throws {ServiceError} `not_configured`, `upstream` */
  async retrieve(id: string): Promise<SubscriptionNews> {
    return this.#asNews(await this.#call((client) => client.subscriptions.retrieve(id)));
  }

  #asNews(subscription: unknown): SubscriptionNews {
    const news = newsOf(subscription as Record<string, unknown>, Math.floor(this.#deps.now() / 1000), "");
    if (news === null) throw new ServiceError("upstream", "Stripe's answer is no subscription");
    return news;
  }

  /**
   * An event out of a webhook's body, or null when its signature is wrong or old.
   *
   * @throws {ServiceError} `not_configured` without the webhook's secret
   */
  async readEvent(body: string, signature: string): Promise<StripeEvent | null> {
    const secret = this.#config.STRIPE_WEBHOOK_SECRET;
    if (secret === "") throw new ServiceError("not_configured", "STRIPE_WEBHOOK_SECRET is not set");
    const { default: Stripe } = await import("stripe");
    // The check of signatures needs a client, though none of its keys.
    const client = await (this.#config.STRIPE_SECRET_KEY === "" ? this.#load("sk_none") : this.#loaded());
    const crypto = Stripe.createSubtleCryptoProvider();
    try {
      const at = this.#deps.now();
      return await client.webhooks.constructEventAsync(
        body,
        signature,
        secret,
        SIGNATURE_TOLERANCE_SECONDS,
        crypto,
        at,
      ) as unknown as StripeEvent;
    } catch {
      return null;
    }
  }
}

function assertUrl(url: string | null): string {
  if (url === null) throw new ServiceError("upstream", "Stripe gave no address");
  return url;
}

/**
 * What users pay for: subscriptions, packs, invoices. Providers tell of changes by events that come twice, late and out
 * of order; each is taken into account once, and never undoes a later one.
 *
 * @module
 */
import type { UserId } from "./ids.ts";
import {
  billingEventKey,
  customerKey,
  invoiceKey,
  invoicesPrefix,
  subscriptionKey,
  userCustomerKey,
  userKey,
} from "./keys.ts";
import { addPacks } from "./quota.ts";
import type { InvoiceRecord, PaymentProvider, SubscriptionRecord, UserRecord } from "./records.ts";
import type { Attempt, Store } from "./store.ts";

/** Providers try again for days; an event is remembered longer. */
const EVENT_KEPT_MS = 90 * 24 * 3600 * 1000;
/** Shown of a user's invoices. */
const MAX_INVOICES = 24;

/** Rank of the event that ends a subscription. */
const LAST_RANK = 2;

/** What a provider tells of a subscription; the card comes by other events. */
export type SubscriptionNews = Omit<SubscriptionRecord, "v" | "cardBrand" | "cardLastFour">;

/**
 * What an event did. `ambiguous` = told in the same second as what is known, and different: the provider must be asked
 * how it stands.
 */
export type Outcome = "applied" | "duplicate" | "stale" | "ambiguous" | "no_user";

type Order = "newer" | "older" | "same";

function orderOf(news: SubscriptionNews, known: SubscriptionRecord | null): Order {
  if (known === null) return "newer";
  if (known.id !== news.id) {
    const isEndOfAnother = !news.isPaid && known.isPaid;
    return news.createdAtMs < known.createdAtMs || isEndOfAnother ? "older" : "newer";
  }
  const delta = news.toldAtMs - known.toldAtMs || news.toldRank - known.toldRank;
  return delta > 0 ? "newer" : delta < 0 ? "older" : "same";
}

function isSame(news: SubscriptionNews, known: SubscriptionRecord): boolean {
  return news.isPaid === known.isPaid && news.isCancelling === known.isCancelling &&
    news.periodEndMs === known.periodEndMs;
}

/** The user as a subscription leaves them. What was never paid for takes nothing away. */
function billed(user: UserRecord, news: SubscriptionNews, known: SubscriptionRecord | null, nowMs: number): UserRecord {
  if (news.isPaid) {
    const status = news.isCancelling ? "cancelling" : "active";
    const endsAtMs = news.isCancelling ? news.periodEndMs : null;
    return { ...user, plan: "pro", billing: { status, endsAtMs }, updatedAtMs: nowMs };
  }
  const isEndToldFirst = news.toldRank === LAST_RANK && user.plan === "free";
  if (!known?.isPaid && !isEndToldFirst) return user;
  return { ...user, plan: "free", billing: { status: "expired", endsAtMs: nowMs }, updatedAtMs: nowMs };
}

/** See the module's comment. */
export class Billing {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The subscription of a user, or null. */
  async subscription(user: UserId): Promise<SubscriptionRecord | null> {
    return (await this.#store.get<SubscriptionRecord>(subscriptionKey(user))).value;
  }

  /** The user of a provider's customer, or null. */
  async userOfCustomer(provider: PaymentProvider, customer: string): Promise<UserId | null> {
    return (await this.#store.get<UserId>(customerKey(provider, customer))).value;
  }

  /** What a provider calls a user, or null. */
  async customerOf(user: UserId, provider: PaymentProvider): Promise<string | null> {
    return (await this.#store.get<string>(userCustomerKey(user, provider))).value;
  }

  /** Remembers who a customer is. */
  async linkCustomer(user: UserId, provider: PaymentProvider, customer: string): Promise<void> {
    const operation = this.#store.atomic().set(customerKey(provider, customer), user)
      .set(userCustomerKey(user, provider), customer);
    await this.#store.commit(operation);
  }

  /** Whether an event was taken into account already. */
  async isSeen(provider: PaymentProvider, event: string): Promise<boolean> {
    return (await this.#store.get(billingEventKey(provider, event))).value !== null;
  }

  /** Notes that an event was taken into account. For those whose change may happen twice. */
  async markSeen(provider: PaymentProvider, event: string): Promise<void> {
    const operation = this.#store.atomic().set(billingEventKey(provider, event), this.#now(), {
      expireIn: EVENT_KEPT_MS,
    });
    await this.#store.commit(operation);
  }

  /** Runs a change once for an event. */
  #once(
    provider: PaymentProvider,
    event: string,
    attempt: (commit: Deno.AtomicOperation) => Promise<Outcome>,
  ): Promise<Outcome> {
    return this.#store.transact<Outcome>(async (): Promise<Attempt<Outcome>> => {
      const row = await this.#store.get<number>(billingEventKey(provider, event));
      if (row.value !== null) return { result: "duplicate" };
      const commit = this.#store.atomic().check(row).set(row.key, this.#now(), { expireIn: EVENT_KEPT_MS });
      const result = await attempt(commit);
      return result === "ambiguous" || result === "no_user" ? { result } : { commit, result };
    });
  }

  /**
   * Takes news of a subscription into account.
   *
   * @param event its id
   * @param isTruth the provider was asked just now: among what was told in the same second this counts
   */
  applySubscription(user: UserId, news: SubscriptionNews, event: string, isTruth: boolean): Promise<Outcome> {
    return this.#once(news.provider, event, async (commit) => {
      const [known, account] = await Promise.all([
        this.#store.get<SubscriptionRecord>(subscriptionKey(user)),
        this.#store.get<UserRecord>(userKey(user)),
      ]);
      if (account.value === null) return "no_user";
      const order = orderOf(news, known.value);
      if (order === "older") return "stale";
      if (order === "same" && !isTruth) return isSame(news, known.value!) ? "applied" : "ambiguous";
      this.#write(commit, known, account, news);
      return "applied";
    });
  }

  /** Writes what the provider answered to a call of ours; events told after the last one still count. */
  async adopt(user: UserId, news: SubscriptionNews): Promise<void> {
    await this.#store.transact<void>(async () => {
      const [known, account] = await Promise.all([
        this.#store.get<SubscriptionRecord>(subscriptionKey(user)),
        this.#store.get<UserRecord>(userKey(user)),
      ]);
      if (account.value === null || known.value?.id !== news.id) return { result: undefined };
      const { toldAtMs, toldRank } = known.value;
      const commit = this.#store.atomic();
      this.#write(commit, known, account, { ...news, toldAtMs, toldRank });
      return { commit, result: undefined };
    });
  }

  #write(
    commit: Deno.AtomicOperation,
    known: Deno.KvEntryMaybe<SubscriptionRecord>,
    account: Deno.KvEntryMaybe<UserRecord>,
    news: SubscriptionNews,
  ): void {
    const user = account.value!;
    const { cardBrand = null, cardLastFour = null } = known.value ?? {};
    const record: SubscriptionRecord = { v: 1, ...news, cardBrand, cardLastFour };
    commit.check(known, account).set(subscriptionKey(user.id), record)
      .set(userKey(user.id), billed(user, news, known.value, this.#now()))
      .set(customerKey(news.provider, news.customer), user.id)
      .set(userCustomerKey(user.id, news.provider), news.customer);
  }

  /**
   * Adds packs that were paid for to a user's credits, once for an order whatever events tell of it.
   *
   * @param order its id
   */
  addPacks(user: UserId, provider: PaymentProvider, order: string, packs: number): Promise<Outcome> {
    return this.#once(provider, `order:${order}`, async (commit) => {
      const account = await this.#store.get<UserRecord>(userKey(user));
      if (account.value === null) return "no_user";
      addPacks(commit, user, packs);
      return "applied";
    });
  }

  /** Keeps an invoice; one that is paid stays paid. */
  async putInvoice(user: UserId, invoice: InvoiceRecord): Promise<void> {
    await this.#store.transact<void>(async () => {
      const entry = await this.#store.get<InvoiceRecord>(invoiceKey(user, invoice.id));
      if (entry.value?.status === "paid") return { result: undefined };
      return { commit: this.#store.atomic().check(entry).set(entry.key, invoice), result: undefined };
    });
  }

  /** A user's latest invoices, newest first. */
  async invoices(user: UserId): Promise<InvoiceRecord[]> {
    const entries = await Array.fromAsync(this.#store.list<InvoiceRecord>({ prefix: invoicesPrefix(user) }));
    return entries.map((e) => e.value).sort((a, b) => b.createdAtMs - a.createdAtMs).slice(0, MAX_INVOICES);
  }

  /** Keeps what is shown of the card that pays. */
  async putCard(user: UserId, brand: string, lastFour: string): Promise<void> {
    await this.#store.transact<void>(async () => {
      const entry = await this.#store.get<SubscriptionRecord>(subscriptionKey(user));
      if (entry.value === null) return { result: undefined };
      const record: SubscriptionRecord = { ...entry.value, cardBrand: brand, cardLastFour: lastFour };
      return { commit: this.#store.atomic().check(entry).set(entry.key, record), result: undefined };
    });
  }
}

/**
 * Quotas: what a user may still spend this month, exactly, in any number of processes.
 *
 * To spend is one commit that checks the counter. Where a commit for each would cost too much (API requests), a process
 * leases a small block and spends from it; the nearer the limit, the smaller the block, down to one. What is leased
 * counts as used in KV, so the limit is never passed; blocks that lie idle go back with the next flush, and what this
 * process holds is taken off again wherever usage is shown.
 *
 * @module
 */
import type { UserId } from "./ids.ts";
import { creditKey, usageKey } from "./keys.ts";
import type { UploadLimits } from "./images.ts";
import { type Credit, CREDITS, limitOf, PLANS, RESOURCE_PACK } from "./plans.ts";
import { QuotaError } from "./quota_error.ts";
import type { SpendingReceipt, UserRecord } from "./records.ts";
import { addTo, type Store, StoreError, toCount } from "./store.ts";
import { Turns } from "./turns.ts";
import { monthEndMs, monthOf, type UsageBuffer } from "./usage.ts";

/** Proof that something was spent, to give it back. */
export type Receipt = SpendingReceipt;
/** What is spent one by one. */
export type Spendable = Receipt["metric"];
type Payer = Pick<UserRecord, "id" | "plan">;

/** A spending that comes true with a commit of somebody else's. */
export interface Spending {
  readonly receipt: Receipt;
  /** Adds what it takes to that commit. */
  join(operation: Deno.AtomicOperation): void;
  /** To be called when the commit has happened. */
  done(): void;
  /** To be called when it has not. */
  cancel(): Promise<void>;
}

/** Units taken from KV and not spent yet. */
interface Lease {
  readonly user: UserId;
  readonly metric: Spendable;
  readonly month: string;
  plan: number;
  credit: number;
  isTouched: boolean;
}

/** Largest blocks. A transformation costs far more than its commit, so each is spent by itself. */
const MAX_BLOCK: Readonly<Record<Spendable, number>> = { transformations: 1, api_requests: 32, previews: 16 };
/** A block is at most this part of what is left. */
const BLOCK_SHARE = 1 / 16;

/** Adds what packs hold to a user's credits, as part of a commit of yours. */
export function addPacks(operation: Deno.AtomicOperation, user: UserId, packs: number): void {
  for (const credit of CREDITS) addTo(operation, creditKey(user, credit), packs * RESOURCE_PACK.credits[credit]);
}

/** Takes a spending back as part of a commit of yours; {@linkcode Quota.noteReturn} when it has happened. */
export function addReturn(operation: Deno.AtomicOperation, { user, metric, month, from }: Receipt): void {
  if (from === "nothing") return;
  addTo(operation, usageKey(user, month, metric), -1);
  const credit = creditOf(metric);
  if (from === "credit" && credit !== null) addTo(operation, creditKey(user, credit), 1);
}

/** Which credit pays for a metric once its limit is reached; the dashboard's budget has none. */
const creditOf = (metric: Spendable): Credit | null => (metric === "previews" ? null : metric);

/** A unit of a block, the plan's before the credits'; null when it is spent. */
function takeFrom(lease: Lease): "plan" | "credit" | null {
  lease.isTouched = true;
  for (const from of ["plan", "credit"] as const) {
    if (lease[from] === 0) continue;
    lease[from]--;
    return from;
  }
  return null;
}

/** Where a unit comes from, as it was read. */
interface Source {
  readonly from: "plan" | "credit";
  readonly used: Deno.KvEntryMaybe<Deno.KvU64>;
  readonly balance: Deno.KvEntryMaybe<Deno.KvU64> | null;
  /** Units that are left there. */
  readonly rest: number;
}

/** Takes units as part of a commit, if nobody else has taken some since. */
function draw(operation: Deno.AtomicOperation, { used, balance }: Source, units: number): void {
  if (balance === null) operation.check(used);
  else addTo(operation.check(balance), balance.key, -units);
  addTo(operation, used.key, units);
}

/** See the module's comment. */
export class Quota {
  #store: Store;
  #usage: UsageBuffer;
  #now: () => number;
  #isOn: boolean;
  #leases = new Map<string, Lease>();
  #turns = new Turns<string>();

  /** @param isOn false where nothing is sold: everything is counted, nothing refused */
  constructor(store: Store, usage: UsageBuffer, now: () => number, isOn: boolean) {
    this.#store = store;
    this.#usage = usage;
    this.#now = now;
    this.#isOn = isOn;
  }

  /** The credits of a user; only Pro draws on them. */
  async credits(user: Pick<UserRecord, "id">): Promise<Record<Credit, number>> {
    const entries = await this.#store.getMany<Deno.KvU64>(CREDITS.map((credit) => creditKey(user.id, credit)));
    const stored = Object.fromEntries(CREDITS.map((credit, at) => [credit, toCount(entries[at]!)]));
    for (const { user: owner, metric, credit } of this.#leases.values()) {
      const from = creditOf(metric);
      if (owner === user.id && from !== null) stored[from]! += credit;
    }
    return stored as Record<Credit, number>;
  }

  /** What uploads of a user may come up to. Credits of storage raise the limit instead of being drawn. */
  async uploadLimits(user: Payer): Promise<UploadLimits> {
    const uploads = limitOf(user, "uploads", this.#isOn);
    const bytes = limitOf(user, "storage_bytes", this.#isOn);
    if (bytes === null || user.plan === "free") return { uploads, bytes };
    return { uploads, bytes: bytes + (await this.credits(user)).storage_bytes };
  }

  /**
   * Spends one.
   *
   * @throws {QuotaError} when the limit is reached and no credit is left
   */
  async spend(user: Payer, metric: Spendable): Promise<Receipt> {
    const month = monthOf(this.#now());
    const limit = limitOf(user, metric, this.#isOn);
    if (limit === null) {
      this.#usage.count(user.id, metric);
      return { user: user.id, metric, month, from: "nothing" };
    }
    const key = `${user.id} ${metric}`;
    const from = this.#take(key, month) ?? await this.#turns.run(key, async () => {
      const held = this.#take(key, month);
      if (held !== null) return held;
      const lease = await this.#lease(user, metric, month, limit);
      // This one's unit first: others take from the block as soon as it is there.
      const own = takeFrom(lease)!;
      await this.#replace(key, lease);
      return own;
    });
    this.#usage.countDay(user.id, metric, 1);
    return { user: user.id, metric, month, from };
  }

  /** One unit of this process's own block. */
  #take(key: string, month: string): "plan" | "credit" | null {
    const lease = this.#leases.get(key);
    return lease?.month === month ? takeFrom(lease) : null;
  }

  /** Something may have been given back to the old block meanwhile. */
  async #replace(key: string, lease: Lease): Promise<void> {
    const old = this.#leases.get(key);
    this.#leases.set(key, lease);
    if (old?.month === lease.month) {
      lease.plan += old.plan;
      lease.credit += old.credit;
      old.plan = old.credit = 0;
    } else if (old !== undefined) await this.#return(old);
  }

  async #lease(user: Payer, metric: Spendable, month: string, limit: number): Promise<Lease> {
    return await this.#store.transact<Lease>(async () => {
      const source = await this.#source(user, metric, month, limit);
      const block = Math.min(MAX_BLOCK[metric], Math.max(1, Math.floor(source.rest * BLOCK_SHARE)));
      const operation = this.#store.atomic();
      draw(operation, source, block);
      const lease = { user: user.id, metric, month, plan: 0, credit: 0, isTouched: true, [source.from]: block };
      return { commit: operation, result: lease };
    });
  }

  /** Where the next unit comes from. @throws {QuotaError} when there is none */
  async #source(user: Payer, metric: Spendable, month: string, limit: number): Promise<Source> {
    const credit = user.plan === "pro" ? creditOf(metric) : null;
    const used = await this.#store.get<Deno.KvU64>(usageKey(user.id, month, metric));
    const room = limit - toCount(used);
    if (room > 0) return { from: "plan", used, balance: null, rest: room };
    const balance = credit === null ? null : await this.#store.get<Deno.KvU64>(creditKey(user.id, credit));
    if (balance !== null && toCount(balance) > 0) return { from: "credit", used, balance, rest: toCount(balance) };
    throw new QuotaError(metric, toCount(used), limit, monthEndMs(this.#now()));
  }

  /**
   * Offers to spend one in a commit of the caller's, so that what is bought and the price of it are one.
   *
   * @throws {QuotaError} as {@linkcode Quota.spend}
   */
  async offer(user: Payer, metric: Spendable): Promise<Spending> {
    const limit = limitOf(user, metric, this.#isOn);
    if (limit === null || MAX_BLOCK[metric] > 1) {
      // Counted by the way, or from a block that is this process's own.
      const receipt = await this.spend(user, metric);
      return { receipt, join: () => {}, done: () => {}, cancel: () => this.giveBack(receipt) };
    }
    const month = monthOf(this.#now());
    const held = this.#take(`${user.id} ${metric}`, month);
    const source = held === null ? await this.#source(user, metric, month, limit) : null;
    const receipt: Receipt = { user: user.id, metric, month, from: held ?? source!.from };
    return {
      receipt,
      join: (operation) => source === null ? undefined : draw(operation, source, 1),
      done: () => this.#usage.countDay(user.id, metric, 1),
      cancel: async () => {
        if (held === null) return;
        this.#usage.countDay(user.id, metric, 1);
        await this.giveBack(receipt);
      },
    };
  }

  /** Counts a spending that {@linkcode addReturn} took back. */
  noteReturn({ user, metric, from }: Receipt): void {
    if (from === "nothing") this.#usage.count(user, metric, -1);
    else this.#usage.countDay(user, metric, -1);
  }

  /** Takes a spending back, for what failed or needed nothing. */
  async giveBack(receipt: Receipt): Promise<void> {
    const { user, metric, month, from } = receipt;
    if (from === "nothing") return this.#usage.count(user, metric, -1);
    this.#usage.countDay(user, metric, -1);
    const lease = this.#leases.get(`${user} ${metric}`);
    if (lease?.month === month) lease[from]++;
    else await this.#return({ user, metric, month, plan: 0, credit: 0, isTouched: true, [from]: 1 });
  }

  /** Puts the rest of a block back into KV. */
  async #return(lease: Lease): Promise<void> {
    const { plan, credit } = lease;
    if (plan + credit === 0) return;
    lease.plan = lease.credit = 0;
    const operation = this.#store.atomic();
    addTo(operation, usageKey(lease.user, lease.month, lease.metric), -(plan + credit));
    const from = creditOf(lease.metric);
    if (credit > 0 && from !== null) addTo(operation, creditKey(lease.user, from), credit);
    try {
      await this.#store.commit(operation);
    } catch (error) {
      // After a time-out it may have happened all the same: better lost than given out twice.
      if (error instanceof StoreError && error.code === "busy") {
        lease.plan += plan;
        lease.credit += credit;
      }
      throw error;
    }
  }

  /** Puts back what nobody has asked for since the last call, or everything. */
  async returnIdle(everything = false): Promise<void> {
    for (const [key, lease] of [...this.#leases]) {
      if (lease.isTouched && !everything) {
        lease.isTouched = false;
        continue;
      }
      await this.#turns.run(key, async () => {
        await this.#return(lease);
        if (this.#leases.get(key) === lease && lease.plan + lease.credit === 0) this.#leases.delete(key);
      });
    }
  }

  /** What counts as used in KV but is only held here. */
  held(user: UserId, month: string, metric: Spendable): number {
    const lease = this.#leases.get(`${user} ${metric}`);
    return lease?.month === month ? lease.plan + lease.credit : 0;
  }

  /** Requests a minute; null = any number. */
  requestsPerMinute(user: Payer): number | null {
    return this.#isOn ? PLANS[user.plan].requestsPerMinute : null;
  }
}

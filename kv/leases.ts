/**
 * Work that only one of all instances is to do at a time.
 *
 * A lease is a row that its holder writes anew while the work goes on. Whoever waits for it takes it over once the row
 * has not changed for {@linkcode LEASE_MS} on the waiter's own clock: the holder is gone. A holder that was only slow
 * then works beside the new one, so the work must be such that doing it twice does no harm.
 *
 * @module
 */
import { leaseKey } from "./keys.ts";
import type { Store } from "./store.ts";

/** A row that does not change for this long has lost its holder. */
export const LEASE_MS = 4_000;
/** How often a holder writes its row anew. */
export const RENEW_MS = 1_000;

/** What is stored of a lease. */
interface LeaseRow {
  readonly v: 1;
  readonly holder: string;
  readonly renewals: number;
}

/** A lease that is held. */
export interface Lease {
  /** Says that the work goes on; false when somebody else has the lease by now. */
  renew(): Promise<boolean>;
  /** Lets the next one have it. */
  release(): Promise<void>;
}

/** A waiter's view of one lease. */
export interface LeaseSeeker {
  /** Takes the lease, or answers null while somebody else has it. */
  tryTake(): Promise<Lease | null>;
}

/** See the module's comment. */
export class Leases {
  #store: Store;
  #holder: string;
  #now: () => number;

  /** @param holder id of this instance */
  constructor(store: Store, holder: string, now: () => number) {
    this.#store = store;
    this.#holder = holder;
    this.#now = now;
  }

  /** Begins to ask for a lease. What it has seen of another holder tells it later whether that one lives. */
  seek(name: string): LeaseSeeker {
    const key = leaseKey(name);
    let seen: { versionstamp: string; atMs: number } | null = null;
    return {
      tryTake: async () => {
        const entry = await this.#store.get<LeaseRow>(key);
        if (entry.versionstamp !== null) {
          if (seen?.versionstamp !== entry.versionstamp) {
            seen = { versionstamp: entry.versionstamp, atMs: this.#now() };
          }
          if (this.#now() - seen.atMs < LEASE_MS) return null;
        }
        const isTaken = await this.#store.commit(this.#store.atomic().check(entry).set(key, this.#row(0)));
        return isTaken ? this.#lease(key) : null;
      },
    };
  }

  #row(renewals: number): LeaseRow {
    return { v: 1, holder: this.#holder, renewals };
  }

  #lease(key: Deno.KvKey): Lease {
    let renewals = 0;
    const own = async () => {
      const entry = await this.#store.get<LeaseRow>(key);
      return entry.value?.holder === this.#holder ? entry : null;
    };
    return {
      renew: async () => {
        const entry = await own();
        return entry !== null &&
          await this.#store.commit(this.#store.atomic().check(entry).set(key, this.#row(++renewals)));
      },
      release: async () => {
        const entry = await own();
        if (entry !== null) await this.#store.commit(this.#store.atomic().check(entry).delete(key));
      },
    };
  }
}

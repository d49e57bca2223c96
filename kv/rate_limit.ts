/**
 * Rates by the minute of the clock, for users and addresses.
 *
 * A process takes a small block of the minute's requests from KV and spends from it: correct at once in one process, and
 * within a few hundredths over several, whose unspent blocks are lost to the others until the minute ends. What is over
 * the limit costs no KV call.
 *
 * @module
 */
import { rateKey } from "./keys.ts";
import { Lru } from "./lru.ts";
import type { Store } from "./store.ts";
import { Turns } from "./turns.ts";

/** Where somebody stands in the current minute. */
export interface RateState {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** When the next minute begins. */
  readonly resetAtMs: number;
}

interface Minute {
  readonly minute: number;
  /** Taken from KV and not spent. */
  held: number;
  /** Taken by all processes, as last seen. */
  taken: number;
}

const MINUTE_MS = 60_000;
/** Two of a hundred: two processes then miss at most 2 % of a limit, three 4 %. */
const BLOCK_SHARE = 0.02;
const TRACKED = 50_000;

/** See the module's comment. */
export class RateLimits {
  #store: Store;
  #now: () => number;
  #minutes = new Lru<string, Minute>(TRACKED);
  #turns = new Turns<string>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  #current(who: string): Minute {
    const minute = Math.floor(this.#now() / MINUTE_MS);
    const known = this.#minutes.get(who);
    if (known?.minute === minute) return known;
    const fresh = { minute, held: 0, taken: 0 };
    this.#minutes.set(who, fresh);
    return fresh;
  }

  #state(at: Minute, limit: number, isAllowed: boolean): RateState {
    const remaining = Math.max(0, limit - at.taken + at.held);
    return { isAllowed, limit, remaining, resetAtMs: (at.minute + 1) * MINUTE_MS };
  }

  /** Where somebody stands, without a request. */
  peek(who: string, limit: number): RateState {
    const at = this.#current(who);
    return this.#state(at, limit, at.held > 0 || at.taken < limit);
  }

  /** Counts a request of somebody, or refuses it. */
  async take(who: string, limit: number): Promise<RateState> {
    const at = this.#current(who);
    const isAllowed = this.#spend(at) || (at.taken < limit && await this.#turns.run(who, async () => {
      // Others may spend a block while it is on its way to this one.
      while (!this.#spend(at)) {
        if (at.taken >= limit) return false;
        await this.#lease(who, at, limit);
      }
      return true;
    }));
    return this.#state(at, limit, isAllowed);
  }

  #spend(at: Minute): boolean {
    if (at.held === 0) return false;
    at.held--;
    return true;
  }

  async #lease(who: string, at: Minute, limit: number): Promise<void> {
    const { taken, block } = await this.#store.transact(async () => {
      const entry = await this.#store.get<number>(rateKey(who, at.minute));
      const taken = entry.value ?? 0;
      const block = Math.max(0, Math.min(limit - taken, Math.max(1, Math.floor(limit * BLOCK_SHARE))));
      const result = { taken, block };
      if (block === 0) return { result };
      const commit = this.#store.atomic().check(entry).set(entry.key, taken + block, { expireIn: 2 * MINUTE_MS });
      return { commit, result };
    });
    at.taken = taken + block;
    at.held += block;
  }
}

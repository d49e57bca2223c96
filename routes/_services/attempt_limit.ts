/**
 * Bounds tries of passwords: each costs 128 MiB and up to half a second.
 *
 * @module
 */
import { Lru } from "../../kv/lru.ts";

const WINDOW_MS = 60_000;
const TRACKED = 10_000;

interface Window {
  startedAtMs: number;
  count: number;
}

/** Most tries a minute. */
export interface AttemptBounds {
  readonly perName: number;
  readonly perAddress: number;
  /** What the machine can hash beside its other work. */
  readonly inAll: number;
}

/** Of passwords. */
export const PASSWORD_BOUNDS: AttemptBounds = { perName: 10, perAddress: 30, inAll: 240 };
/** Of sign-ups, where nothing but the address tells people apart. */
export const SIGN_UP_BOUNDS: AttemptBounds = { perName: 120, perAddress: 20, inAll: 120 };

/** See the module's comment. A name that is tried too often, or an address, leaves the others theirs. */
export class AttemptLimit {
  #now: () => number;
  #bounds: AttemptBounds;
  #windows = new Lru<string, Window>(TRACKED);

  constructor(now: () => number, bounds: AttemptBounds) {
    this.#now = now;
    this.#bounds = bounds;
  }

  /** Counts a try; false when there were too many. */
  take(name: string, address: string): boolean {
    const { perName, perAddress, inAll } = this.#bounds;
    return this.#use(`name ${name.toLowerCase()}`, perName) && this.#use(`address ${address}`, perAddress) &&
      this.#use("all", inAll);
  }

  #use(key: string, max: number): boolean {
    const window = this.#windows.get(key) ?? { startedAtMs: this.#now(), count: 0 };
    if (this.#now() - window.startedAtMs >= WINDOW_MS) Object.assign(window, { startedAtMs: this.#now(), count: 0 });
    this.#windows.set(key, window);
    return ++window.count <= max;
  }
}

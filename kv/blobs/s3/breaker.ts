/**
 * A circuit breaker: after some failures in a row, calls fail at once for a while instead of each waiting for its own
 * time-out; then a single call tries whether the other side is back.
 *
 * @module
 */

/** How a breaker decides. */
export interface BreakerBounds {
  /** Failures in a row that open it. */
  readonly failuresToOpen: number;
  /** How long it stays open before one call may try. */
  readonly openMs: number;
}

/** What the breaker thinks of the other side. */
export type BreakerState = "closed" | "open" | "half_open";

/** See the module's comment. */
export class Breaker {
  #bounds: BreakerBounds;
  #now: () => number;
  #onChange: (state: "closed" | "open") => void;
  #failures = 0;
  #openedAtMs: number | null = null;
  #isProbing = false;

  /**
   * @param now milliseconds; a clock that never leaps back is best
   * @param onChange told when it opens and when it closes again
   */
  constructor(bounds: BreakerBounds, now: () => number, onChange: (state: "closed" | "open") => void = () => {}) {
    this.#bounds = bounds;
    this.#now = now;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    if (this.#openedAtMs === null) return "closed";
    return this.#now() - this.#openedAtMs >= this.#bounds.openMs ? "half_open" : "open";
  }

  /**
   * Asks whether a call may go out. Whoever got true tells how it ended, by {@linkcode succeed} or {@linkcode fail};
   * while it is half open, only one gets true.
   */
  admit(): boolean {
    const { state } = this;
    if (state === "closed") return true;
    if (state === "open" || this.#isProbing) return false;
    this.#isProbing = true;
    return true;
  }

  /** The other side answered. */
  succeed(): void {
    this.#failures = 0;
    this.#isProbing = false;
    if (this.#openedAtMs === null) return;
    this.#openedAtMs = null;
    this.#onChange("closed");
  }

  /** It did not, or said that it can't. */
  fail(): void {
    this.#failures++;
    const wasClosed = this.#openedAtMs === null;
    if (!this.#isProbing && (!wasClosed || this.#failures < this.#bounds.failuresToOpen)) return;
    this.#isProbing = false;
    this.#openedAtMs = this.#now();
    if (wasClosed) this.#onChange("open");
  }
}

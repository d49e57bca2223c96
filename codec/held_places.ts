/**
 * Places in the pool that are promised to jobs which are still on their way: what comes before a job (a read of the
 * original, a commit that pays) costs more than the refusal of it, so it is refused before that, and seldom after it.
 *
 * @module
 */
import { cancelledError } from "./errors.ts";

/** A promised place. */
export interface Place {
  /** Gives it up, or says that the job is there; a second time changes nothing. */
  leave(): void;
}

/** What becomes of somebody who asks for a place. */
export type Verdict = "granted" | "refused" | "waits";

interface Asking {
  readonly party: string;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: unknown) => void;
}

/** See the module's comment. */
export class HeldPlaces {
  #byParty = new Map<string, number>();
  #total = 0;
  #asking: Asking[] = [];
  #judge: (party: string) => Verdict;
  #refusal: () => Error;

  /**
   * @param judge says what becomes of a party's next job, by what is promised and what is there now; it may wait only
   * while something is promised
   * @param refusal what refused ones are told
   */
  constructor(judge: (party: string) => Verdict, refusal: () => Error) {
    this.#judge = judge;
    this.#refusal = refusal;
  }

  /** How many are promised. */
  get total(): number {
    return this.#total;
  }

  /** How many are promised to each party; none with zero. */
  get byParty(): ReadonlyMap<string, number> {
    return this.#byParty;
  }

  /**
   * Promises one, at once or when it is known whether there is one.
   *
   * @param signal ends the waiting
   * @throws {CodecError} `cancelled`, and the refusal
   */
  async hold(party: string, signal?: AbortSignal): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    const leave = () => {
      this.#asking = this.#asking.filter((other) => other !== asking);
      reject(cancelledError());
    };
    const asking = { party, resolve, reject };
    if (signal?.aborted) leave();
    else if (!this.#answer(asking)) this.#asking.push(asking);
    signal?.addEventListener("abort", leave);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** Looks again who may have one: a place was left, or a job has come or gone. */
  settle(): void {
    if (this.#asking.length > 0) this.#asking = this.#asking.filter((asking) => !this.#answer(asking));
  }

  /** @returns whether it is decided */
  #answer({ party, resolve, reject }: Asking): boolean {
    const verdict = this.#judge(party);
    if (verdict === "granted") resolve(this.#promise(party));
    else if (verdict === "refused") reject(this.#refusal());
    return verdict !== "waits";
  }

  #promise(party: string): Place {
    this.#add(party, 1);
    let isHeld = true;
    return {
      leave: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(party, -1);
        this.settle();
      },
    };
  }

  #add(party: string, delta: number): void {
    this.#total += delta;
    const count = (this.#byParty.get(party) ?? 0) + delta;
    if (count === 0) this.#byParty.delete(party);
    else this.#byParty.set(party, count);
  }
}

/**
 * Jobs that wait, taken in turn by party: however many one party has waiting, the next of any other comes before its
 * second.
 *
 * @module
 */

/** Whose job waits. */
export interface Waiter {
  readonly party: string;
}

/** See the module's comment. */
export class FairQueue<T extends Waiter> {
  /** Each with at least one; the party that was served last stands last. */
  #parties = new Map<string, T[]>();
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Lets one wait, behind those of its party. */
  push(waiter: T): void {
    const line = this.#parties.get(waiter.party);
    if (line === undefined) this.#parties.set(waiter.party, [waiter]);
    else line.push(waiter);
    this.#size++;
  }

  /** Takes one out of the line; false when it does not wait. */
  remove(waiter: T): boolean {
    const line = this.#parties.get(waiter.party);
    const at = line?.indexOf(waiter) ?? -1;
    if (at === -1) return false;
    line!.splice(at, 1);
    if (line!.length === 0) this.#parties.delete(waiter.party);
    this.#size--;
    return true;
  }

  /** Who is next: of the party with the fewest at work, among equals of the one that was served longest ago. */
  next(atWork: (party: string) => number): T | null {
    let [best, least]: [T | null, number] = [null, Infinity];
    for (const [party, line] of this.#parties) {
      const count = atWork(party);
      if (count < least) [best, least] = [line[0]!, count];
    }
    return best;
  }

  /** Takes one that {@linkcode next} gave; its party goes to the end. */
  take(waiter: T): void {
    this.remove(waiter);
    const line = this.#parties.get(waiter.party);
    if (line === undefined) return;
    this.#parties.delete(waiter.party);
    this.#parties.set(waiter.party, line);
  }

  /** The one to refuse when too many wait: the latest of the party that has most waiting, or null. */
  latestOfLongest(): T | null {
    const lines = [...this.#parties.values()];
    const longest = lines.reduce((a: T[], b) => b.length >= a.length ? b : a, []);
    return longest.at(-1) ?? null;
  }

  /**
   * Whether one more would make a party's line longer than all others.
   *
   * @param coming how many more of each party are sure to come
   */
  wouldBeLongest(party: string, coming: ReadonlyMap<string, number>): boolean {
    const lengthOf = (of: string) => (this.#parties.get(of)?.length ?? 0) + (coming.get(of) ?? 0);
    const length = lengthOf(party) + 1;
    return [...this.#parties.keys(), ...coming.keys()].every((other) => other === party || lengthOf(other) < length);
  }

  /** Empties the queue. */
  drain(): T[] {
    const all = [...this.#parties.values()].flat();
    this.#parties.clear();
    this.#size = 0;
    return all;
  }
}

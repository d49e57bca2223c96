/**
 * A map bounded by weight that forgets what was used longest ago.
 *
 * @module
 */

/** See the module's comment. Weights are in any unit, e.g. bytes; an item heavier than the bound is not kept. */
export class Lru<K, V> {
  #items = new Map<K, { readonly value: V; readonly weight: number }>();
  #weight = 0;
  #maxWeight: number;

  /** @param maxWeight sum of weights to hold at most */
  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** Weight held now. */
  get weight(): number {
    return this.#weight;
  }

  /** The value, now the one used last. */
  get(key: K): V | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, item);
    return item.value;
  }

  /** Keeps a value; the ones used longest ago go until the bound holds. */
  set(key: K, value: V, weight = 1): void {
    this.delete(key);
    if (weight > this.#maxWeight) return;
    this.#items.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#items.keys()) {
      if (this.#weight <= this.#maxWeight) return;
      this.delete(oldest);
    }
  }

  /** Forgets one key. */
  delete(key: K): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#weight -= item.weight;
  }

  /** Forgets every key that `test` picks. */
  deleteWhere(test: (key: K) => boolean): void {
    for (const key of [...this.#items.keys()]) {
      if (test(key)) this.delete(key);
    }
  }
}

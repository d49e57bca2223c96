/**
 * Chance that is the same in every run, for property tests.
 *
 * @module
 */

/** A generator of whole numbers and picks. */
export interface SeededRandom {
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** Bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to shuffle tests. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    integer,
    pick: (items) => items[integer(0, items.length - 1)]!,
    bytes: (length) => Uint8Array.from({ length }, () => integer(0, 255)),
  };
}

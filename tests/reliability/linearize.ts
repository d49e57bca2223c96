/**
 * A checker of histories: is there an order of the operations on one path, each at a moment between its call and its
 * answer, in which every read shows what was written last?
 *
 * The search is that of Wing and Gong (1993) with the memory of Lowe (2017): depth first over sets of operations that
 * have happened, never twice from the same set and state.
 *
 * @module
 */

/** What an operation does to a path. `value` null = nothing there. */
export interface Operation {
  readonly kind: "write" | "read";
  readonly value: string | null;
  /** By one clock for all clients, in ms. */
  readonly calledAt: number;
  /** Infinity where no answer came: it may have happened at any time since, or never. */
  readonly answeredAt: number;
}

/** Whether a history of one path is linearizable. At most 60 operations. */
export function isLinearizable(operations: readonly Operation[], start: string | null = null): boolean {
  const ops = operations.toSorted((a, b) => a.calledAt - b.calledAt);
  // Without an answer a read tells nothing, and a write may never have happened.
  const needed = ops.map((op) => op.answeredAt < Infinity);
  const all = ops.flatMap((op, n) => (op.kind === "read" && !needed[n] ? [] : [n]));
  const seen = new Set<string>();
  const go = (done: bigint, state: string | null): boolean => {
    const left = all.filter((n) => (done & (1n << BigInt(n))) === 0n);
    if (left.every((n) => !needed[n])) return true;
    const key = `${done}:${state}`;
    if (seen.has(key)) return false;
    seen.add(key);
    // Nothing may happen before an operation that was answered before it was called.
    const firstAnswer = Math.min(...left.map((n) => ops[n]!.answeredAt));
    for (const n of left) {
      const op = ops[n]!;
      if (op.calledAt > firstAnswer) break;
      if (op.kind === "read" && op.value !== state) continue;
      if (go(done | (1n << BigInt(n)), op.kind === "write" ? op.value : state)) return true;
    }
    return false;
  };
  return go(0n, start);
}

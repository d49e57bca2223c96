/**
 * A checker of histories: is there an order of the operations on one path, each at a moment between its call and its
 * answer, in which every read shows what was written last?
 *
 * The search is that of Wing and Gong (1993) with the memory of Lowe (2017): depth first over sets of operations that
 * have happened, never twice from the same set and state.
 *
 * @module
 */

/** What an operation does to a path, or shows of it. */
export interface Operation {
  /** `hide` and `show` change the visibility of the one picture `value`, wherever it is. */
  readonly kind: "write" | "read" | "hide" | "show";
  /** What is there now; null = nothing. A read shows nothing of what is hidden. */
  readonly value: string | null;
  /** Of `hide` and `show`: whether the picture was there. */
  readonly isFound?: boolean;
  /** By one clock for all clients, in ms. */
  readonly calledAt: number;
  /** Infinity where no answer came: it may have happened at any time since, or never. */
  readonly answeredAt: number;
}

/** Of a path: the picture, after a mark where it is hidden; null = nothing. */
type State = string | null;
const HIDDEN = "hidden ";

/** What an operation leaves behind it; undefined = it can't happen then. */
function after({ kind, value, isFound }: Operation, state: State): State | undefined {
  if (kind === "write") return value;
  const isThere = state !== null && state.replace(HIDDEN, "") === value;
  if (kind === "read") return (state?.startsWith(HIDDEN) ? null : state) === value ? state : undefined;
  if (isThere !== isFound) return undefined;
  return isThere ? (kind === "hide" ? HIDDEN : "") + value : state;
}

/** Whether a history of one path is linearizable. At most 60 operations. */
export function isLinearizable(operations: readonly Operation[], start: State = null): boolean {
  const ops = operations.toSorted((a, b) => a.calledAt - b.calledAt);
  // Without an answer a read tells nothing, and a change may never have happened.
  const needed = ops.map((op) => op.answeredAt < Infinity);
  const all = ops.flatMap((op, n) => (op.kind === "read" && !needed[n] ? [] : [n]));
  const seen = new Set<string>();
  const go = (done: bigint, state: State): boolean => {
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
      const next = after(op, state);
      if (next !== undefined && go(done | (1n << BigInt(n)), next)) return true;
    }
    return false;
  };
  return go(0n, start);
}

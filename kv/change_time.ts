/**
 * When something changed, such that whole seconds tell its states apart: HTTP dates hold no more (`Last-Modified`).
 *
 * Nobody can have been told a later second than the one that it is now. So a second change within one second is dated
 * to the next one, and a first change is left as it is.
 *
 * @module
 */

const SECOND_MS = 1_000;

/** The first whole second after a time: later than anything that anybody was told until now. */
export function nextSecond(nowMs: number): number {
  return Math.floor(nowMs / SECOND_MS) * SECOND_MS + SECOND_MS;
}

/**
 * The time to write beside a change.
 *
 * @param beforeMs when the same thing changed before; null = never
 * @returns later than `beforeMs`, and in another second than it
 */
export function changeTime(nowMs: number, beforeMs: number | null): number {
  const next = nextSecond(nowMs);
  if (beforeMs === null || beforeMs < next - SECOND_MS) return nowMs;
  // The clock went back: whoever was told of the state before was told its second.
  if (beforeMs >= next + SECOND_MS) return nextSecond(beforeMs);
  return Math.max(next, beforeMs + 1);
}

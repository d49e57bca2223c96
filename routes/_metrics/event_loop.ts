/**
 * How late the event loop comes to what is due.
 *
 * @module
 */

/** Ten times a second: what blocks the loop for longer is always seen. */
const SAMPLE_EVERY_MS = 100;

/** Tells how late each tick of a timer was, in seconds. @returns stops it */
export function watchEventLoop(tell: (seconds: number) => void): () => void {
  let dueAt = performance.now() + SAMPLE_EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    tell(Math.max(0, now - dueAt) / 1_000);
    dueAt = now + SAMPLE_EVERY_MS;
  }, SAMPLE_EVERY_MS);
  return () => clearInterval(timer);
}

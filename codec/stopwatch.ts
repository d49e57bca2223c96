/**
 * A time-out that can stand still.
 *
 * @module
 */

/** Calls back when it has run for so long in all. It runs from the start. */
export class Stopwatch {
  #leftMs: number;
  #onEnd: () => void;
  #startedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ms of running until `onEnd` is called, once */
  constructor(ms: number, onEnd: () => void) {
    this.#leftMs = ms;
    this.#onEnd = onEnd;
    this.start();
  }

  /** Runs on. */
  start(): void {
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#onEnd, Math.max(0, this.#leftMs));
  }

  /** Stands still. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#startedAt;
  }
}

/**
 * Work that goes on after its answer.
 *
 * @module
 */
import type { Log } from "./deps.ts";

/** Work that goes on after its answer, so that shutdown can wait for it. */
export class Background {
  #running = new Set<Promise<unknown>>();
  #names = new Set<string>();
  #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Lets work go on; its failure is a line of the log. */
  add(name: string, work: Promise<unknown>): void {
    const done = work.catch((error) => this.#log.error("background_failed", { name, message: String(error) }))
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** Adds work that runs at most once at a time: dropped while the last of that name goes on. */
  once(name: string, work: () => Promise<unknown>): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.add(name, work().finally(() => this.#names.delete(name)));
  }

  /** Resolves when all of it has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}

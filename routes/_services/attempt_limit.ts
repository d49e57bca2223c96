/**
 * Bounds tries of passwords: each costs 128 MiB and up to half a second.
 *
 * @module
 */
import { Lru } from "../../kv/lru.ts";

const WINDOW_MS = 60_000;
const MAX_PER_NAME = 10;
const MAX_IN_ALL = 60;
const TRACKED_NAMES = 1_000;

interface Window {
  startedAtMs: number;
  count: number;
}

/** Ten tries a minute for a name, sixty for all names together. */
export class AttemptLimit {
  #now: () => number;
  #maxPerName: number;
  #byName = new Lru<string, Window>(TRACKED_NAMES);
  #all: Window = { startedAtMs: 0, count: 0 };

  /** @param maxPerName tries a minute for one name */
  constructor(now: () => number, maxPerName = MAX_PER_NAME) {
    this.#now = now;
    this.#maxPerName = maxPerName;
  }

  /** Counts a try; false when there were too many. */
  take(name: string): boolean {
    const key = name.toLowerCase();
    const window = this.#byName.get(key) ?? { startedAtMs: this.#now(), count: 0 };
    this.#byName.set(key, window);
    return this.#use(window, this.#maxPerName) && this.#use(this.#all, MAX_IN_ALL);
  }

  #use(window: Window, max: number): boolean {
    if (this.#now() - window.startedAtMs >= WINDOW_MS) Object.assign(window, { startedAtMs: this.#now(), count: 0 });
    return ++window.count <= max;
  }
}

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
export function createAttemptLimit(now: () => number): { take(name: string): boolean } {
  const byName = new Lru<string, Window>(TRACKED_NAMES);
  const all: Window = { startedAtMs: 0, count: 0 };
  const use = (window: Window, max: number) => {
    if (now() - window.startedAtMs >= WINDOW_MS) Object.assign(window, { startedAtMs: now(), count: 0 });
    return ++window.count <= max;
  };
  return {
    take(name) {
      const window = byName.get(name) ?? { startedAtMs: now(), count: 0 };
      byName.set(name, window);
      return use(window, MAX_PER_NAME) && use(all, MAX_IN_ALL);
    },
  };
}

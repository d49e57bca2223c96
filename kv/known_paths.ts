/**
 * What delivery found out about paths, so that a hit costs no KV read (three reads are three quarters of its CPU time).
 *
 * A change by this process is seen at once. A change by another one is seen after a second at the latest: that bounds
 * how long a picture deleted or made private there is still served here.
 *
 * @module
 */
import type { ImagePath, UserId } from "./ids.ts";
import { Lru } from "./lru.ts";
import type { ImageRecord } from "./records.ts";

/** An image, and since when a path leads to it. */
export interface LocatedImage {
  readonly record: ImageRecord;
  /** In ms; by kv/change_time.ts. */
  readonly changedAtMs: number;
}

const MAX_AGE_MS = 1_000;
const MAX_USERS = 1_000;
const MAX_PATHS_A_USER = 10_000;

interface Known {
  readonly located: Map<ImagePath, { readonly located: LocatedImage; readonly atMs: number }>;
  /** Look-ups under way: ten thousand that ask at once for one picture read KV once. */
  readonly finding: Map<ImagePath, Promise<LocatedImage | null>>;
}

/** See the module's comment. */
export class KnownPaths {
  #users = new Lru<UserId, Known>(MAX_USERS);
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  #of(user: UserId): Known {
    const known = this.#users.get(user);
    if (known !== undefined && known.located.size < MAX_PATHS_A_USER) return known;
    const empty: Known = { located: new Map(), finding: new Map() };
    this.#users.set(user, empty);
    return empty;
  }

  /** The image behind a path, from memory or from `find`. Absence is not remembered. */
  async resolve(
    user: UserId,
    path: ImagePath,
    find: () => Promise<LocatedImage | null>,
  ): Promise<LocatedImage | null> {
    const known = this.#of(user);
    const atMs = this.#now();
    const entry = known.located.get(path);
    if (entry !== undefined && atMs - entry.atMs < MAX_AGE_MS) return entry.located;
    const underWay = known.finding.get(path);
    if (underWay !== undefined) return await underWay;
    const finding = find();
    known.finding.set(path, finding);
    try {
      const located = await finding;
      // After a change in between this map belongs to nobody any more, and what was read is lost with it.
      if (located !== null) known.located.set(path, { located, atMs });
      else known.located.delete(path);
      return located;
    } finally {
      known.finding.delete(path);
    }
  }

  /** Forgets a user's paths: to be called after every change of one, also one that may have failed. */
  forget(user: UserId): void {
    this.#users.delete(user);
  }
}

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

type Known = Map<ImagePath, { readonly located: LocatedImage; readonly atMs: number }>;

/** See the module's comment. */
export class KnownPaths {
  #users = new Lru<UserId, Known>(MAX_USERS);
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  #of(user: UserId): Known {
    const known = this.#users.get(user);
    if (known !== undefined && known.size < MAX_PATHS_A_USER) return known;
    const empty: Known = new Map();
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
    const entry = known.get(path);
    if (entry !== undefined && atMs - entry.atMs < MAX_AGE_MS) return entry.located;
    const located = await find();
    // After a change in between this map belongs to nobody any more, and what was read is lost with it.
    if (located !== null) known.set(path, { located, atMs });
    else known.delete(path);
    return located;
  }

  /** Forgets a user's paths: to be called after every change of one, also one that may have failed. */
  forget(user: UserId): void {
    this.#users.delete(user);
  }
}

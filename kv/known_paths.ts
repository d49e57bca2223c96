/**
 * What delivery found out about paths, so that a hit costs no KV read (three reads are three quarters of its CPU time).
 *
 * A change by this process is seen at once. Where other processes work on the same store, a change by one of them is
 * seen after a second at the latest: that bounds how long a picture deleted or made private there is still served here.
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

/** How long a path is remembered where others work on the same store, in ms. */
export const SHARED_PATH_MS = 1_000;
/** How long where this process is alone with it, in ms: every change is its own. */
export const OWN_PATH_MS = 60_000;

const MAX_USERS = 1_000;
/** Of all users, about 1 KB each. */
const MAX_PATHS = 20_000;

interface Known {
  readonly located: Map<ImagePath, { readonly located: LocatedImage; readonly atMs: number }>;
  /** Look-ups under way: ten thousand that ask at once for one picture read KV once. */
  readonly finding: Map<ImagePath, Promise<LocatedImage | null>>;
}

/** See the module's comment. */
export class KnownPaths {
  #users = new Lru<UserId, Known>(MAX_USERS);
  #now: () => number;
  #maxAgeMs: number;
  /** Paths remembered since the last time that all were forgotten. */
  #paths = 0;

  /** @param maxAgeMs how long a path is remembered, in ms */
  constructor(now: () => number, maxAgeMs: number) {
    this.#now = now;
    this.#maxAgeMs = maxAgeMs;
  }

  #of(user: UserId): Known {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const empty: Known = { located: new Map(), finding: new Map() };
    this.#users.set(user, empty);
    return empty;
  }

  /** The image behind a path, from memory alone; undefined = not known. */
  peek(user: UserId, path: ImagePath): LocatedImage | undefined {
    const entry = this.#users.get(user)?.located.get(path);
    return entry !== undefined && this.#now() - entry.atMs < this.#maxAgeMs ? entry.located : undefined;
  }

  #keep({ located }: Known, path: ImagePath, image: LocatedImage | null, atMs: number): void {
    if (image === null) {
      located.delete(path);
      return;
    }
    if (!located.has(path) && ++this.#paths > MAX_PATHS) this.forgetAll();
    located.set(path, { located: image, atMs });
  }

  /** The image behind a path, from memory or from `find`. Absence is not remembered. */
  async resolve(
    user: UserId,
    path: ImagePath,
    find: () => Promise<LocatedImage | null>,
  ): Promise<LocatedImage | null> {
    const before = this.peek(user, path);
    if (before !== undefined) return before;
    const known = this.#of(user);
    const atMs = this.#now();
    const underWay = known.finding.get(path);
    if (underWay !== undefined) return await underWay;
    const finding = find();
    known.finding.set(path, finding);
    try {
      const located = await finding;
      // After a change in between this map belongs to nobody any more, and what was read is lost with it.
      this.#keep(known, path, located, atMs);
      return located;
    } finally {
      known.finding.delete(path);
    }
  }

  /** Forgets a user's paths: to be called after every change of one, also one that may have failed. */
  forget(user: UserId): void {
    this.#paths -= this.#users.get(user)?.located.size ?? 0;
    this.#users.delete(user);
  }

  /** Forgets everything. */
  forgetAll(): void {
    this.#users = new Lru(MAX_USERS);
    this.#paths = 0;
  }
}

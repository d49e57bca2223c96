/**
 * Keeps the store of derivatives within its bound: those used longest ago go first. Ends reservations that a crash
 * left, and gives rows to blobs that have none.
 *
 * Any process may ask for it at any time; a lease in KV lets one at a time do it. Nothing here reads more than a page
 * of rows, however many derivatives there are: the order of eviction is that of KV's keys.
 *
 * @module
 */
import type { DerivativeRef, DerivativeRows } from "./derivative_rows.ts";
import type { Derivatives, StoredBlob } from "./derivatives.ts";
import type { DerivativeUses } from "./derivative_uses.ts";
import type { ImageId, UserId } from "./ids.ts";
import {
  derivativeBytesKey,
  derivativesIndexedKey,
  derivativesPendingPrefix,
  derivativeSweepLeaseKey,
  derivativeUsesPrefix,
} from "./keys.ts";
import type { DerivativeRow, LeaseRow } from "./records.ts";
import { addTo, type Store } from "./store.ts";

/** What a sweep needs beside the store. */
export interface DerivativeSweepDeps {
  readonly rows: DerivativeRows;
  readonly uses: DerivativeUses;
  readonly derivatives: Derivatives;
  readonly now: () => number;
  readonly newUuid: () => string;
  /** Bound on the bytes of all stored derivatives; 0 = none. */
  readonly maxBytes: number;
}

/** What a sweep did. */
export interface SweepResult {
  evicted: number;
  expired: number;
  adopted: number;
}

/** Evicting goes on down to this part of the bound, so that not every put begins another one. */
const LOW_WATER = 0.95;
const PAGE = 40;
const AT_ONCE = 8;
/** How long a process that died keeps the others from sweeping. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** How long to leave it to another process. */
const RETRY_MS = 1_000;
/** Blobs looked at by one sweep: a store of a million is walked through in the course of an hour. */
const INDEX_SLICE = 2_000;

/** The next items, fewer at the end. */
async function nextOf<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const some: T[] = [];
  while (some.length < count) {
    const step = await items.next();
    if (step.done) break;
    some.push(step.value);
  }
  return some;
}

/** See the module's comment. */
export class DerivativeSweep {
  #store: Store;
  #deps: DerivativeSweepDeps;
  #owner: string;
  #renewAtMs = 0;
  /** Bytes of the store as this process knows them: as last read, and what it put since. */
  #roughBytes = 0;
  #isIndexed = false;
  /** The walk through the store that gives rows to blobs, where this process has begun one. */
  #walk: AsyncIterator<StoredBlob> | null = null;
  /** Before this time another process is at it. */
  #retryAtMs = 0;
  #running: Promise<SweepResult> | null = null;

  constructor(store: Store, deps: DerivativeSweepDeps) {
    this.#store = store;
    this.#deps = deps;
    this.#owner = deps.newUuid();
  }

  /** Counts what this process has just stored. @returns whether a sweep is due, and none is under way that is known of */
  isDueAfter(bytes: number): boolean {
    this.#roughBytes += bytes;
    return this.#isOver() && this.#running === null && this.#deps.now() >= this.#retryAtMs;
  }

  #isOver(): boolean {
    return this.#deps.maxBytes > 0 && this.#roughBytes > this.#deps.maxBytes;
  }

  /** Sweeps, unless there is nothing to do or another process is at it. Calls at once are one. */
  run(): Promise<SweepResult> {
    this.#running ??= this.#run().finally(() => this.#running = null);
    return this.#running;
  }

  async #run(): Promise<SweepResult> {
    const result: SweepResult = { evicted: 0, expired: 0, adopted: 0 };
    this.#roughBytes = await this.#deps.rows.totalBytes();
    const overdue = await this.#overdue(1);
    this.#isIndexed ||= (await this.#store.get(derivativesIndexedKey)).value !== null;
    if (this.#isIndexed && overdue.length === 0 && !this.#isOver()) return result;
    if (!await this.#lease()) return result;
    try {
      await this.#index(result);
      await this.#expire(result);
      // What was taken over counts now.
      if (result.adopted + result.expired > 0) this.#roughBytes = await this.#deps.rows.totalBytes();
      await this.#evict(result);
    } finally {
      await this.#endLease();
    }
    return result;
  }

  async #lease(): Promise<boolean> {
    const nowMs = this.#deps.now();
    const entry = await this.#store.get<LeaseRow>(derivativeSweepLeaseKey);
    const { value } = entry;
    if (value !== null && value.owner !== this.#owner && value.untilMs > nowMs) {
      this.#retryAtMs = nowMs + RETRY_MS;
      return false;
    }
    this.#renewAtMs = nowMs + RENEW_MS;
    const row: LeaseRow = { owner: this.#owner, untilMs: nowMs + LEASE_MS };
    return await this.#store.commit(this.#store.atomic().check(entry).set(entry.key, row));
  }

  /** Whether the lease is still ours; renewed in good time. */
  async #isMine(): Promise<boolean> {
    return this.#deps.now() < this.#renewAtMs || await this.#lease();
  }

  async #endLease(): Promise<void> {
    const entry = await this.#store.get<LeaseRow>(derivativeSweepLeaseKey);
    if (entry.value?.owner !== this.#owner) return;
    await this.#store.commit(this.#store.atomic().check(entry).delete(entry.key));
  }

  /**
   * Blobs of a time before there were rows, or of a KV that was lost: the whole store is walked through once, a slice a
   * sweep, and from the beginning again where a process ends on the way.
   */
  async #index(result: SweepResult): Promise<void> {
    if (this.#isIndexed) return;
    this.#walk ??= this.#deps.derivatives.each()[Symbol.asyncIterator]();
    for (let looked = 0; looked < INDEX_SLICE; looked += AT_ONCE) {
      if (!await this.#isMine()) return;
      const some = await nextOf(this.#walk, AT_ONCE);
      const adopted = await Promise.all(some.map((blob) => this.#adopt(blob)));
      result.adopted += adopted.filter(Boolean).length;
      if (some.length === AT_ONCE) continue;
      await this.#store.commit(this.#store.atomic().set(derivativesIndexedKey, true));
      this.#isIndexed = true;
      this.#walk = null;
      return;
    }
  }

  async #adopt({ original, key, size, modifiedAtMs }: StoredBlob): Promise<boolean> {
    const { rows } = this.#deps;
    if (await rows.get({ original, key }) !== null) return false;
    return await rows.adopt({ original, key }, null, size, modifiedAtMs);
  }

  async #overdue(limit: number): Promise<Deno.KvKey[]> {
    const end = [...derivativesPendingPrefix, this.#deps.now()];
    const entries = this.#store.list({ start: derivativesPendingPrefix, end }, { limit });
    return (await Array.fromAsync(entries)).map(({ key }) => key);
  }

  /** A whole blob is taken over; else the row goes, and what was spent comes back. */
  async #expire(result: SweepResult): Promise<void> {
    const { derivatives, rows, now } = this.#deps;
    for (let page = await this.#overdue(PAGE); page.length > 0; page = await this.#overdue(PAGE)) {
      for (const key of page) {
        const ref = await this.#refOf(key);
        if (ref === null) {
          await this.#store.commit(this.#store.atomic().delete(key));
          continue;
        }
        const bytes = await derivatives.check(ref.original, ref.key);
        const isTaken = bytes !== null && await rows.adopt(ref, null, bytes, now());
        if (!isTaken) {
          await derivatives.remove(ref.original, ref.key);
          await rows.expire(ref);
        }
        result.expired++;
      }
      if (!await this.#isMine()) return;
    }
  }

  /** The derivative of an entry by time; null where it has no row (any more). */
  async #refOf(timeKey: Deno.KvKey): Promise<DerivativeRef | null> {
    const [, , user, image, nonce, key] = timeKey as [string, number, UserId, ImageId, string, string];
    const { value } = await this.#store.get<DerivativeRow>(["derivative", user, image, nonce, key]);
    return value === null ? null : { original: { user, hash: value.hash, nonce }, key };
  }

  async #evict(result: SweepResult): Promise<void> {
    if (!this.#isOver()) return;
    // What was used here a moment ago must not go first.
    await this.#deps.uses.flush();
    const low = this.#deps.maxBytes * LOW_WATER;
    while (this.#roughBytes > low && await this.#isMine()) {
      const entries = this.#store.list<number>({ prefix: derivativeUsesPrefix }, { limit: PAGE });
      const oldest = await Array.fromAsync(entries);
      if (oldest.length === 0) break;
      const chosen: Deno.KvEntry<number>[] = [];
      for (const entry of oldest) {
        if (this.#roughBytes <= low) break;
        this.#roughBytes -= entry.value;
        chosen.push(entry);
      }
      for (let at = 0; at < chosen.length; at += AT_ONCE) {
        const gone = await Promise.all(chosen.slice(at, at + AT_ONCE).map((entry) => this.#evictOne(entry)));
        result.evicted += gone.filter(Boolean).length;
      }
    }
    this.#roughBytes = await this.#deps.rows.totalBytes();
  }

  /** The blob before its row: a crash in between leaves the row, which goes the next time. */
  async #evictOne(entry: Deno.KvEntry<number>): Promise<boolean> {
    const [, usedAtMs] = entry.key as [string, number];
    const ref = await this.#refOf(entry.key);
    if (ref === null) {
      const commit = this.#store.atomic().check(entry).delete(entry.key);
      addTo(commit, derivativeBytesKey, -entry.value);
      await this.#store.commit(commit);
      return false;
    }
    return await this.#deps.rows.evict(ref, usedAtMs, () => this.#deps.derivatives.remove(ref.original, ref.key));
  }
}

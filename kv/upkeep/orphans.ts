/**
 * Orphans: blobs without a record, which crashes leave on purpose, since bytes are written before their record and
 * removed after it; and rows of derivatives whose image went just before a crash.
 *
 * @module
 */
import type { BlobInfo, Blobs } from "../blobs/blobs.ts";
import type { DerivativeRows } from "../derivative_rows.ts";
import { DERIVATIVES_PREFIX, ORIGINALS_PREFIX, orphanSweepKey } from "../keys.ts";
import type { Store } from "../store.ts";
import { areDerivativesIndexed, areOwned, type BlobOwner, blobOwner } from "./blob_owner.ts";
import { batches } from "./verify_derivatives.ts";

/** What a sweep did. */
export interface SweepResult {
  /** Blobs that were looked at. */
  readonly looked: number;
  /** Orphans, removed unless it was only a look. */
  readonly orphans: number;
  readonly orphanBytes: number;
  /** Orphans that may belong to an upload under way. */
  readonly young: number;
  /** Blobs whose keys nothing here writes: left alone. */
  readonly strange: number;
  /** Half-written files and uploads in parts that were removed. */
  readonly unfinished: number;
  /** Rows of derivatives of no image, removed unless it was only a look. */
  readonly rows: number;
}

/** What a sweep is to do. */
export interface SweepOptions {
  /** A blob that is younger stays, in ms: its upload may be under way. */
  readonly graceMs: number;
  /** Only count. */
  readonly isDryRun: boolean;
}

const BATCH = 100;
const DELETES_AT_ONCE = 8;

interface Found {
  readonly blob: BlobInfo;
  readonly owner: BlobOwner;
}

/** When a sweep was begun. */
export interface SweepRow {
  readonly v: 1;
  readonly begunAtMs: number;
}

/** See the module's comment. */
export class Orphans {
  #store: Store;
  #blobs: Blobs;
  #now: () => number;
  #rows: Pick<DerivativeRows, "remove">;

  /** @param rows removes those of an original */
  constructor(store: Store, blobs: Blobs, now: () => number, rows: Pick<DerivativeRows, "remove">) {
    this.#store = store;
    this.#blobs = blobs;
    this.#now = now;
    this.#rows = rows;
  }

  /**
   * Every blob of the given age without a record, a batch at a time.
   *
   * @param looked told how many blobs were looked at, and how many of them were strange
   */
  async *each(looked: (blobs: number, strange: number) => void): AsyncGenerator<BlobInfo[]> {
    const isIndexed = await areDerivativesIndexed(this.#store);
    for (const prefix of [ORIGINALS_PREFIX, DERIVATIVES_PREFIX]) {
      let batch: Found[] = [];
      for await (const blob of this.#blobs.list(prefix)) {
        const owner = blobOwner(blob.key);
        looked(1, owner === null ? 1 : 0);
        if (owner !== null) batch.push({ blob, owner });
        if (batch.length < BATCH) continue;
        yield await this.#ownerless(batch, isIndexed);
        batch = [];
      }
      yield await this.#ownerless(batch, isIndexed);
    }
  }

  async #ownerless(batch: readonly Found[], isIndexed: boolean): Promise<BlobInfo[]> {
    const owned = await areOwned(this.#store, batch.map(({ owner }) => owner), isIndexed);
    return batch.filter((_, at) => !owned[at]).map(({ blob }) => blob);
  }

  /** Removes every orphan, and what puts that never ended have left. A record that comes later than `graceMs` is lost. */
  async sweep({ graceMs, isDryRun }: SweepOptions): Promise<SweepResult> {
    const result = { looked: 0, orphans: 0, orphanBytes: 0, young: 0, strange: 0, unfinished: 0, rows: 0 };
    // Before the blobs, which are nobody's where they have no row. Rows come only while their image is there, so that
    // none is too young.
    result.rows = await this.#sweepRows(isDryRun);
    const beforeMs = this.#now() - graceMs;
    const note = (blobs: number, strange: number) => {
      result.looked += blobs;
      result.strange += strange;
    };
    for await (const batch of this.each(note)) {
      const old = batch.filter((blob) => blob.modifiedAtMs < beforeMs);
      result.young += batch.length - old.length;
      result.orphans += old.length;
      result.orphanBytes += old.reduce((sum, { size }) => sum + size, 0);
      for (let at = 0; !isDryRun && at < old.length; at += DELETES_AT_ONCE) {
        await Promise.all(old.slice(at, at + DELETES_AT_ONCE).map(({ key }) => this.#blobs.delete(key)));
      }
    }
    if (!isDryRun) result.unfinished = await this.#blobs.sweepUnfinished(beforeMs);
    return result;
  }

  async #sweepRows(isDryRun: boolean): Promise<number> {
    let count = 0;
    for await (const batch of batches(this.#store)) {
      const owned = await areOwned(this.#store, batch.map(({ original }) => ({ original, derivative: null })), false);
      const ownerless = batch.filter((_, at) => !owned[at]);
      count += ownerless.length;
      const originals = new Map(ownerless.map(({ original }) => [original.nonce, original]));
      for (const original of isDryRun ? [] : originals.values()) await this.#rows.remove(original);
    }
    return count;
  }

  /**
   * Asks whether a scheduled sweep is due: of all processes on one KV, one gets true in each interval. It counts from
   * the begin of the last one, so restarts neither repeat nor starve it.
   */
  async isDue(intervalMs: number): Promise<boolean> {
    const entry = await this.#store.get<SweepRow>(orphanSweepKey);
    if (entry.value !== null && this.#now() - entry.value.begunAtMs < intervalMs) return false;
    const row: SweepRow = { v: 1, begunAtMs: this.#now() };
    return await this.#store.commit(this.#store.atomic().check(entry).set(orphanSweepKey, row));
  }
}

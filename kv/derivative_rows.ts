/**
 * The bookkeeping of derivatives in KV: which ones an original has, who is making one, how many bytes all of them take,
 * and in which order they are evicted.
 *
 * A derivative has one row (`derivative`) and one entry by time: of a reservation that is over at some time
 * (`derivative_pending`) or of a stored one's last use (`derivative_use`). Row, entry, the count of its original
 * (`derivative_count`) and the bytes of all (`derivative_bytes`) change in one commit that checks the row. Rows of an
 * original are made only while its image's record is there under that nonce.
 *
 * Life of a derivative: reserved (commit), made, its blob written, stored (commit). A crash in between leaves a
 * reservation that ends by itself: then a whole blob is taken over, or its row goes and what was spent comes back. On
 * the way out the blob goes first, then the row: a crash in between leaves the oldest row, which goes the next time.
 * With an image its rows go before its blobs: who stores one meanwhile finds no row and removes the blob again.
 *
 * So for whoever walks the store (sweep, verify, export): a blob without a row is an orphan, or not looked at yet where
 * `derivatives_indexed` is absent; a stored row without a blob costs a render when it is asked for, and nothing else.
 *
 * @module
 */
import { type DerivativeRef, refOf, timeKeyOf, weigh } from "./derivative_entries.ts";
import { imageIdOfHash, type UserId } from "./ids.ts";
import {
  derivativeBytesKey,
  derivativeCountKey,
  derivativeCountsPrefix,
  derivativeRowKey,
  derivativeRowsPrefix,
  imageKey,
  type OriginalRef,
  userDerivativeRowsPrefix,
} from "./keys.ts";
import { Lru } from "./lru.ts";
import { addReturn, type Quota, type Spending } from "./quota.ts";
import type { DerivativeKin, DerivativeRow, ImageRecord } from "./records.ts";
import { addTo, MAX_CHECKS, type Store, toCount } from "./store.ts";
import { Turns } from "./turns.ts";

export type { DerivativeRef } from "./derivative_entries.ts";

/** A derivative that is to be made. */
export interface DerivativeAsked extends DerivativeRef {
  /** Id of the preset in the URL; absent = none. */
  readonly preset?: string;
}

/** The right, and the duty, to make a derivative. */
export interface Reservation extends DerivativeRef {
  readonly kin: DerivativeKin;
  /** Null where somebody else is at it, who has paid for it. */
  readonly maker: string | null;
}

/** What {@linkcode DerivativeRows.reserve} says: `full` = as many as an original may have; `gone` = so is the image. */
export type ReserveOutcome = Reservation | "full" | "gone";

/** A stored derivative. */
export interface StoredDerivative extends DerivativeKin {
  readonly key: string;
}

/** A use to write down. */
export interface DerivativeUse extends DerivativeRef {
  readonly kin: DerivativeKin;
  readonly atMs: number;
}

/** What the rows need beside the store. */
export interface DerivativeRowsDeps {
  readonly now: () => number;
  readonly newUuid: () => string;
  readonly quota: Pick<Quota, "noteReturn">;
  /** Most derivatives of an original. */
  readonly maxPerImage: number;
  /** After this long nobody is at it any more: more than a derivative may take, waiting included. */
  readonly reservationMs: number;
}

type Entry = Deno.KvEntryMaybe<DerivativeRow>;

/** Originals whose stored derivatives are remembered for a moment, so that a flood past the cap costs no lists. */
const REMEMBERED_ORIGINALS = 200;
const REMEMBERED_MS = 1_000;

/** See the module's comment. */
export class DerivativeRows {
  #store: Store;
  #deps: DerivativeRowsDeps;
  #turns = new Turns<UserId>();
  #remembered = new Lru<string, { readonly atMs: number; readonly stored: readonly StoredDerivative[] }>(
    REMEMBERED_ORIGINALS,
  );

  constructor(store: Store, deps: DerivativeRowsDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** Replaces a row as part of a commit; null = there is none before, or afterwards. */
  #replace(operation: Deno.AtomicOperation, ref: DerivativeRef, entry: Entry, after: DerivativeRow | null): void {
    const { original, key } = ref;
    const { value: before } = entry;
    operation.check(entry);
    const staysInTime = before !== null && after !== null && before.atMs === after.atMs &&
      (before.maker === null) === (after.maker === null);
    if (before !== null && !staysInTime) operation.delete(timeKeyOf(original, key, before));
    if (after === null) operation.delete(entry.key);
    else operation.set(entry.key, after).set(timeKeyOf(original, key, after), weigh(after));
    const bytes = (after === null ? 0 : weigh(after)) - (before === null ? 0 : weigh(before));
    if (bytes !== 0) addTo(operation, derivativeBytesKey, bytes);
    const rows = Number(after !== null) - Number(before !== null);
    if (rows !== 0) addTo(operation, derivativeCountKey(original), rows);
  }

  #get({ original, key }: DerivativeRef): Promise<Entry> {
    return this.#store.get<DerivativeRow>(derivativeRowKey(original, key));
  }

  /** Reads what a new row of an original depends on. */
  async #readFor({ original, key }: DerivativeRef) {
    const { user, hash, nonce } = original;
    const keys = [imageKey(user, imageIdOfHash(hash)), derivativeCountKey(original), derivativeRowKey(original, key)];
    const [image, count, row] = await this.#store.getMany(keys) as [
      Deno.KvEntryMaybe<ImageRecord>,
      Deno.KvEntryMaybe<Deno.KvU64>,
      Entry,
    ];
    return { image, count, row, isThere: image.value?.nonce === nonce };
  }

  /**
   * Takes the right to make a derivative, and spends what that costs, in one commit.
   *
   * @param offer reads what the spending needs; called afresh after every lost race, and not at all where it costs
   * nothing
   * @throws what `offer` throws: then nothing is reserved
   */
  reserve(asked: DerivativeAsked, kin: DerivativeKin, offer: () => Promise<Spending>): Promise<ReserveOutcome> {
    const { preset, ...ref } = asked;
    return this.#turns.run(ref.original.user, async () => {
      let spending: Spending | null = null;
      let outcome: ReserveOutcome = "gone";
      try {
        outcome = await this.#store.transact<ReserveOutcome>(async () => {
          await spending?.cancel();
          spending = null;
          const { image, count, row, isThere } = await this.#readFor(ref);
          if (!isThere) return { result: "gone" };
          const nowMs = this.#deps.now();
          const before = row.value;
          const isMaking = before !== null && before.maker !== null;
          if (isMaking && before.atMs > nowMs) return { result: { ...ref, kin, maker: null } };
          if (before === null && toCount(count) >= this.#deps.maxPerImage) return { result: "full" };
          // A crash's reservation was paid for, and so was what is stored and yet not there any more.
          if (before === null) spending = await offer();
          const maker = this.#deps.newUuid();
          const paid = before === null ? spending!.receipt : before.paid;
          const atMs = nowMs + this.#deps.reservationMs;
          const operation = this.#store.atomic().check(image).check(count);
          const after: DerivativeRow = { v: 1, hash: ref.original.hash, kin, bytes: 0, atMs, maker, paid };
          this.#replace(operation, ref, row, preset === undefined ? after : { ...after, preset });
          spending?.join(operation);
          return { commit: operation, result: { ...ref, kin, maker } };
        });
      } catch (error) {
        await (spending as Spending | null)?.cancel();
        throw error;
      }
      (spending as Spending | null)?.done();
      return outcome;
    });
  }

  /** Says that a reserved derivative is stored. @returns false when its row is gone: its blob is nobody's */
  async finish({ original, key, kin }: Reservation, bytes: number): Promise<boolean> {
    const isStored = await this.#store.transact<boolean>(async () => {
      const row = await this.#get({ original, key });
      if (row.value === null || row.value.maker === null) return { result: row.value !== null };
      const after: DerivativeRow = { ...row.value, kin, bytes, atMs: this.#deps.now(), maker: null, paid: null };
      const commit = this.#store.atomic();
      this.#replace(commit, { original, key }, row, after);
      return { commit, result: true };
    });
    this.#remembered.delete(original.nonce);
    return isStored;
  }

  /** Gives a reservation back, and what was spent on it, for what failed; not what somebody else is at. */
  async release(reservation: Reservation, keepsSpending = false): Promise<void> {
    if (reservation.maker === null) return;
    await this.#drop(reservation, (row) => row.maker === reservation.maker, keepsSpending);
  }

  /** Ends a reservation whose time is over, as {@linkcode release} does. */
  async expire(ref: DerivativeRef): Promise<void> {
    await this.#drop(ref, (row) => row.maker !== null && row.atMs <= this.#deps.now(), false);
  }

  async #drop(ref: DerivativeRef, isMeant: (row: DerivativeRow) => boolean, keepsSpending: boolean): Promise<void> {
    const paid = await this.#store.transact<DerivativeRow["paid"]>(async () => {
      const row = await this.#get(ref);
      if (row.value === null || !isMeant(row.value)) return { result: null };
      const commit = this.#store.atomic();
      this.#replace(commit, ref, row, null);
      const paid = keepsSpending ? null : row.value.paid;
      if (paid !== null) addReturn(commit, paid);
      return { commit, result: paid };
    });
    if (paid !== null) this.#deps.quota.noteReturn(paid);
  }

  /** The row of a derivative, or null. */
  async get(ref: DerivativeRef): Promise<DerivativeRow | null> {
    return (await this.#get(ref)).value;
  }

  /** Every row of an original. */
  async *each(original: OriginalRef): AsyncGenerator<{ readonly key: string; readonly row: DerivativeRow }> {
    for await (const entry of this.#store.list<DerivativeRow>({ prefix: derivativeRowsPrefix(original) })) {
      yield { key: refOf(entry).key, row: entry.value };
    }
  }

  /** Stored derivatives of an original whose request is known; up to a second old. */
  async stored(original: OriginalRef): Promise<readonly StoredDerivative[]> {
    const known = this.#remembered.get(original.nonce);
    const atMs = this.#deps.now();
    if (known !== undefined && atMs - known.atMs < REMEMBERED_MS) return known.stored;
    const stored: StoredDerivative[] = [];
    for await (const { key, row } of this.each(original)) {
      if (row.maker === null && row.kin !== null) stored.push({ ...row.kin, key });
    }
    this.#remembered.set(original.nonce, { atMs, stored });
    return stored;
  }

  /** How many derivatives an original has, those that are being made included. */
  async count(original: OriginalRef): Promise<number> {
    return toCount(await this.#store.get<Deno.KvU64>(derivativeCountKey(original)));
  }

  /** Bytes of all stored derivatives. */
  async totalBytes(): Promise<number> {
    return toCount(await this.#store.get<Deno.KvU64>(derivativeBytesKey));
  }

  /**
   * Writes uses down, nine rows a commit. What lost a race stays where it was: it will be used again, or not.
   *
   * @returns those that have no row
   */
  async touch(uses: readonly DerivativeUse[]): Promise<DerivativeUse[]> {
    const unknown: DerivativeUse[] = [];
    for (let at = 0; at < uses.length; at += MAX_CHECKS) {
      const page = uses.slice(at, at + MAX_CHECKS);
      const rows = await this.#store.getMany<DerivativeRow>(page.map((u) => derivativeRowKey(u.original, u.key)));
      const operation = this.#store.atomic();
      let moved = 0;
      for (const [n, use] of page.entries()) {
        const { value } = rows[n]!;
        if (value === null) unknown.push(use);
        if (value === null || value.maker !== null || (value.atMs >= use.atMs && value.kin !== null)) continue;
        const after = { ...value, kin: use.kin, atMs: Math.max(value.atMs, use.atMs) };
        this.#replace(operation, use, rows[n]!, after);
        moved++;
      }
      if (moved > 0) await this.#store.commit(operation);
    }
    return unknown;
  }

  /**
   * Gives a blob of the store its row where it has none, or takes over one whose maker never came back.
   *
   * @param kin null where nobody knows what it is of
   * @returns false when its image is gone
   */
  adopt(ref: DerivativeRef, kin: DerivativeKin | null, bytes: number, usedAtMs: number): Promise<boolean> {
    return this.#store.transact<boolean>(async () => {
      const { image, row, isThere } = await this.#readFor(ref);
      if (!isThere) return { result: false };
      const { value } = row;
      const isBeingMade = value !== null && value.maker !== null && value.atMs > this.#deps.now();
      if (value?.maker === null || isBeingMade) return { result: true };
      const commit = this.#store.atomic().check(image);
      const { hash } = ref.original;
      const after: DerivativeRow = {
        v: 1,
        hash,
        kin: kin ?? value?.kin ?? null,
        bytes,
        atMs: usedAtMs,
        maker: null,
        paid: null,
        ...(value?.preset === undefined ? {} : { preset: value.preset }),
      };
      this.#replace(commit, ref, row, after);
      return { commit, result: true };
    });
  }

  /**
   * Removes a stored derivative that was last used at a time.
   *
   * @param removeBlob called before the row goes
   * @returns false when it was used or made anew meanwhile; where that was after `removeBlob`, it is made once more
   */
  async evict(ref: DerivativeRef, usedAtMs: number, removeBlob: () => Promise<void>): Promise<boolean> {
    const row = await this.#get(ref);
    if (row.value === null || row.value.maker !== null || row.value.atMs !== usedAtMs) return false;
    await removeBlob();
    const operation = this.#store.atomic();
    this.#replace(operation, ref, row, null);
    const isGone = await this.#store.commit(operation);
    this.#remembered.delete(ref.original.nonce);
    return isGone;
  }

  /**
   * Removes all rows of an original, most often of one whose image is gone; where it is not, rows that come meanwhile
   * may stay.
   *
   * @returns how many there were
   */
  async remove(original: OriginalRef): Promise<number> {
    const removed = await this.#removeAll(derivativeRowsPrefix(original));
    const count = await this.#store.get<Deno.KvU64>(derivativeCountKey(original));
    const isOver = count.value !== null && toCount(count) === 0;
    if (isOver) await this.#store.commit(this.#store.atomic().check(count).delete(count.key));
    this.#remembered.delete(original.nonce);
    return removed;
  }

  /**
   * Removes the derivatives that were made for URLs with a preset, by a look at every row of the user. One that is being
   * made loses its row: whoever stores it finds that out.
   *
   * @param removeBlob called before the row of a stored one goes
   * @returns how many there were
   */
  async removeMadeFor(
    user: UserId,
    preset: string,
    removeBlob: (ref: DerivativeRef) => Promise<void>,
  ): Promise<number> {
    let removed = 0;
    for await (const entry of this.#store.list<DerivativeRow>({ prefix: userDerivativeRowsPrefix(user) })) {
      if (entry.value.preset !== preset) continue;
      const ref = refOf(entry);
      const { maker } = entry.value;
      if (maker === null) await removeBlob(ref);
      // A use that was written down meanwhile keeps nothing; a maker that came meanwhile does.
      const isGone = await this.#store.transact<boolean>(async () => {
        const row = await this.#get(ref);
        if (row.value?.preset !== preset || row.value.maker !== maker) return { result: false };
        const commit = this.#store.atomic();
        this.#replace(commit, ref, row, null);
        return { commit, result: true };
      });
      this.#remembered.delete(ref.original.nonce);
      if (isGone) removed++;
    }
    return removed;
  }

  /** Removes all rows of a user whose images are gone. */
  async removeUser(user: UserId): Promise<void> {
    await this.#removeAll(userDerivativeRowsPrefix(user));
    await this.#store.deleteAll(derivativeCountsPrefix(user));
  }

  /** Until none is left: no new ones come, but some may change meanwhile. */
  async #removeAll(prefix: Deno.KvKey): Promise<number> {
    for (let removed = 0;;) {
      const rows = await Array.fromAsync(this.#store.list<DerivativeRow>({ prefix }));
      if (rows.length === 0) return removed;
      for (let at = 0; at < rows.length; at += MAX_CHECKS) {
        const page = rows.slice(at, at + MAX_CHECKS);
        const operation = this.#store.atomic();
        for (const row of page) this.#replace(operation, refOf(row), row, null);
        if (await this.#store.commit(operation)) removed += page.length;
      }
    }
  }
}

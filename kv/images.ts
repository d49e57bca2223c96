/**
 * Image records and everything that hangs on them: paths, base names, the list by time, totals.
 *
 * One rule carries it: every change of an image checks the record's versionstamp, and every row that points to it is
 * written in the same commit. So a path row never points to an image that does not list it.
 *
 * @module
 */
import { splitExtension } from "../codec/formats.ts";
import type { ImageId, ImagePath, UserId } from "./ids.ts";
import { baseKey, basePrefix, imageByTimeKey, imageKey, imagesByTimePrefix, imagesPrefix, pathKey } from "./keys.ts";
import { pathsPrefix, totalKey, trashByTimeKey, trashKey, trashPrefix } from "./keys.ts";
import type { ImageRecord, PathRow, TrashRow, Visibility } from "./records.ts";
import { addTo, type Store, toCount } from "./store.ts";

/** Most paths of one image: its record and its delete must each fit one commit (1,000 mutations). */
export const MAX_PATHS_PER_IMAGE = 300;
/** Most bytes of all its paths: a KV value holds 65,536. */
export const MAX_PATHS_TOTAL_BYTES = 48_000;

/** An image has as many paths as one can have. */
export class TooManyPathsError extends Error {
  override readonly name = "TooManyPathsError";
}

/** What {@linkcode Images.add} did. */
export interface AddResult {
  readonly record: ImageRecord;
  /** False when the file was there already: another path, no other bytes. */
  readonly isNew: boolean;
  /** The image that lost its last path to this one and is gone with it. */
  readonly displaced: ImageRecord | null;
}

/** Says that {@linkcode Images.add} needs the bytes written first: the image it counted on is gone. */
export type AddOutcome = AddResult | "needs_bytes";

/** A page of a list. */
export interface ImagePage {
  readonly images: readonly ImageRecord[];
  readonly total: number;
}

/** Rows that a restore checks: KV servers take ten checks a commit. */
const MAX_PATH_CHECKS = 8;

/** The record with another visibility; links made before it turned private are over. */
function withVisibility(record: ImageRecord, visibility: Visibility): ImageRecord {
  if (visibility === record.visibility) return record;
  const linkEpoch = (record.linkEpoch ?? 0) + (visibility === "private" ? 1 : 0);
  return { ...record, visibility, linkEpoch };
}

/** The row that will be carried out last. */
async function latest(rows: AsyncIterable<Deno.KvEntry<TrashRow>>): Promise<Deno.KvEntry<TrashRow> | null> {
  const all = await Array.fromAsync(rows);
  return all.sort((a, b) => b.value.deleteAtMs - a.value.deleteAtMs)[0] ?? null;
}

const withoutPath = (record: ImageRecord, path: ImagePath, now: number): ImageRecord => ({
  ...record,
  paths: record.paths.filter((p) => p !== path),
  updatedAtMs: now,
});

/** Bytes of a text in a KV value: V8 writes one that is not all Latin-1 in two bytes a character. */
function storedBytes(text: string): number {
  const utf8Bytes = new TextEncoder().encode(text).length;
  return utf8Bytes === text.length ? utf8Bytes : Math.max(utf8Bytes, 2 * text.length);
}

function assertRoom(paths: readonly ImagePath[]): void {
  const bytes = paths.reduce((sum, path) => sum + storedBytes(path), 0);
  if (paths.length <= MAX_PATHS_PER_IMAGE && bytes <= MAX_PATHS_TOTAL_BYTES) return;
  throw new TooManyPathsError(
    `Image can have at most ${MAX_PATHS_PER_IMAGE} paths of ${MAX_PATHS_TOTAL_BYTES} bytes in all`,
  );
}

/** See the module's comment. */
export class Images {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The image, or null. */
  async get(user: UserId, id: ImageId): Promise<ImageRecord | null> {
    return (await this.#store.get<ImageRecord>(imageKey(user, id))).value;
  }

  /** The image at exactly this path, or null. */
  async atPath(user: UserId, path: ImagePath): Promise<ImageRecord | null> {
    const row = (await this.#store.get<PathRow>(pathKey(user, path))).value;
    return row === null ? null : await this.get(user, row.image);
  }

  /** The image whose path, without its image extension, is `base`; the most recently pointed one of several. */
  async atBase(user: UserId, base: string): Promise<ImageRecord | null> {
    let latest: PathRow | null = null;
    for await (const { value } of this.#store.list<PathRow>({ prefix: basePrefix(user, base) })) {
      if (latest === null || value.atMs > latest.atMs) latest = value;
    }
    return latest === null ? null : await this.get(user, latest.image);
  }

  #pointPath(operation: Deno.AtomicOperation, user: UserId, path: ImagePath, image: ImageId): void {
    const row: PathRow = { image, atMs: this.#now() };
    operation.set(pathKey(user, path), row).set(baseKey(user, splitExtension(path).base, path), row);
  }

  #dropPath(operation: Deno.AtomicOperation, user: UserId, path: ImagePath): void {
    operation.delete(pathKey(user, path)).delete(baseKey(user, splitExtension(path).base, path));
  }

  #dropRecord(operation: Deno.AtomicOperation, record: ImageRecord): void {
    operation.delete(imageKey(record.user, record.id));
    operation.delete(imageByTimeKey(record.user, record.uploadedAtMs, record.id));
    addTo(operation, totalKey(record.user, "images"), -1);
    addTo(operation, totalKey(record.user, "bytes"), -record.size);
  }

  #putNew(operation: Deno.AtomicOperation, record: ImageRecord): void {
    operation.set(imageByTimeKey(record.user, record.uploadedAtMs, record.id), true);
    addTo(operation, totalKey(record.user, "images"), 1);
    addTo(operation, totalKey(record.user, "bytes"), record.size);
  }

  /** Takes `path` away from the image that has it; that image goes too when it was its last. */
  async #detach(operation: Deno.AtomicOperation, user: UserId, owner: ImageId, path: ImagePath) {
    const entry = await this.#store.get<ImageRecord>(imageKey(user, owner));
    if (entry.value === null) return null;
    operation.check(entry);
    const left = withoutPath(entry.value, path, this.#now());
    if (left.paths.length > 0) {
      operation.set(entry.key, left);
      return null;
    }
    this.#dropRecord(operation, entry.value);
    return entry.value;
  }

  /**
   * Points `path` at a file, and makes its image when there is none yet.
   *
   * @param fresh the record to make when the image is new, its bytes already written under its nonce; null when the
   * caller found the image there and wrote nothing (then `needs_bytes` may come back)
   * @param visibility what the upload asked for; null keeps that of an existing image
   * @throws {TooManyPathsError}
   */
  add(
    user: UserId,
    id: ImageId,
    path: ImagePath,
    fresh: Omit<ImageRecord, "paths"> | null,
    visibility: Visibility | null,
  ): Promise<AddOutcome> {
    return this.#store.transact<AddOutcome>(async () => {
      const image = await this.#store.get<ImageRecord>(imageKey(user, id));
      const row = await this.#store.get<PathRow>(pathKey(user, path));
      const before = image.value;
      if (before === null && fresh === null) return { result: "needs_bytes" };
      const operation = this.#store.atomic().check(image, row);
      const isOwn = row.value?.image === id && before !== null;
      const displaced = row.value !== null && row.value.image !== id
        ? await this.#detach(operation, user, row.value.image, path)
        : null;
      const base: ImageRecord = before ?? { ...fresh!, paths: [] };
      const paths = isOwn ? base.paths : [...base.paths, path];
      assertRoom(paths);
      const record = { ...withVisibility(base, visibility ?? base.visibility), paths, updatedAtMs: this.#now() };
      operation.set(image.key, record);
      if (before === null) this.#putNew(operation, record);
      this.#pointPath(operation, user, path, id);
      return { commit: operation, result: { record, isNew: before === null, displaced } };
    });
  }

  /** Removes an image with all its paths; the record as it was, or null when there was none. */
  remove(user: UserId, id: ImageId): Promise<ImageRecord | null> {
    return this.#store.transact<ImageRecord | null>(async () => {
      const entry = await this.#store.get<ImageRecord>(imageKey(user, id));
      if (entry.value === null) return { result: null };
      const operation = this.#store.atomic().check(entry);
      this.#dropRecord(operation, entry.value);
      for (const path of entry.value.paths) this.#dropPath(operation, user, path);
      return { commit: operation, result: entry.value };
    });
  }

  /**
   * Gives an image the path `to`, instead of `from` where one is named. The path keeps its place among the others.
   *
   * @returns the record afterwards; `taken` when another image has `to`; null when there is no such image or path
   * @throws {TooManyPathsError}
   */
  movePath(
    user: UserId,
    id: ImageId,
    from: ImagePath | null,
    to: ImagePath,
  ): Promise<ImageRecord | "taken" | null> {
    return this.#store.transact<ImageRecord | "taken" | null>(async () => {
      const entry = await this.#store.get<ImageRecord>(imageKey(user, id));
      const row = await this.#store.get<PathRow>(pathKey(user, to));
      const before = entry.value;
      if (before === null || (from !== null && !before.paths.includes(from))) return { result: null };
      if (row.value?.image === id) {
        if (from === null || from === to) return { result: before };
        return { result: "taken" };
      }
      if (row.value !== null) return { result: "taken" };
      const paths = from === null ? [...before.paths, to] : before.paths.map((path) => path === from ? to : path);
      assertRoom(paths);
      const record = { ...before, paths, updatedAtMs: this.#now() };
      const operation = this.#store.atomic().check(entry, row).set(entry.key, record);
      if (from !== null) this.#dropPath(operation, user, from);
      this.#pointPath(operation, user, to, id);
      return { commit: operation, result: record };
    });
  }

  /**
   * Takes a path away; an image that loses its last one goes with it.
   *
   * @param id the image that must have it; null = whichever has it
   * @returns the image before, and after (null = gone); null when there is no such path
   */
  removePath(
    user: UserId,
    id: ImageId | null,
    path: ImagePath,
  ): Promise<{ before: ImageRecord; after: ImageRecord | null } | null> {
    return this.#store.transact<{ before: ImageRecord; after: ImageRecord | null } | null>(async () => {
      const row = await this.#store.get<PathRow>(pathKey(user, path));
      if (row.value === null || (id !== null && row.value.image !== id)) return { result: null };
      const entry = await this.#store.get<ImageRecord>(imageKey(user, row.value.image));
      const before = entry.value;
      if (before === null) return { result: null };
      const left = withoutPath(before, path, this.#now());
      const operation = this.#store.atomic().check(entry, row);
      this.#dropPath(operation, user, path);
      if (left.paths.length === 0) this.#dropRecord(operation, before);
      else operation.set(entry.key, left);
      return { commit: operation, result: { before, after: left.paths.length === 0 ? null : left } };
    });
  }

  /** Sets who may see an image; turning it private ends its links. The record afterwards, or null. */
  setVisibility(user: UserId, id: ImageId, visibility: Visibility): Promise<ImageRecord | null> {
    return this.#store.transact<ImageRecord | null>(async () => {
      const entry = await this.#store.get<ImageRecord>(imageKey(user, id));
      if (entry.value === null || entry.value.visibility === visibility) return { result: entry.value };
      const record = { ...withVisibility(entry.value, visibility), updatedAtMs: this.#now() };
      return { commit: this.#store.atomic().check(entry).set(entry.key, record), result: record };
    });
  }

  /**
   * Hides an image as {@linkcode remove} does, but keeps its record aside until `deleteAtMs`.
   *
   * @returns the record as it was, or null when there was none
   */
  removeLater(user: UserId, id: ImageId, deleteAtMs: number): Promise<ImageRecord | null> {
    return this.#store.transact<ImageRecord | null>(async () => {
      const entry = await this.#store.get<ImageRecord>(imageKey(user, id));
      if (entry.value === null) return { result: null };
      const operation = this.#store.atomic().check(entry);
      this.#dropRecord(operation, entry.value);
      for (const path of entry.value.paths) this.#dropPath(operation, user, path);
      const row: TrashRow = { v: 1, image: entry.value, deleteAtMs, isClaimed: false };
      const { nonce } = entry.value;
      operation.set(trashKey(user, id, nonce), row).set(trashByTimeKey(deleteAtMs, user, id, nonce), true);
      return { commit: operation, result: entry.value };
    });
  }

  /**
   * Brings back an image that {@linkcode removeLater} hid, under those of its paths that are still free.
   *
   * @returns the record; `taken` when the same file or all its paths have come anew; null when there is nothing to undo
   */
  restore(user: UserId, id: ImageId): Promise<ImageRecord | "taken" | null> {
    return this.#store.transact<ImageRecord | "taken" | null>(async () => {
      const trash = await latest(this.#store.list<TrashRow>({ prefix: trashPrefix(user, id) }));
      if (trash === null || trash.value.isClaimed || trash.value.deleteAtMs <= this.#now()) return { result: null };
      const { image: hidden, deleteAtMs } = trash.value;
      const entry = await this.#store.get<ImageRecord>(imageKey(user, id));
      if (entry.value !== null) return { result: "taken" };
      const rows = await this.#store.getMany<PathRow>(hidden.paths.map((path) => pathKey(user, path)));
      const paths = hidden.paths.filter((_, at) => rows[at]!.value === null);
      if (paths.length === 0) return { result: "taken" };
      const record = { ...hidden, paths, updatedAtMs: this.#now() };
      // A commit may check few rows: the rest is as fresh as the read above, and a path row that came in between loses.
      const operation = this.#store.atomic().check(trash, entry, ...rows.slice(0, MAX_PATH_CHECKS));
      operation.set(entry.key, record).delete(trash.key);
      operation.delete(trashByTimeKey(deleteAtMs, user, id, hidden.nonce));
      this.#putNew(operation, record);
      for (const path of paths) this.#pointPath(operation, user, path, id);
      return { commit: operation, result: record };
    });
  }

  /** How many images a user has, and of how many bytes. */
  async totals(user: UserId): Promise<{ images: number; bytes: number }> {
    const entries = await this.#store.getMany<Deno.KvU64>([totalKey(user, "images"), totalKey(user, "bytes")]);
    return { images: toCount(entries[0]!), bytes: toCount(entries[1]!) };
  }

  /** A page of all images by time of upload. */
  async listByTime(user: UserId, offset: number, limit: number, newestFirst: boolean): Promise<ImagePage> {
    const ids: ImageId[] = [];
    const selector = { prefix: imagesByTimePrefix(user) };
    for await (const { key } of this.#store.list(selector, { reverse: newestFirst, limit: offset + limit })) {
      ids.push(key[3] as ImageId);
    }
    const entries = await this.#store.getMany<ImageRecord>(ids.slice(offset).map((id) => imageKey(user, id)));
    const images = entries.flatMap((e) => e.value ?? []);
    return { images, total: (await this.totals(user)).images };
  }

  /** Every image of a user. */
  async all(user: UserId): Promise<ImageRecord[]> {
    const entries = await Array.fromAsync(this.#store.list<ImageRecord>({ prefix: imagesPrefix(user) }));
    return entries.map((e) => e.value);
  }

  /** Every path of a user with its image's id, in the order of their text. */
  async *paths(user: UserId): AsyncGenerator<{ path: ImagePath; image: ImageId }> {
    for await (const { key, value } of this.#store.list<PathRow>({ prefix: pathsPrefix(user) })) {
      yield { path: key[2] as ImagePath, image: value.image };
    }
  }
}

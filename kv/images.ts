/**
 * Changes of image records and everything that hangs on them: paths, base names, the log that lists are made from, totals.
 *
 * One rule carries it: every change of an image checks and moves the user's log (kv/image_log.ts), and every row that
 * belongs to the change is written in the same commit. So the changes of one user come one after the other: a path row
 * never points to an image that does not list it, and no quota is passed by two uploads at once. In this process they
 * take turns, so that none loses a race to another.
 *
 * @module
 */
import { splitExtension } from "../codec/formats.ts";
import { changeTime } from "./change_time.ts";
import type { ImageId, ImagePath, UserId } from "./ids.ts";
import { ImageChange } from "./image_change.ts";
import { ImageLog } from "./image_log.ts";
import { ImageReads } from "./image_reads.ts";
import { KnownPaths, type LocatedImage, SHARED_PATH_MS } from "./known_paths.ts";
import { pathKey, totalKey, trashByTimeKey, trashKey, trashPrefix, usageKey } from "./keys.ts";
import type { ImageRecord, PathRow, TrashRow, Visibility } from "./records.ts";
import { addTo, type Store, toCount } from "./store.ts";
import { QuotaError } from "./quota_error.ts";
import { Turns } from "./turns.ts";
import { monthEndMs, monthOf } from "./usage.ts";

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
  /** Whether the path, or another one of its base name, led to another image before. */
  readonly isPathTaken: boolean;
  /** Whether an image that was there is seen by others now, or no more. */
  readonly isVisibilityChanged: boolean;
}

/** Says that {@linkcode Images.add} needs the bytes written first: the image it counted on is gone. */
export type AddOutcome = AddResult | "needs_bytes";

/** What an upload may come up to; null = anything. */
export interface UploadLimits {
  /** New images this month. */
  readonly uploads: number | null;
  /** Bytes of all images. */
  readonly bytes: number | null;
}

/** Writes rows that go with an upload into its own commit; called afresh after a lost race. What it throws ends it. */
export type Beside = (operation: Deno.AtomicOperation, added: AddResult) => Promise<void>;

/** On what terms an image is added. */
export interface AddTerms extends UploadLimits {
  readonly beside?: Beside;
}

const NO_LIMITS: AddTerms = { uploads: null, bytes: null };

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
export class Images extends ImageReads {
  #now: () => number;
  #log: ImageLog;
  #turns = new Turns<UserId>();
  #known: KnownPaths;

  /** @param pathMs how long delivery goes by what it found out about a path, in ms (kv/known_paths.ts) */
  constructor(store: Store, now: () => number, pathMs = SHARED_PATH_MS) {
    super(store);
    this.#now = now;
    this.#log = new ImageLog(store);
    this.#known = new KnownPaths(now, pathMs);
  }

  /** What `find` finds for a path, remembered until the user's images change (see {@linkcode KnownPaths}). */
  resolve(user: UserId, path: ImagePath, find: () => Promise<LocatedImage | null>): Promise<LocatedImage | null> {
    return this.#known.resolve(user, path, find);
  }

  /** What is remembered of a path; undefined = nothing. */
  known(user: UserId, path: ImagePath): LocatedImage | undefined {
    return this.#known.peek(user, path);
  }

  /** Forgets what delivery found out about anybody's paths: rows were written past this class. */
  forgetAll(): void {
    this.#known.forgetAll();
  }

  /** Forgets what delivery found out about a user's paths: another instance has changed them. */
  forget(user: UserId): void {
    this.#known.forget(user);
  }

  /** Reads, decides and commits in the user's turn. `attempt` is called afresh when another process was faster. */
  #change<R>(user: UserId, attempt: (change: ImageChange) => Promise<R>): Promise<R> {
    return this.#turns.run(user, async () => {
      let isPackDue = false;
      // A commit that failed may have happened all the same: what is remembered goes in any case.
      const result = await this.store.transact<R>(async () => {
        const at = await this.#log.state(user);
        const change = new ImageChange(this.store.atomic(), user, this.#now());
        const result = await attempt(change);
        if (change.ops.length === 0) return { result };
        ({ isPackDue } = this.#log.append(change.operation, user, at, change.ops));
        return { commit: change.operation, result };
      }).finally(() => this.#known.forget(user));
      if (isPackDue) await this.#pack(user);
      return result;
    });
  }

  /** Keeps the log short. What fails here is done by a later change: this one is committed and must not fail for it. */
  async #pack(user: UserId): Promise<void> {
    try {
      const { images } = await this.totals(user);
      if (await this.#log.pack(user, images)) await this.#log.rewrite(user);
    } catch {
      // Lists are as right without it, and only a little slower to read.
    }
  }

  /** Points a path at an image, dated so that no other state of its base name has the same second. */
  async #point(change: ImageChange, user: UserId, path: ImagePath, image: ImageId): Promise<void> {
    const { base } = splitExtension(path);
    const [latest, droppedAtMs] = await Promise.all([this.latestOfBase(user, base), this.droppedAt(user)]);
    const isBeforeKnown = latest !== null || droppedAtMs > 0;
    const beforeMs = isBeforeKnown ? Math.max(latest?.atMs ?? 0, droppedAtMs - 1) : null;
    change.pointPath(path, image, changeTime(this.#now(), beforeMs));
  }

  /** Whether a path's base name leads to another image than this one. */
  async #isBaseTaken(user: UserId, path: ImagePath, id: ImageId): Promise<boolean> {
    const images = await this.pathsAtBase(user, splitExtension(path).base);
    return [...images.values()].some((image) => image !== id);
  }

  /** Takes `path` away from the image that has it; that image goes too when it was its last. */
  async #detach(change: ImageChange, user: UserId, owner: ImageId, path: ImagePath): Promise<ImageRecord | null> {
    const record = await this.get(user, owner);
    if (record === null) return null;
    const left = withoutPath(record, path, this.#now());
    if (left.paths.length > 0) {
      change.put(left);
      return null;
    }
    change.drop(record);
    return record;
  }

  /** @throws {QuotaError} when no upload is left; what holds is checked again by {@linkcode add} */
  async assertUploadLeft(user: UserId, { uploads: limit }: UploadLimits): Promise<void> {
    const entry = await this.store.get<Deno.KvU64>(usageKey(user, monthOf(this.#now()), "uploads"));
    if (limit !== null && toCount(entry) >= limit) {
      throw new QuotaError("uploads", toCount(entry), limit, monthEndMs(this.#now()));
    }
  }

  /** @throws {QuotaError} when another image of `size` bytes, with `freed` bytes going, would be too much */
  async #spend(change: ImageChange, user: UserId, limits: UploadLimits, size: number, freed: number): Promise<void> {
    const uploadsKey = usageKey(user, monthOf(this.#now()), "uploads");
    const [uploads, bytes] = (await this.store.getMany<Deno.KvU64>([uploadsKey, totalKey(user, "bytes")])).map(
      toCount,
    );
    if (limits.uploads !== null && uploads! + 1 > limits.uploads) {
      throw new QuotaError("uploads", uploads!, limits.uploads, monthEndMs(this.#now()));
    }
    if (limits.bytes !== null && size > freed && bytes! - freed + size > limits.bytes) {
      throw new QuotaError("storage_bytes", bytes!, limits.bytes, null);
    }
    addTo(change.operation, uploadsKey, 1);
  }

  /**
   * Points `path` at a file, and makes its image when there is none yet: only that spends an upload and storage.
   *
   * @param fresh the record to make when the image is new, its bytes already written under its nonce; null when the
   * caller found the image there and wrote nothing (then `needs_bytes` may come back)
   * @param visibility what the upload asked for; null keeps that of an existing image
   * @throws {TooManyPathsError}
   * @throws {QuotaError}
   * @throws what `terms.beside` throws; nothing is committed then
   */
  add(
    user: UserId,
    id: ImageId,
    path: ImagePath,
    fresh: Omit<ImageRecord, "paths"> | null,
    visibility: Visibility | null,
    terms: AddTerms = NO_LIMITS,
  ): Promise<AddOutcome> {
    return this.#change<AddOutcome>(user, async (change) => {
      const before = await this.get(user, id);
      if (before === null && fresh === null) return "needs_bytes";
      const owner = (await this.store.get<PathRow>(pathKey(user, path))).value?.image ?? null;
      const isPathTaken = await this.#isBaseTaken(user, path, id);
      const displaced = owner === null || owner === id ? null : await this.#detach(change, user, owner, path);
      const base: ImageRecord = before ?? { ...fresh!, paths: [] };
      const paths = owner === id && before !== null ? base.paths : [...base.paths, path];
      assertRoom(paths);
      const record = { ...withVisibility(base, visibility ?? base.visibility), paths, updatedAtMs: this.#now() };
      if (before === null) {
        await this.#spend(change, user, terms, record.size, displaced?.size ?? 0);
        change.putNew(record);
      } else change.put(record);
      await this.#point(change, user, path, id);
      const isVisibilityChanged = before !== null && before.visibility !== record.visibility;
      const added = { record, isNew: before === null, displaced, isPathTaken, isVisibilityChanged };
      await terms.beside?.(change.operation, added);
      return added;
    });
  }

  /** Removes an image with all its paths; the record as it was, or null when there was none. */
  remove(user: UserId, id: ImageId): Promise<ImageRecord | null> {
    return this.#change(user, async (change) => {
      const record = await this.get(user, id);
      if (record !== null) change.dropWithPaths(record);
      return record;
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
    return this.#change<ImageRecord | "taken" | null>(user, async (change) => {
      const before = await this.get(user, id);
      const owner = (await this.store.get<PathRow>(pathKey(user, to))).value?.image ?? null;
      if (before === null || (from !== null && !before.paths.includes(from))) return null;
      if (owner === id && (from === null || from === to)) return before;
      if (owner !== null) return "taken";
      const paths = from === null ? [...before.paths, to] : before.paths.map((path) => path === from ? to : path);
      assertRoom(paths);
      const record = { ...before, paths, updatedAtMs: this.#now() };
      change.put(record);
      if (from !== null) change.dropPath(from);
      await this.#point(change, user, to, id);
      return record;
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
    return this.#change(user, async (change) => {
      const owner = (await this.store.get<PathRow>(pathKey(user, path))).value?.image ?? null;
      const before = owner === null || (id !== null && owner !== id) ? null : await this.get(user, owner);
      if (before === null) return null;
      const left = withoutPath(before, path, this.#now());
      change.dropPath(path);
      if (left.paths.length === 0) change.drop(before);
      else change.put(left);
      return { before, after: left.paths.length === 0 ? null : left };
    });
  }

  /** Sets who may see an image; turning it private ends its links. The record afterwards, or null. */
  setVisibility(user: UserId, id: ImageId, visibility: Visibility): Promise<ImageRecord | null> {
    return this.#change(user, async (change) => {
      const before = await this.get(user, id);
      if (before === null || before.visibility === visibility) return before;
      const record = { ...withVisibility(before, visibility), updatedAtMs: this.#now() };
      change.put(record);
      return record;
    });
  }

  /**
   * Hides an image as {@linkcode remove} does, but keeps its record aside until `deleteAtMs`.
   *
   * @returns the record as it was, or null when there was none
   */
  removeLater(user: UserId, id: ImageId, deleteAtMs: number): Promise<ImageRecord | null> {
    return this.#change(user, async (change) => {
      const image = await this.get(user, id);
      if (image === null) return null;
      change.dropWithPaths(image);
      const row: TrashRow = { v: 1, image, deleteAtMs, isClaimed: false };
      change.operation.set(trashKey(user, id, image.nonce), row);
      change.operation.set(trashByTimeKey(deleteAtMs, user, id, image.nonce), true);
      return image;
    });
  }

  /**
   * Brings back an image that {@linkcode removeLater} hid, under those of its paths that are still free.
   *
   * @returns the record; `taken` when the same file or all its paths have come anew; null when there is nothing to undo
   */
  restore(user: UserId, id: ImageId): Promise<ImageRecord | "taken" | null> {
    return this.#change<ImageRecord | "taken" | null>(user, async (change) => {
      const trash = await latest(this.store.list<TrashRow>({ prefix: trashPrefix(user, id) }));
      if (trash === null || trash.value.isClaimed || trash.value.deleteAtMs <= this.#now()) return null;
      const { image: hidden, deleteAtMs } = trash.value;
      if (await this.get(user, id) !== null) return "taken";
      const rows = await this.store.getMany<PathRow>(hidden.paths.map((path) => pathKey(user, path)));
      const paths = hidden.paths.filter((_, at) => rows[at]!.value === null);
      if (paths.length === 0) return "taken";
      const record = { ...hidden, paths, updatedAtMs: this.#now() };
      // Carrying a delete out claims its row without the user's turn.
      change.operation.check(trash).delete(trash.key).delete(trashByTimeKey(deleteAtMs, user, id, hidden.nonce));
      change.putNew(record);
      for (const path of paths) await this.#point(change, user, path, id);
      return record;
    });
  }
}

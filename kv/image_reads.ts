/**
 * Reading of image records and of the paths that lead to them. What changes them is in kv/images.ts.
 *
 * @module
 */
import type { ImageId, ImagePath, UserId } from "./ids.ts";
import { basePrefix, imageKey, imagesPrefix, pathKey, pathsDroppedKey, pathsPrefix, totalKey } from "./keys.ts";
import type { LocatedImage } from "./known_paths.ts";
import { type ImageRecord, isImageRecord, type PathRow, UnreadableRecordError } from "./records.ts";
import { type Store, toCount } from "./store.ts";

/** See the module's comment. */
export class ImageReads {
  /** For the changes, too. */
  protected readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** The image, or null. @throws {UnreadableRecordError} */
  async get(user: UserId, id: ImageId): Promise<ImageRecord | null> {
    const { value } = await this.store.get(imageKey(user, id));
    if (value === null || isImageRecord(value)) return value;
    throw new UnreadableRecordError(`Record of image ${id} of ${user} has a shape that this version does not know`);
  }

  async #located(user: UserId, row: PathRow | null, droppedAtMs: number): Promise<LocatedImage | null> {
    const record = row === null ? null : await this.get(user, row.image);
    return record === null ? null : { record, changedAtMs: Math.max(row!.atMs, droppedAtMs) };
  }

  /** The image at exactly this path, or null. */
  async locate(user: UserId, path: ImagePath): Promise<LocatedImage | null> {
    return await this.#located(user, (await this.store.get<PathRow>(pathKey(user, path))).value, 0);
  }

  /** The row of the path of a base name that was pointed last. */
  protected async latestOfBase(user: UserId, base: string): Promise<PathRow | null> {
    let latest: PathRow | null = null;
    for await (const { value } of this.store.list<PathRow>({ prefix: basePrefix(user, base) })) {
      if (latest === null || value.atMs > latest.atMs) latest = value;
    }
    return latest;
  }

  /** When the user last lost a path, in ms; 0 = never. */
  protected async droppedAt(user: UserId): Promise<number> {
    return (await this.store.get<number>(pathsDroppedKey(user))).value ?? 0;
  }

  /**
   * The image whose path, without its image extension, is `base`; the most recently pointed one of several. One that
   * was pointed later may be gone since: so it counts as changed when the user last lost any path.
   */
  async locateBase(user: UserId, base: string): Promise<LocatedImage | null> {
    const [latest, droppedAtMs] = await Promise.all([this.latestOfBase(user, base), this.droppedAt(user)]);
    return await this.#located(user, latest, droppedAtMs);
  }

  /** As {@linkcode locate}, for a name that is found only while no other image answers to it. */
  async locateWhole(user: UserId, path: ImagePath): Promise<LocatedImage | null> {
    const [row, droppedAtMs] = await Promise.all([
      this.store.get<PathRow>(pathKey(user, path)),
      this.droppedAt(user),
    ]);
    return await this.#located(user, row.value, droppedAtMs);
  }

  /** As {@linkcode locate}, the image alone. */
  async atPath(user: UserId, path: ImagePath): Promise<ImageRecord | null> {
    return (await this.locate(user, path))?.record ?? null;
  }

  /** As {@linkcode locateBase}, the image alone. */
  async atBase(user: UserId, base: string): Promise<ImageRecord | null> {
    return (await this.locateBase(user, base))?.record ?? null;
  }

  /** Every path whose name without its image extension is `base`, with its image. */
  async pathsAtBase(user: UserId, base: string): Promise<ReadonlyMap<string, ImageId>> {
    const found = new Map<string, ImageId>();
    for await (const { key, value } of this.store.list<PathRow>({ prefix: basePrefix(user, base) })) {
      found.set(base + String(key[3]), value.image);
    }
    return found;
  }

  /** How many images a user has, and of how many bytes. */
  async totals(user: UserId): Promise<{ images: number; bytes: number }> {
    const entries = await this.store.getMany<Deno.KvU64>([totalKey(user, "images"), totalKey(user, "bytes")]);
    return { images: toCount(entries[0]!), bytes: toCount(entries[1]!) };
  }

  /** Records by id, in order; null where there is none that can be read, so that a list goes on without it. */
  async getMany(user: UserId, ids: readonly ImageId[]): Promise<(ImageRecord | null)[]> {
    const values = await this.store.getReadable<unknown>(ids.map((id) => imageKey(user, id)));
    return values.map((value) => isImageRecord(value) ? value : null);
  }

  /** Every image of a user, one after the other. */
  async *each(user: UserId): AsyncGenerator<ImageRecord> {
    for await (const { value } of this.store.list<ImageRecord>({ prefix: imagesPrefix(user) })) yield value;
  }

  /** Every image of a user. */
  all(user: UserId): Promise<ImageRecord[]> {
    return Array.fromAsync(this.each(user));
  }

  /** Every path below a folder (null = all) with its image's id, in the order of their text. */
  async *pathsUnder(user: UserId, folder: string | null): AsyncGenerator<{ path: ImagePath; image: ImageId }> {
    const prefix = pathsPrefix(user);
    // `0` follows `/`: between them lies the folder and nothing else.
    const selector = folder === null
      ? { prefix }
      : { start: [...prefix, `${folder}/`], end: [...prefix, `${folder}0`] };
    for await (const { key, value } of this.store.list<PathRow>(selector)) {
      yield { path: key[2] as ImagePath, image: value.image };
    }
  }

  /** Every path of a user with its image's id, in the order of their text. */
  async *paths(user: UserId): AsyncGenerator<{ path: ImagePath; image: ImageId }> {
    for await (const { key, value } of this.store.list<PathRow>({ prefix: pathsPrefix(user) })) {
      yield { path: key[2] as ImagePath, image: value.image };
    }
  }
}

/**
 * One user's images: records against paths, counters, the log and the bytes.
 *
 * @module
 */
import { splitExtension } from "../../codec/formats.ts";
import { BlobError, type Blobs } from "../blobs/blobs.ts";
import { type ImageId, type ImagePath, sha256Hex, type UserId } from "../ids.ts";
import { EMPTY_LOG, ImageLog } from "../image_log.ts";
import { baseKey, imageKey, imagesPrefix, originalBlobKey, pathKey, pathsPrefix, totalKey } from "../keys.ts";
import { userRowsPrefix } from "../keys.ts";
import type { ImageRecord, PathRow } from "../records.ts";
import { type Store, toCount } from "../store.ts";
import type { Fault } from "./faults.ts";

/** Records and rows that are looked at together. */
const BATCH = 50;
const BLOBS_AT_ONCE = 8;
/** Looks at a user whose images change meanwhile. */
const LOOKS = 3;

/** Faults of one image, which cannot look alike by chance in several looks as a sum can. */
const LASTING: ReadonlySet<string> = new Set<Fault["kind"]>([
  "record_without_blob",
  "size_differs",
  "bytes_differ",
  "image_without_path",
  "path_without_image",
]);

/** What a look at a user gave. */
export interface UserVerdict {
  readonly images: number;
  readonly faults: readonly Fault[];
  /** The images changed during every look: only what all looks have shown is said. */
  readonly isBusy: boolean;
}

async function* inBatches<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const row of rows) {
    if (batch.push(row) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** One look at one user's images. */
class Look {
  readonly faults: Fault[] = [];
  images = 0;
  #bytes = 0;
  /** Images of the log that no record was seen of, with their number of paths. */
  #logged = new Map<ImageId, number>();

  constructor(
    private readonly store: Store,
    private readonly blobs: Blobs,
    private readonly user: UserId,
    private readonly isDeep: boolean,
  ) {}

  #fault(kind: Fault["kind"], where: string): void {
    this.faults.push({ kind, where: `user ${this.user}, ${where}` });
  }

  async run(): Promise<void> {
    const hasLog = await this.#readLog();
    for await (const batch of inBatches(this.store.list<ImageRecord>({ prefix: imagesPrefix(this.user) }))) {
      const records = batch.map((entry) => entry.value);
      for (const record of records) {
        this.images++;
        this.#bytes += record.size;
        if (hasLog && this.#logged.get(record.id) !== record.paths.length) {
          this.#fault("log_differs", `image ${record.id}`);
        }
        this.#logged.delete(record.id);
      }
      await this.#checkPathsOf(records);
      for (let at = 0; at < records.length; at += BLOBS_AT_ONCE) {
        await Promise.all(records.slice(at, at + BLOBS_AT_ONCE).map((record) => this.#checkBlob(record)));
      }
    }
    for (const id of this.#logged.keys()) this.#fault("log_differs", `image ${id}, which is gone`);
    await this.#checkRows();
    await this.#checkTotals();
  }

  /** False where there is none: lists then make it from the records. */
  async #readLog(): Promise<boolean> {
    const log = new ImageLog(this.store);
    const { value } = await log.state(this.user);
    const isWhole = await log.replay(this.user, null, value ?? EMPTY_LOG, (ops) => {
      for (const { id, entry } of ops) {
        if (entry === null) this.#logged.delete(id);
        else this.#logged.set(id, entry.paths.length);
      }
    });
    if (!isWhole) this.#fault("log_differs", "a row of the log is missing");
    return isWhole && value !== null;
  }

  async #checkPathsOf(records: readonly ImageRecord[]): Promise<void> {
    const claims = records.flatMap(({ id, paths }) => paths.map((path) => ({ id, path })));
    const rows = await this.store.getMany<PathRow>(claims.flatMap(({ path }) => [
      pathKey(this.user, path),
      baseKey(this.user, splitExtension(path).base, path),
    ]));
    claims.forEach(({ id, path }, at) => {
      const isThere = rows[2 * at]!.value?.image === id && rows[2 * at + 1]!.value?.image === id;
      if (!isThere) this.#fault("image_without_path", `image ${id}, path ${path}`);
    });
  }

  async #checkBlob(record: ImageRecord): Promise<void> {
    const key = originalBlobKey(record);
    const info = await this.blobs.head(key);
    if (info === null) return this.#fault("record_without_blob", `image ${record.id}, blob ${key}`);
    if (info.size !== record.size) return this.#fault("size_differs", `image ${record.id}, blob ${key}`);
    if (this.isDeep && !await hasHash(this.blobs, key, record.hash)) {
      this.#fault("bytes_differ", `image ${record.id}, blob ${key}`);
    }
  }

  /** Rows of paths and bases, back to their images. */
  async #checkRows(): Promise<void> {
    for (const prefix of [pathsPrefix(this.user), userRowsPrefix("base", this.user)]) {
      for await (const batch of inBatches(this.store.list<PathRow>({ prefix }))) {
        const images = await this.store.getMany<ImageRecord>(
          batch.map(({ value }) => imageKey(this.user, value.image)),
        );
        batch.forEach(({ key }, at) => {
          const path = key.slice(2).join("") as ImagePath;
          if (!images[at]!.value?.paths.includes(path)) {
            this.#fault("path_without_image", `${String(prefix[0])} ${path}`);
          }
        });
      }
    }
  }

  async #checkTotals(): Promise<void> {
    const entries = await this.store.getMany<Deno.KvU64>([
      totalKey(this.user, "images"),
      totalKey(this.user, "bytes"),
    ]);
    const [images, bytes] = entries.map(toCount);
    if (images !== this.images) this.#fault("total_differs", `images: counter ${images}, records ${this.images}`);
    if (bytes !== this.#bytes) this.#fault("total_differs", `bytes: counter ${bytes}, records ${this.#bytes}`);
  }
}

async function hasHash(blobs: Blobs, key: string, hash: string): Promise<boolean> {
  try {
    const bytes = await blobs.get(key);
    return bytes !== null && await sha256Hex(bytes) === hash;
  } catch (error) {
    if (error instanceof BlobError && error.code === "damaged") return false;
    throw error;
  }
}

/**
 * Looks at a user's images, again where they change under the look.
 *
 * @param isDeep reads every original and compares its SHA-256
 */
export async function verifyImages(store: Store, blobs: Blobs, user: UserId, isDeep: boolean): Promise<UserVerdict> {
  const log = new ImageLog(store);
  let lasting: readonly Fault[] | null = null;
  for (let looks = 1;; looks++) {
    const before = (await log.state(user)).value?.seq;
    const look = new Look(store, blobs, user, isDeep);
    await look.run();
    const { images, faults } = look;
    const isBusy = faults.length > 0 && (await log.state(user)).value?.seq !== before;
    if (!isBusy) return { images, faults, isBusy };
    // What every look shows in the same words is no passing thing.
    const seen = new Set(faults.map(({ kind, where }) => `${kind} ${where}`));
    lasting = (lasting ?? faults).filter(({ kind, where }) => LASTING.has(kind) && seen.has(`${kind} ${where}`));
    if (looks === LOOKS) return { images, faults: lasting, isBusy };
  }
}

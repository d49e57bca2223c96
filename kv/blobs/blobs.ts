/**
 * The blob store: one interface, one conformance suite (tests/conformance/blobs.ts), any number of implementations.
 *
 * @module
 */

/** Size and age of a blob. */
export interface BlobInfo {
  readonly key: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** Part of a blob: from `start` (inclusive) to `end` (exclusive), in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** How a blob is written. */
export interface PutOptions {
  /** An existing blob stays. Default false. */
  readonly ifAbsent?: boolean;
  /**
   * The bytes can be made again, and whoever reads them sees whether they are whole: a power cut may take the blob, or
   * leave it cut. Default false.
   */
  readonly isRemakable?: boolean;
}

/**
 * Bytes under flat keys. Keys are made in kv/keys.ts: segments of `A–Z a–z 0–9 _ . -` joined by `/`, none of which is
 * `.` or `..`; no key is the folder of another one.
 *
 * A put is all or nothing: a reader sees the old blob, the whole new one, or none. Deleting what is not there is fine.
 * Failures other than absence are {@linkcode BlobError}s.
 */
export interface Blobs {
  /**
   * Looks whether the store is there at all, which {@linkcode Blobs.head} does not tell: what is not found may be absent
   * with its folder or bucket. @throws {BlobError} `refused` or `unavailable`
   */
  check(): Promise<void>;
  /** Size and age, or null. */
  head(key: string): Promise<BlobInfo | null>;
  /** All bytes, or those of the range (cut at the end), or null when there is no such blob. */
  get(key: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Writes, durably unless told otherwise. @returns false where an existing blob stayed */
  put(key: string, bytes: Uint8Array<ArrayBuffer>, options?: PutOptions): Promise<boolean>;
  /** Removes one blob; false when there was none. */
  delete(key: string): Promise<boolean>;
  /** Every blob whose key begins with `prefix`, in no given order. */
  list(prefix: string): AsyncIterable<BlobInfo>;
  /**
   * Removes what puts that never ended have left behind, where it was begun before `beforeMs` (ms since 1970, by the
   * store's own clock). @returns how many there were
   */
  sweepUnfinished(beforeMs: number): Promise<number>;
}

/** Why a blob operation failed. */
export type BlobErrorCode =
  /** No space left. */
  | "full"
  /** The store cannot be reached or gave a fault; worth another try. */
  | "unavailable"
  /** The store knows us not, or not the bucket: another try is no use. */
  | "refused"
  /** What came is not what was stored: cut off, or other bytes. */
  | "damaged"
  /** The key breaks the rule above: a bug on our side. */
  | "bad_key";

/** A failure of the blob store. */
export class BlobError extends Error {
  override readonly name = "BlobError";
  constructor(readonly code: BlobErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;

/** Whether a text keeps the rule of keys. */
export function isBlobKey(text: string): boolean {
  return KEY.test(text) && text.length <= 512;
}

/** Refuses a key that could leave the store's folder or mean two things. @throws {BlobError} `bad_key` */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new BlobError("bad_key", `Blob key "${key}" is not allowed`);
}

/** Deletes at once: a bucket takes some milliseconds for each. */
const DELETES_AT_ONCE = 8;

/** Removes every blob under a prefix. @returns how many there were */
export async function deletePrefix(blobs: Blobs, prefix: string): Promise<number> {
  let deleted = 0;
  let batch: string[] = [];
  const flush = async () => {
    deleted += (await Promise.all(batch.map((key) => blobs.delete(key)))).filter((wasThere) => wasThere).length;
    batch = [];
  };
  for await (const { key } of blobs.list(prefix)) {
    if (batch.push(key) === DELETES_AT_ONCE) await flush();
  }
  await flush();
  return deleted;
}

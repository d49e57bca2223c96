/**
 * Bytes of originals, verified on every read: a cut or flipped file is a fault, never a picture.
 *
 * @module
 */
import { BlobError, type Blobs, deletePrefix } from "./blobs/blobs.ts";
import { sha256Hex, type UserId } from "./ids.ts";
import { derivativesBlobPrefix, originalBlobKey, type OriginalRef, userBlobPrefixes } from "./keys.ts";

/** Stored bytes that are missing or are not what was stored. */
export class DamagedBlobError extends Error {
  override readonly name = "DamagedBlobError";
}

/** See the module's comment. */
export class Originals {
  #blobs: Blobs;

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** All bytes. @throws {DamagedBlobError} when they are missing or their SHA-256 is another */
  async get(original: OriginalRef): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes, verified } = await this.read(original);
    await verified;
    return bytes;
  }

  /**
   * All bytes, before it is known whether they are right: work on them may begin, but nothing of it may leave before
   * `verified` resolves.
   *
   * @throws {DamagedBlobError} when they are missing; `verified` rejects with one when their SHA-256 is another
   */
  async read(original: OriginalRef): Promise<{ bytes: Uint8Array<ArrayBuffer>; verified: Promise<void> }> {
    const bytes = await this.#read(originalBlobKey(original));
    if (bytes === null) throw new DamagedBlobError("Bytes of the original are missing");
    const verified = sha256Hex(bytes).then((hash) => {
      if (hash !== original.hash) throw new DamagedBlobError("Bytes of the original are damaged");
    });
    verified.catch(() => {});
    return { bytes, verified };
  }

  async #read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return await this.#blobs.get(key);
    } catch (error) {
      if (!(error instanceof BlobError) || error.code !== "damaged") throw error;
      throw new DamagedBlobError(`Bytes of the original are damaged: ${error.message}`, { cause: error });
    }
  }

  /** Writes the bytes of an upload; its nonce is fresh, so nothing can be there. */
  async put(original: OriginalRef, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#blobs.put(originalBlobKey(original), bytes);
  }

  /** Removes everything of a user, derivatives too. */
  async removeAll(user: UserId): Promise<void> {
    for (const prefix of userBlobPrefixes(user)) await deletePrefix(this.#blobs, prefix);
  }

  /** Removes everything made from an original. @returns how many derivatives there were */
  removeDerivatives(original: OriginalRef): Promise<number> {
    return deletePrefix(this.#blobs, derivativesBlobPrefix(original));
  }

  /** Removes an original and everything made from it. @returns how many derivatives there were */
  async remove(original: OriginalRef): Promise<number> {
    await this.#blobs.delete(originalBlobKey(original));
    return await this.removeDerivatives(original);
  }
}

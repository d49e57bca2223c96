/**
 * The derivative store: memory before blobs, sealed, one entry an original and key.
 *
 * @module
 */
import type { Blobs } from "./blobs/blobs.ts";
import { seal, unseal } from "./blobs/sealed.ts";
import {
  derivativeBlobKey,
  DERIVATIVES_PREFIX,
  derivativesBlobPrefix,
  type OriginalRef,
  parseDerivativeBlobKey,
  userBlobPrefixes,
} from "./keys.ts";
import type { UserId } from "./ids.ts";
import { Lru } from "./lru.ts";

/** Where a derivative was found. */
export type DerivativeSource = "memory" | "store";

/** A derivative and where it came from. */
export interface FoundDerivative {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: DerivativeSource;
}

/** A derivative as its blob tells of it. */
export interface StoredBlob {
  readonly original: OriginalRef;
  readonly key: string;
  /** In bytes, seal included. */
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** See the module's comment. */
export class Derivatives {
  #blobs: Blobs;
  #memory: Lru<string, Uint8Array<ArrayBuffer>>;

  /** @param memoryBytes bytes of derivatives to keep in memory */
  constructor(blobs: Blobs, memoryBytes: number) {
    this.#blobs = blobs;
    this.#memory = new Lru(memoryBytes);
  }

  /** A derivative in memory, or undefined: asked first, without waiting. */
  inMemory(original: OriginalRef, key: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#memory.get(derivativeBlobKey(original, key));
  }

  /** The derivative, or null. One whose seal is broken is removed and counts as absent. */
  async get(original: OriginalRef, key: string): Promise<FoundDerivative | null> {
    const blobKey = derivativeBlobKey(original, key);
    const cached = this.#memory.get(blobKey);
    if (cached !== undefined) return { bytes: cached, from: "memory" };
    const sealed = await this.#blobs.get(blobKey);
    if (sealed === null) return null;
    const bytes = await unseal(sealed);
    if (bytes === null) {
      await this.#blobs.delete(blobKey);
      return null;
    }
    this.#memory.set(blobKey, bytes, bytes.length);
    return { bytes, from: "store" };
  }

  /** Keeps a derivative in memory at once; for the time until {@linkcode put} has written it. */
  remember(original: OriginalRef, key: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#memory.set(derivativeBlobKey(original, key), bytes, bytes.length);
  }

  /** Writes a derivative. @returns bytes of its blob, seal included */
  async put(original: OriginalRef, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const sealed = await seal(bytes);
    await this.#blobs.put(derivativeBlobKey(original, key), sealed, { isRemakable: true });
    return sealed.length;
  }

  /** Size of a derivative's blob where it is whole, else null; not kept in memory. */
  async check(original: OriginalRef, key: string): Promise<number | null> {
    const sealed = await this.#blobs.get(derivativeBlobKey(original, key));
    return sealed === null || await unseal(sealed) === null ? null : sealed.length;
  }

  /** Removes a derivative from the store; what memory holds of it is as good as ever. */
  async remove(original: OriginalRef, key: string): Promise<void> {
    await this.#blobs.delete(derivativeBlobKey(original, key));
  }

  /** Every derivative of the store. */
  async *each(): AsyncGenerator<StoredBlob> {
    for await (const { key: blobKey, size, modifiedAtMs } of this.#blobs.list(DERIVATIVES_PREFIX)) {
      const place = parseDerivativeBlobKey(blobKey);
      if (place !== null) yield { ...place, size, modifiedAtMs };
    }
  }

  /** Forgets what memory holds of a user. */
  forgetUser(user: UserId): void {
    const prefixes = userBlobPrefixes(user);
    this.#memory.deleteWhere((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  }

  /** Forgets what memory holds of an original. */
  forget(original: OriginalRef): void {
    const prefix = derivativesBlobPrefix(original);
    this.#memory.deleteWhere((key) => key.startsWith(prefix));
  }
}

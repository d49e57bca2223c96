/**
 * Blobs in memory, for tests.
 *
 * @module
 */
import { assertBlobKey, type BlobInfo, type Blobs, type ByteRange, type PutOptions } from "./blobs.ts";

/** A store that forgets everything with the process. */
export class MemoryBlobs implements Blobs {
  #blobs = new Map<string, { bytes: Uint8Array<ArrayBuffer>; modifiedAtMs: number }>();
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  head(key: string): Promise<BlobInfo | null> {
    assertBlobKey(key);
    const blob = this.#blobs.get(key);
    return Promise.resolve(
      blob === undefined ? null : { key, size: blob.bytes.length, modifiedAtMs: blob.modifiedAtMs },
    );
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer> | null> {
    assertBlobKey(key);
    const bytes = this.#blobs.get(key)?.bytes;
    return Promise.resolve(bytes === undefined ? null : bytes.slice(range?.start ?? 0, range?.end ?? bytes.length));
  }

  put(key: string, bytes: Uint8Array<ArrayBuffer>, options: PutOptions = {}): Promise<boolean> {
    assertBlobKey(key);
    if (options.ifAbsent && this.#blobs.has(key)) return Promise.resolve(false);
    this.#blobs.set(key, { bytes: bytes.slice(), modifiedAtMs: this.#now() });
    return Promise.resolve(true);
  }

  delete(key: string): Promise<boolean> {
    assertBlobKey(key);
    return Promise.resolve(this.#blobs.delete(key));
  }

  sweepUnfinished(): Promise<number> {
    return Promise.resolve(0);
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    for (const [key, { bytes, modifiedAtMs }] of [...this.#blobs]) {
      if (key.startsWith(prefix)) yield await Promise.resolve({ key, size: bytes.length, modifiedAtMs });
    }
  }
}

/**
 * Whose a blob is, by its key, and whether they still have it.
 *
 * @module
 */
import { imageIdOfHash, type UserId } from "../ids.ts";
import { derivativeRowKey, derivativesIndexedKey, imageKey, type OriginalRef, trashKey } from "../keys.ts";
import type { ImageRecord } from "../records.ts";
import type { Store } from "../store.ts";

/** A blob's place. */
export interface BlobOwner {
  readonly original: OriginalRef;
  /** Key of the derivative; null = it is the original itself. */
  readonly derivative: string | null;
}

const BLOB_KEY = /^(originals|derivatives)\/([^/]+)\/([0-9a-f]{2})\/([0-9a-f]{64})\.([A-Za-z0-9]+)(?:\/([^/]+))?$/;

/** Takes a blob's key apart (see kv/keys.ts); null when no part of this program writes such keys. */
export function blobOwner(key: string): BlobOwner | null {
  const [, kind, user, start, hash, nonce, derivative] = BLOB_KEY.exec(key) ?? [];
  if (hash === undefined || !hash.startsWith(start!)) return null;
  if ((kind === "originals") !== (derivative === undefined)) return null;
  return { original: { user: user as UserId, hash, nonce: nonce! }, derivative: derivative ?? null };
}

/** Blobs that are looked up at once: each asks for three rows, and all must be of one moment. */
const LOOKED_UP_AT_ONCE = 3;

/** Where nobody has made rows for all derivatives yet, one without a row is not nobody's. */
export async function areDerivativesIndexed(store: Store): Promise<boolean> {
  return (await store.get(derivativesIndexedKey)).value === true;
}

/**
 * Which blobs somebody has: a record, be it of an image that was deleted and can still be brought back; of a derivative
 * its row, too.
 *
 * @param isIndexed see {@linkcode areDerivativesIndexed}
 * @returns in the order of `owners`
 */
export async function areOwned(store: Store, owners: readonly BlobOwner[], isIndexed: boolean): Promise<boolean[]> {
  const out: boolean[] = [];
  for (let at = 0; at < owners.length; at += LOOKED_UP_AT_ONCE) {
    const page = owners.slice(at, at + LOOKED_UP_AT_ONCE);
    const entries = await store.getMany<unknown>(page.flatMap(({ original, derivative }) => {
      const id = imageIdOfHash(original.hash);
      return [
        imageKey(original.user, id),
        trashKey(original.user, id, original.nonce),
        derivativeRowKey(original, derivative ?? ""),
      ];
    }));
    page.forEach(({ original, derivative }, index) => {
      const [image, trashed, row] = entries.slice(3 * index, 3 * index + 3).map(({ value }) => value);
      const hasImage = (image as ImageRecord | null)?.nonce === original.nonce;
      const needsRow = derivative !== null && isIndexed;
      out.push(trashed !== null || (hasImage && (row !== null || !needsRow)));
    });
  }
  return out;
}

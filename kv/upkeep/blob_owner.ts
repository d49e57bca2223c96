/**
 * Whose a blob is, by its key, and whether they still have it.
 *
 * @module
 */
import { imageIdOfHash, type UserId } from "../ids.ts";
import { imageKey, type OriginalRef, trashKey } from "../keys.ts";
import type { ImageRecord, TrashRow } from "../records.ts";
import type { Store } from "../store.ts";

/** A blob's place. */
export interface BlobOwner {
  readonly original: OriginalRef;
  /** False for a derivative. */
  readonly isOriginal: boolean;
}

const BLOB_KEY = /^(originals|derivatives)\/([^/]+)\/([0-9a-f]{2})\/([0-9a-f]{64})\.([A-Za-z0-9]+)(?:\/([^/]+))?$/;

/** Takes a blob's key apart (see kv/keys.ts); null when no part of this program writes such keys. */
export function blobOwner(key: string): BlobOwner | null {
  const [, kind, user, start, hash, nonce, derivative] = BLOB_KEY.exec(key) ?? [];
  const isOriginal = kind === "originals";
  if (hash === undefined || !hash.startsWith(start!) || isOriginal !== (derivative === undefined)) return null;
  return { original: { user: user as UserId, hash, nonce: nonce! }, isOriginal };
}

/** Originals that are looked up at once: each asks for two rows, and both must be of one moment. */
const LOOKED_UP_AT_ONCE = 5;

/**
 * Which originals have a record, be it of an image that was deleted and can still be brought back.
 *
 * @returns in the order of `originals`
 */
export async function areOwned(store: Store, originals: readonly OriginalRef[]): Promise<boolean[]> {
  const out: boolean[] = [];
  for (let at = 0; at < originals.length; at += LOOKED_UP_AT_ONCE) {
    const page = originals.slice(at, at + LOOKED_UP_AT_ONCE);
    const entries = await store.getMany<unknown>(page.flatMap(({ user, hash, nonce }) => {
      const id = imageIdOfHash(hash);
      return [imageKey(user, id), trashKey(user, id, nonce)];
    }));
    page.forEach(({ nonce }, index) => {
      const image = entries[2 * index]!.value as ImageRecord | null;
      const trashed = entries[2 * index + 1]!.value as TrashRow | null;
      out.push(image?.nonce === nonce || trashed !== null);
    });
  }
  return out;
}

/**
 * Removal: record before bytes, so that a crash in between leaves orphan blobs, never a record without bytes.
 *
 * @module
 */
import type { ImageId, UserId } from "../../kv/ids.ts";
import type { OriginalRef } from "../../kv/keys.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { originalOf } from "./image_source.ts";

/** Removes the bytes of an original whose record is gone, and all its derivatives with their rows. */
export async function removeBytes(deps: Deps, original: OriginalRef): Promise<void> {
  deps.derivatives.forget(original);
  // Rows first: who stores a derivative meanwhile finds none, and takes its blob away again.
  await deps.derivativeRows.remove(original);
  await deps.originals.remove(original);
  // A flight that was under way may have remembered its derivative in between.
  deps.derivatives.forget(original);
}

/** Removes an image of a user with all its paths; the record as it was, or null when there was none. */
export async function removeImage(deps: Deps, user: UserId, id: ImageId): Promise<ImageRecord | null> {
  const record = await deps.images.remove(user, id);
  if (record === null) return null;
  await removeBytes(deps, originalOf(record)).catch((error) => {
    deps.log.error("remove_bytes_failed", { image: id, message: String(error) });
  });
  return record;
}

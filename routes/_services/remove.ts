/**
 * Removal: record before bytes, so that a crash in between leaves orphan blobs, never a record without bytes.
 *
 * @module
 */
import type { ImageId, UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { type PurgeReceipt, purgeRemoved } from "./purge.ts";

/** An image that is gone, and what went with it. */
export interface Removed {
  /** As it was. */
  readonly record: ImageRecord;
  readonly purged: PurgeReceipt;
}

/** Removes an image of a user with all its paths; null when there was none. */
export async function removeImage(deps: Deps, user: UserId, id: ImageId): Promise<Removed | null> {
  const record = await deps.images.remove(user, id);
  return record === null ? null : { record, purged: await purgeRemoved(deps, user, [record]) };
}

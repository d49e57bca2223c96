/**
 * Deletes that can be undone for a while: hidden at once, carried out by the server whatever the client does.
 *
 * @module
 */
import type { ImageId, UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { purge, purgeForGood, type PurgeReceipt, scopeOf } from "./purge.ts";
import { ServiceError } from "./service_error.ts";

/** How long a delete can be undone. */
export const UNDO_MS = 10_000;

/** A delete that waits. */
export interface PendingDelete {
  readonly record: ImageRecord;
  readonly deleteAtMs: number;
}

/** Purges what is remembered of images that were hidden; what is stored of them stays until it is carried out. */
export function purgeHidden(deps: Deps, user: UserId, records: readonly ImageRecord[]): Promise<PurgeReceipt> {
  return purge(deps, user, scopeOf(records));
}

/** Hides an image, for {@linkcode purgeHidden} next; null when there is none. */
export async function removeLater(deps: Deps, user: UserId, id: ImageId): Promise<PendingDelete | null> {
  const deleteAtMs = deps.now() + UNDO_MS;
  const record = await deps.images.removeLater(user, id, deleteAtMs);
  return record === null ? null : { record, deleteAtMs };
}

/**
 * Undoes {@linkcode removeLater}; null when there is nothing to undo, or no more.
 *
 * @throws {ServiceError} `conflict` when the same file or all its paths have come anew
 */
export async function undoRemove(deps: Deps, user: UserId, id: ImageId): Promise<ImageRecord | null> {
  const restored = await deps.images.restore(user, id);
  if (restored === null) return null;
  if (restored !== "taken") {
    await purge(deps, user, scopeOf([restored]));
    return restored;
  }
  throw new ServiceError("conflict", "Image cannot come back: its file or all its paths are there anew");
}

/**
 * Carries out the deletes whose time has come: bytes first, then the row that remembers them, so that a crash in
 * between repeats the first.
 *
 * @param user theirs alone, at once; null = everybody's that are due
 * @returns how many
 */
export async function carryOutDeletes(deps: Deps, user: UserId | null = null): Promise<number> {
  const due = await deps.trash.claim(user);
  for (const row of due) {
    await purgeForGood(deps, row.image);
    await deps.trash.finish(row);
  }
  return due.length;
}

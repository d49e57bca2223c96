/**
 * `/api/v1/images/batch/…`: many at once. What fails is listed with its reason and holds nothing else up.
 *
 * @module
 */
import { type ImageId, isImageId } from "../../../kv/ids.ts";
import type { ImageRecord } from "../../../kv/records.ts";
import type { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { toApiError } from "../../_middleware/to_api_error.ts";
import { type Move, moveToFolder, parseFolder, purgeMoved } from "../../_services/paths.ts";
import { type PurgeReceipt, purgeRemoved, purgeVisibility } from "../../_services/purge.ts";
import { purgeHidden, removeLater, undoRemove } from "../../_services/undoable_delete.ts";
import type { Deps } from "../../deps.ts";
import { requireFeature } from "./_gate.ts";
import { imageNotFound } from "./_image_id.ts";
import {
  type BatchDeleteAnswer,
  BatchDeleteBody,
  type BatchFailure,
  type BatchMoveAnswer,
  BatchMoveBody,
  type BatchRestoreAnswer,
  BatchRestoreBody,
  type BatchVisibilityAnswer,
  BatchVisibilityBody,
} from "./_schema/image_changes.ts";
import { presentPurge } from "./_present.ts";
import { rfc3339 } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const SERVER_FAULT = 500;

interface Outcome<T> {
  readonly done: readonly T[];
  readonly failed: readonly BatchFailure[];
}

/**
 * One after the other: the changes of one user wait for each other anyway. A fault of the server ends it.
 *
 * @param onDone told of each that is done
 */
async function forEach<T>(
  ids: readonly string[],
  work: (id: ImageId) => Promise<T | null>,
  onDone: (result: T) => void = () => {},
): Promise<Outcome<T>> {
  const done: T[] = [];
  const failed: BatchFailure[] = [];
  const fail = (id: string, { code, message }: ApiError) => failed.push({ id, code, message });
  for (const id of new Set(ids)) {
    try {
      const result = isImageId(id) ? await work(id) : null;
      if (result === null) fail(id, imageNotFound());
      else {
        done.push(result);
        onDone(result);
      }
    } catch (error) {
      const answer = toApiError(error);
      if (answer.status >= SERVER_FAULT) throw error;
      fail(id, answer);
    }
  }
  return { done, failed };
}

/** As {@linkcode forEach}, then one purge for all images that changed, also where a fault of the server came between. */
async function forEachPurged(
  ids: readonly string[],
  work: (id: ImageId) => Promise<ImageRecord | null>,
  purge: (changed: readonly ImageRecord[]) => Promise<PurgeReceipt>,
) {
  const changed: ImageRecord[] = [];
  const outcome = await forEach(ids, work, (record) => changed.push(record)).catch(async (error) => {
    await purge(changed);
    throw error;
  });
  return { ids: changed.map(({ id }) => id), failed: [...outcome.failed], purged: presentPurge(await purge(changed)) };
}

/** `POST /api/v1/images/batch/delete`. */
export function batchDelete(deps: Deps): AppHandler {
  return async function batchDelete(c) {
    const { ids, undoable } = parseWith(BatchDeleteBody, await readJsonObject(c.req.raw), null);
    const user = c.get("caller").user.id;
    let deleteAtMs: number | null = null;
    const remove = async (id: ImageId) => {
      if (!undoable) return await deps.images.remove(user, id);
      const pending = await removeLater(deps, user, id);
      deleteAtMs = pending?.deleteAtMs ?? deleteAtMs;
      return pending?.record ?? null;
    };
    const purge = (changed: readonly ImageRecord[]) => (undoable ? purgeHidden : purgeRemoved)(deps, user, changed);
    const { ids: deleted, failed, purged } = await forEachPurged(ids, remove, purge);
    const answer: BatchDeleteAnswer = {
      deleted,
      failed,
      deleted_at: rfc3339(deps.now()),
      delete_at: deleteAtMs === null ? null : rfc3339(deleteAtMs),
      purged,
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/images/batch/restore`. */
export function batchRestore(deps: Deps): AppHandler {
  return async function batchRestore(c) {
    const { ids } = parseWith(BatchRestoreBody, await readJsonObject(c.req.raw), null);
    const user = c.get("caller").user.id;
    const { done, failed } = await forEach(ids, async (id) => (await undoRemove(deps, user, id))?.id ?? null);
    const answer: BatchRestoreAnswer = { restored: [...done], failed: [...failed] };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/images/batch/move`. */
export function batchMove(deps: Deps): AppHandler {
  return async function batchMove(c) {
    const body = parseWith(BatchMoveBody, await readJsonObject(c.req.raw), null);
    const from = typeof body.from === "string" ? parseFolder("from", body.from) : null;
    const to = parseFolder("to", body.to);
    const user = c.get("caller").user.id;
    const moved: Move[] = [];
    const move = (id: ImageId) => moveToFolder(deps, user, id, { from, to }, moved);
    const { failed } = await forEach(body.ids, move).catch(async (error) => {
      await purgeMoved(deps, user, moved);
      throw error;
    });
    const purged = presentPurge(await purgeMoved(deps, user, moved));
    const answer: BatchMoveAnswer = { moved, failed: [...failed], purged };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/images/batch/visibility`. */
export function batchVisibility(deps: Deps): AppHandler {
  return async function batchVisibility(c) {
    const { ids, visibility } = parseWith(BatchVisibilityBody, await readJsonObject(c.req.raw), null);
    if (visibility === "private") requireFeature(deps, c, "private_images");
    const user = c.get("caller").user.id;
    const { ids: updated, failed, purged } = await forEachPurged(
      ids,
      (id) => deps.images.setVisibility(user, id, visibility),
      (changed) => purgeVisibility(deps, user, changed),
    );
    const answer: BatchVisibilityAnswer = { updated, failed, visibility, purged };
    return c.json(answer, 200, NO_STORE);
  };
}

/**
 * `/api/v1/images`: upload, get, delete.
 *
 * @module
 */
import type { ImageRecord, UserRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readUploadForm } from "../../_http/multipart.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { uploadPath } from "../../_services/image_names.ts";
import { originalOf } from "../../_services/image_source.ts";
import { removeImage } from "../../_services/remove.ts";
import { assertIdempotencyKey, ingestOnce } from "../../_services/repeated_upload.ts";
import { purgeHidden, removeLater, undoRemove } from "../../_services/undoable_delete.ts";
import type { Deps } from "../../deps.ts";
import { contextOf, contextOfImages } from "./_context.ts";
import { requireFeature } from "./_gate.ts";
import { imageIdOf, imageNotFound } from "./_image_id.ts";
import { presentImage, presentPurge, presentUpload } from "./_present.ts";
import { DeleteQuery, type RestoreAnswer } from "./_schema/image_changes.ts";
import { type DeleteAnswer, VisibilityInput } from "./_schema/images.ts";
import { rfc3339 } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };

/** `POST /api/v1/images`: always 201, also for bytes that were there already (`is_new: false`). */
export function uploadImage(deps: Deps): AppHandler {
  return async function uploadImage(c) {
    const { user } = c.get("caller");
    const take = () => takeUpload(deps, c, user);
    const { record, path, ...done } = await deps.uploadTurns.run(user.id, take);
    const context = await contextOf(deps, c, [{ record, path }]);
    return c.json(presentUpload(context, record, path, done), 201, NO_STORE);
  };
}

/** Reads the form only in the user's turn, so that those who wait hold no bytes in memory. */
async function takeUpload(deps: Deps, c: AppContext, user: UserRecord) {
  const key = c.req.header("idempotency-key") ?? null;
  if (key !== null) assertIdempotencyKey(key);
  const form = await readUploadForm(c.req.raw, deps.config.MAX_UPLOAD_BYTES);
  const visibility = form.visibility === null ? null : parseWith(VisibilityInput, form.visibility, "visibility");
  if (visibility === "private") requireFeature(deps, c, "private_images");
  const path = uploadPath(form.path, form.filename);
  const upload = { bytes: form.bytes, filename: form.filename, path, visibility };
  return { ...await ingestOnce(deps, user, upload, { key, signal: c.req.raw.signal }), path };
}

/** `GET /api/v1/images/:id`. */
export function getImage(deps: Deps): AppHandler {
  return async function getImage(c) {
    const record: ImageRecord | null = await deps.images.get(c.get("caller").user.id, imageIdOf(c));
    if (record === null) throw imageNotFound();
    const count = await deps.derivativeRows.count(originalOf(record));
    const derivatives = { count, max: deps.config.DERIVATIVE_MAX_PER_IMAGE };
    return c.json(presentImage(await contextOfImages(deps, c, [record]), record, derivatives), 200, NO_STORE);
  };
}

/** `DELETE /api/v1/images/:id`; with `?undoable=true` it can be restored for ten seconds. */
export function deleteImage(deps: Deps): AppHandler {
  return async function deleteImage(c) {
    const isUndoable = parseWith(DeleteQuery, c.req.query(), null).undoable === "true";
    const [user, id] = [c.get("caller").user.id, imageIdOf(c)];
    const pending = isUndoable ? await removeLater(deps, user, id) : null;
    const hidden = pending && { ...pending, purged: await purgeHidden(deps, user, [pending.record]) };
    const removed = isUndoable ? hidden : await removeImage(deps, user, id);
    if (removed === null) throw imageNotFound();
    const answer: DeleteAnswer = {
      success: true,
      message: "Image deleted",
      deleted_paths: [...removed.record.paths],
      deleted_at: rfc3339(deps.now()),
      delete_at: pending === null ? null : rfc3339(pending.deleteAtMs),
      purged: presentPurge(removed.purged),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/images/:id/restore`: undoes an undoable delete. */
export function restoreImage(deps: Deps): AppHandler {
  return async function restoreImage(c) {
    const record = await undoRemove(deps, c.get("caller").user.id, imageIdOf(c));
    if (record === null) throw new ApiError("NOT_FOUND", "There is no delete of this image that can be undone");
    const { id, paths } = record;
    const answer: RestoreAnswer = { success: true, message: "Image restored", id, paths: [...paths] };
    return c.json(answer, 200, NO_STORE);
  };
}

/**
 * `/api/v1/images`: upload, get, delete.
 *
 * @module
 */
import { isImageId } from "../../../kv/ids.ts";
import type { ImageRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readUploadForm } from "../../_http/multipart.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { deliveryOrigin } from "../../_services/delivery_origin.ts";
import { uploadPath } from "../../_services/image_names.ts";
import { ingest } from "../../_services/ingest.ts";
import { removeImage } from "../../_services/remove.ts";
import type { Deps } from "../../deps.ts";
import { type PresentContext, presentImage, presentUpload } from "./_present.ts";
import { type DeleteAnswer, VisibilityInput } from "./_schema/images.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const contextOf = (deps: Deps, c: AppContext): PresentContext => ({
  at: deliveryOrigin(deps),
  userName: c.get("caller").user.name,
});

/** `POST /api/v1/images`: always 201, also for bytes that were there already (`is_new: false`). */
export function uploadImage(deps: Deps): AppHandler {
  return async function uploadImage(c) {
    const { user } = c.get("caller");
    const form = await readUploadForm(c.req.raw, deps.config.MAX_UPLOAD_BYTES);
    const visibility = form.visibility === null ? null : parseWith(VisibilityInput, form.visibility, "visibility");
    if (visibility === "private" && user.plan !== "pro") {
      throw new ApiError("FORBIDDEN", "Private pictures need the Pro plan");
    }
    const path = uploadPath(form.path, form.filename);
    const upload = { bytes: form.bytes, filename: form.filename, path, visibility };
    const { record, isNew } = await ingest(deps, user.id, upload, c.req.raw.signal);
    return c.json(presentUpload(contextOf(deps, c), record, path, isNew), 201, NO_STORE);
  };
}

const notFound = () => new ApiError("NOT_FOUND", "There is no image of yours with this id");

function imageIdOf(c: AppContext) {
  const id = c.req.param("id") ?? "";
  if (!isImageId(id)) throw notFound();
  return id;
}

/** `GET /api/v1/images/:id`. */
export function getImage(deps: Deps): AppHandler {
  return async function getImage(c) {
    const record: ImageRecord | null = await deps.images.get(c.get("caller").user.id, imageIdOf(c));
    if (record === null) throw notFound();
    return c.json(presentImage(contextOf(deps, c), record), 200, NO_STORE);
  };
}

/** `DELETE /api/v1/images/:id`. */
export function deleteImage(deps: Deps): AppHandler {
  return async function deleteImage(c) {
    const record = await removeImage(deps, c.get("caller").user.id, imageIdOf(c));
    if (record === null) throw notFound();
    const answer: DeleteAnswer = {
      success: true,
      message: "Image deleted",
      deleted_paths: [...record.paths],
      deleted_at: new Date(deps.now()).toISOString(),
    };
    return c.json(answer, 200, NO_STORE);
  };
}

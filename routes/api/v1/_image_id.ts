/**
 * Image ids in paths: what has not their form is as absent as what isn't there.
 *
 * @module
 */
import { type ImageId, isImageId } from "../../../kv/ids.ts";
import { ApiError } from "../../_http/api_error.ts";
import type { AppContext } from "../../_middleware/env.ts";

/** The answer for an image that is absent or somebody else's. */
export function imageNotFound(): ApiError {
  return new ApiError("NOT_FOUND", "There is no image of yours with this id");
}

/** The id of the path. @throws {ApiError} NOT_FOUND */
export function imageIdOf(c: AppContext): ImageId {
  const id = c.req.param("id") ?? "";
  if (!isImageId(id)) throw imageNotFound();
  return id;
}

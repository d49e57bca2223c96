/**
 * `/api/v1/images/:id/…`: visibility, signed URLs, paths; and deletes by path.
 *
 * @module
 */
import { type JsonTransform, parseJsonParams } from "../../../codec/json_params.ts";
import { type ImagePath, NameError, parseImagePath } from "../../../kv/ids.ts";
import type { ImageRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { deliveryUrl, rawTarget } from "../../_http/delivery_url.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import { readingsOfPath } from "../../_http/raw_path.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { deliveryOrigin } from "../../_services/delivery_origin.ts";
import { uploadPath } from "../../_services/image_names.ts";
import { movePath, type PathMoved, type PathRemoval, removePath } from "../../_services/paths.ts";
import { purgeVisibility } from "../../_services/purge.ts";
import { signUrl } from "../../_services/sign_url.ts";
import type { Deps } from "../../deps.ts";
import { requireFeature } from "./_gate.ts";
import { imageIdOf, imageNotFound } from "./_image_id.ts";
import {
  MovePathBody,
  NewPathBody,
  type PathRemovedAnswer,
  type PathsAnswer,
  RemovePathQuery,
  type SignedUrlAnswer,
  SignedUrlBody,
  type VisibilityAnswer,
  VisibilityBody,
} from "./_schema/image_changes.ts";
import { presentPurge } from "./_present.ts";
import { rfc3339 } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const DEFAULT_EXPIRY_SECONDS = 3_600;

async function ownImage(deps: Deps, c: AppContext): Promise<ImageRecord> {
  const record = await deps.images.get(c.get("caller").user.id, imageIdOf(c));
  if (record === null) throw imageNotFound();
  return record;
}

/** `PUT` and `PATCH /api/v1/images/:id/visibility`. Only turning private needs the plan: the way back is open. */
export function setVisibility(deps: Deps): AppHandler {
  return async function setVisibility(c) {
    const { visibility } = parseWith(VisibilityBody, await readJsonObject(c.req.raw), null);
    if (visibility === "private") requireFeature(deps, c, "private_images");
    const record = await deps.images.setVisibility(c.get("caller").user.id, imageIdOf(c), visibility);
    if (record === null) throw imageNotFound();
    const purged = presentPurge(await purgeVisibility(deps, record.user, [record]));
    const message = `Visibility updated to ${visibility}`;
    const answer: VisibilityAnswer = { id: record.id, visibility, message, purged };
    return c.json(answer, 200, NO_STORE);
  };
}

/** One of the image's paths, as somebody wrote it. */
function ownPath(record: ImageRecord, field: string, text: string): ImagePath {
  const path = parsePath(field, text);
  if (record.paths.includes(path)) return path;
  throw new ApiError("NOT_FOUND", `The image has no path "${path}"`);
}

function parsePath(field: string, text: string): ImagePath {
  try {
    return parseImagePath(text);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ApiError("VALIDATION_ERROR", `Field "${field}": ${error.message}`);
  }
}

/** `POST /api/v1/images/:id/signed-url`. */
export function createSignedUrl(deps: Deps): AppHandler {
  return async function createSignedUrl(c) {
    requireFeature(deps, c, "signed_urls");
    const body = parseWith(SignedUrlBody, await readJsonObject(c.req.raw), null);
    const json = body.transform ?? body.transformation ?? null;
    const transform: JsonTransform | null = json === null ? null : parseJsonParams(json);
    const record = await ownImage(deps, c);
    const expiresInSeconds = body.expires_in_seconds ?? body.expires_in ?? DEFAULT_EXPIRY_SECONDS;
    const path = typeof body.path === "string" ? ownPath(record, "path", body.path) : null;
    const link = await signUrl(deps, c.get("caller").user, record, { path, expiresInSeconds, transform });
    const [at, userName] = [deliveryOrigin(deps), c.get("caller").user.name];
    const answer: SignedUrlAnswer = {
      signed_url: `${deliveryUrl(at, userName, link.path)}?${link.query}`,
      expires_at: link.expiresAt,
      expires_in_seconds: expiresInSeconds,
    };
    return c.json(answer, 200, NO_STORE);
  };
}

function presentPaths(deps: Deps, c: AppContext, moved: PathMoved, path: ImagePath, message: string): PathsAnswer {
  const [at, userName] = [deliveryOrigin(deps), c.get("caller").user.name];
  const { id, paths } = moved.record;
  const purged = presentPurge(moved.purged);
  return { id, path, paths: [...paths], cdn_url: deliveryUrl(at, userName, path), message, purged };
}

/** `POST /api/v1/images/:id/paths`: another path for the same bytes. */
export function addPath(deps: Deps): AppHandler {
  return async function addPath(c) {
    const body = parseWith(NewPathBody, await readJsonObject(c.req.raw), null);
    const record = await ownImage(deps, c);
    const path = uploadPath(body.path, record.originalFilename);
    const after = await movePath(deps, record.user, record.id, null, path);
    if (after === null) throw imageNotFound();
    return c.json(presentPaths(deps, c, after, path, "Path added"), 201, NO_STORE);
  };
}

/** `PATCH /api/v1/images/:id/paths`: renames or moves one path. */
export function changePath(deps: Deps): AppHandler {
  return async function changePath(c) {
    const body = parseWith(MovePathBody, await readJsonObject(c.req.raw), null);
    const record = await ownImage(deps, c);
    const from = ownPath(record, "from", body.from);
    const to = uploadPath(body.to, from);
    const after = await movePath(deps, record.user, record.id, from, to);
    if (after === null) throw imageNotFound();
    return c.json(presentPaths(deps, c, after, to, "Path moved"), 200, NO_STORE);
  };
}

function presentRemoval(deps: Deps, removal: PathRemoval): PathRemovedAnswer {
  return {
    success: true,
    message: "Path removed",
    remaining_paths: [...removal.remaining],
    image_deleted: removal.isImageDeleted,
    deleted_at: rfc3339(deps.now()),
    purged: presentPurge(removal.purged),
  };
}

/** `DELETE /api/v1/images/:id/paths?path=…`. */
export function deletePathOfImage(deps: Deps): AppHandler {
  return async function deletePathOfImage(c) {
    const { path } = parseWith(RemovePathQuery, c.req.query(), null);
    const record = await ownImage(deps, c);
    const removal = await removePath(deps, record.user, record.id, ownPath(record, "path", path));
    if (removal === null) throw imageNotFound();
    return c.json(presentRemoval(deps, removal), 200, NO_STORE);
  };
}

/** Where the user's name begins in the raw path. */
const BY_PATH_PREFIX = "/api/v1/images/path/";

/**
 * `DELETE /api/v1/images/path/:username/{filepath}`, on the raw path: slashes come as `/` or `%2F`. Another user's name
 * is a 403, whether or not anybody has it.
 */
export function deleteByPath(deps: Deps): AppHandler {
  return async function deleteByPath(c) {
    const { user } = c.get("caller");
    const raw = rawTarget(c.req.url).path.slice(BY_PATH_PREFIX.length);
    const [name = "", ...rest] = raw.split("/");
    if (readingsOfPath(name)[0]?.toLowerCase() !== user.name) {
      throw new ApiError("FORBIDDEN", `Paths of other users are not yours to remove; yours begin with ${user.name}/`);
    }
    const readings = readingsOfPath(rest.join("/"));
    if (readings.length === 0) throw new ApiError("VALIDATION_ERROR", "Path is not valid percent-encoded UTF-8");
    for (const reading of readings) {
      const removal = await removePath(deps, user.id, null, parseImagePath(reading));
      if (removal !== null) return c.json(presentRemoval(deps, removal), 200, NO_STORE);
    }
    throw new ApiError("NOT_FOUND", "There is no picture of yours at this path");
  };
}

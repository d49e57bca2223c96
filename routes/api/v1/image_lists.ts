/**
 * `GET /api/v1/images` and `GET /api/v1/images/search`. Both can be asked for by etag; a 304 is no request of the quota.
 *
 * @module
 */
import { NameError, parsePathSegments } from "../../../kv/ids.ts";
import { ApiError } from "../../_http/api_error.ts";
import { conditionalJson } from "../../_http/json_response.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { listImages, searchImages } from "../../_services/list_images.ts";
import { activeLinksOf } from "../../_services/sign_url.ts";
import type { Deps } from "../../deps.ts";
import { contextOfImages } from "./_context.ts";
import { presentListItem } from "./_present.ts";
import { type ImageListAnswer, ListQuery, type SearchAnswer, SearchQuery } from "./_schema/images.ts";
import { parseWith } from "./_validate.ts";

const ifNoneMatch = (c: AppContext) => c.req.raw.headers.get("if-none-match");

/** The folder of a list query: trailing slashes and empty segments are dropped; nothing left = everything. */
function folderOf(query: ListQuery): string | null {
  try {
    const segments = parsePathSegments(query.path ?? query.folder ?? "");
    return segments.length === 0 ? null : segments.join("/");
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ApiError("VALIDATION_ERROR", `Parameter "path": ${error.message}`);
  }
}

/** `GET /api/v1/images`. */
export function listAllImages(deps: Deps): AppHandler {
  return async function listAllImages(c) {
    const query = parseWith(ListQuery, c.req.query(), null);
    const { limit, sort } = query;
    const path = folderOf(query);
    const wanted = { limit, offset: query.offset, sort, path, recursive: query.recursive === "true" };
    const { user } = c.get("caller");
    const page = await listImages(deps, user.id, { ...wanted, cursor: query.cursor ?? null });
    const context = await contextOfImages(deps, c, page.images);
    const links = await activeLinksOf(deps, user, page.images);
    const answer: ImageListAnswer = {
      images: page.images.map((record) => presentListItem(context, record, links.get(record.id))),
      folders: page.folders.map((folder) => ({ name: folder.name, image_count: folder.imageCount })),
      total: page.total,
      limit,
      offset: query.cursor === undefined ? query.offset : page.offset,
      has_more: page.nextCursor !== null,
      path_filter: path,
      next_cursor: page.nextCursor,
    };
    return await conditionalJson(answer, ifNoneMatch(c));
  };
}

/** `GET /api/v1/images/search`. */
export function searchAllImages(deps: Deps): AppHandler {
  return async function searchAllImages(c) {
    const { q, limit, offset } = parseWith(SearchQuery, c.req.query(), null);
    const { images, total } = await searchImages(deps, c.get("caller").user.id, q, offset, limit);
    const context = await contextOfImages(deps, c, images);
    const answer: SearchAnswer = {
      results: images.map((record) => {
        const { active_signed_url: _, ...item } = presentListItem(context, record);
        return item;
      }),
      total,
      query: q,
      limit,
      offset,
      has_more: offset + images.length < total,
    };
    return await conditionalJson(answer, ifNoneMatch(c));
  };
}

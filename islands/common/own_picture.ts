/**
 * Addresses of pictures on the dashboard's own host: with the session's cookie they show private pictures too, and spend
 * no transformation.
 *
 * @module
 */
import { FORMATS, OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import type { PicturePlace } from "../playground/settings.ts";

/** Side of a thumbnail in px: sharp on most screens, a few KB. */
export const THUMBNAIL_PX = 320;

/** Percent-encodes each segment of a path. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The original. */
export function ownOriginalUrl(user: string, path: string): string {
  return `/i/${user}/${encodePath(path)}`;
}

/**
 * The picture in a format, with a query or an empty text. The ending stands behind the whole path: so it leads to this
 * picture even where another one has the same name with another ending.
 */
export function ownUrl(user: string, path: string, format: OutputFormat, query: string): string {
  return `${ownOriginalUrl(user, path)}.${FORMATS[format].extensions[0]}${query === "" ? "" : `?${query}`}`;
}

/** The picture in every format, as the playground asks for it. */
export function ownPlace(user: string, path: string): PicturePlace {
  const formats = OUTPUT_FORMATS.map((format) => [format, ownUrl(user, path, format, "")]);
  return { original: ownOriginalUrl(user, path), formats: Object.fromEntries(formats) };
}

/** A square of the picture. */
export function thumbnailUrl(user: string, path: string): string {
  return ownUrl(user, path, "webp", `w=${THUMBNAIL_PX}&h=${THUMBNAIL_PX}&fit=cover&q=70`);
}

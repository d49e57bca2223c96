/**
 * Addresses of pictures on the dashboard's own host: with the session's cookie they show private pictures too, and spend
 * no transformation.
 *
 * @module
 */
import { FORMATS, type OutputFormat, splitExtension } from "../../codec/formats.ts";

/** Side of a thumbnail in px: sharp on most screens, a few KB. */
export const THUMBNAIL_PX = 320;

/** Percent-encodes each segment of a path. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The parts of a picture's address on this host. */
export function ownPlace(user: string, path: string) {
  return { base: `/i/${user}/`, stem: encodePath(splitExtension(path).base), path: encodePath(path) };
}

/** The picture in a format, with a query or an empty text. */
export function ownUrl(user: string, path: string, format: OutputFormat, query: string): string {
  const { base, stem } = ownPlace(user, path);
  return `${base}${stem}.${FORMATS[format].extensions[0]}${query === "" ? "" : `?${query}`}`;
}

/** A square of the picture. */
export function thumbnailUrl(user: string, path: string): string {
  return ownUrl(user, path, "webp", `w=${THUMBNAIL_PX}&h=${THUMBNAIL_PX}&fit=cover&q=70`);
}

/**
 * Addresses of pictures on the dashboard's own host: with the session's cookie they show private pictures too, and spend
 * no transformation.
 *
 * @module
 */
import { FORMATS, OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import { type PicturePlace, pictureUrl } from "../playground/settings.ts";

/** Side of a thumbnail in px: sharp on most screens, a few KB. */
export const THUMBNAIL_PX = 320;

/** A picture by one of its paths. */
export interface OwnPicture {
  /** The first hex digits of its hash. */
  readonly id: string;
  readonly path: string;
}

/** Hex digits of a hash that stand for a picture as it is now, in the parameter `v`. */
const VERSION_CHARS = 8;

/** Percent-encodes each segment of a path. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/**
 * The picture in every format. The ending stands behind the whole path: so it leads to this picture even where another
 * one has the same name with another ending.
 */
export function ownPlace(user: string, { id, path }: OwnPicture): PicturePlace {
  const original = `/i/${user}/${encodePath(path)}`;
  const formats = OUTPUT_FORMATS.map((format) => [format, `${original}.${FORMATS[format].extensions[0]}`]);
  return { original, formats: Object.fromEntries(formats), version: id.slice(0, VERSION_CHARS) };
}

/** The picture in a format. @param query may be empty */
export function ownUrl(user: string, picture: OwnPicture, format: OutputFormat, query: string): string {
  return pictureUrl(ownPlace(user, picture), format, query);
}

/** A square of the picture. */
export function thumbnailUrl(user: string, picture: OwnPicture): string {
  return ownUrl(user, picture, "webp", `w=${THUMBNAIL_PX}&h=${THUMBNAIL_PX}&fit=cover&q=70`);
}

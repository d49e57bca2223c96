/**
 * Where the pictures of an image are, for addresses and code that are handed out.
 *
 * @module
 */
import { OUTPUT_FORMATS } from "../../codec/formats.ts";
import type { ImageAnswer } from "../../routes/api/v1/_schema/images.ts";
import { altOf, PICTURE_FORMATS, type SnippetPicture } from "../common/snippets.ts";
import { type PicturePlace, pictureQuery, pictureUrl, type Settings } from "../playground/settings.ts";

const bare = (url: string) => url.split("?")[0]!;

/** The addresses as the API hands them out, without what the user's settings add. */
export function placeOf({ versioned_urls: urls }: Pick<ImageAnswer, "versioned_urls">): PicturePlace {
  const formats = OUTPUT_FORMATS.map((format) => [format, bare(urls[format])]);
  const version = new URL(urls.original).searchParams.get("v") ?? "";
  return { original: bare(urls.original), formats: Object.fromEntries(formats), version };
}

/** A picture for code, by its settings. @param size of the result in px, where it is known */
export function snippetPicture(
  image: Pick<ImageAnswer, "versioned_urls" | "paths">,
  settings: Settings,
  size: { readonly width: number; readonly height: number } | null,
): SnippetPicture {
  const query = pictureQuery(settings);
  const place = placeOf(image);
  const sources = Object.fromEntries(PICTURE_FORMATS.map((format) => [format, pictureUrl(place, format, query)]));
  return {
    url: pictureUrl(place, settings.format, query),
    sources,
    alt: altOf(image.paths[0] ?? ""),
    width: size?.width ?? null,
    height: size?.height ?? null,
  };
}

/**
 * What the page of an image knows of it: the API's answer, and where its pictures are.
 *
 * @module
 */
import { splitExtension } from "../../codec/formats.ts";
import type { ImageAnswer } from "../../routes/api/v1/_schema/images.ts";
import { encodePath } from "../common/own_picture.ts";
import { altOf, PICTURE_FORMATS, type SnippetPicture } from "../common/snippets.ts";
import { type PicturePlace, pictureQuery, pictureUrl, type Settings } from "../playground/settings.ts";

/** Props that every part of the page has. */
export interface ImageFacts {
  readonly image: ImageAnswer;
  readonly user: string;
  readonly language: string;
  /** Where pictures are handed out: origin, prefix, user, with a slash at its end. */
  readonly base: string;
}

/** Where a path of the image is served. @param base see {@linkcode ImageFacts.base} */
export function placeOf(base: string, path: string): PicturePlace {
  return { base, stem: encodePath(splitExtension(path).base), path: encodePath(path) };
}

/** A picture for code, by its settings. @param size of the result in px, where it is known */
export function snippetPicture(
  place: PicturePlace,
  path: string,
  settings: Settings,
  size: { readonly width: number; readonly height: number } | null,
): SnippetPicture {
  const query = pictureQuery(settings);
  const sources = Object.fromEntries(PICTURE_FORMATS.map((format) => [format, pictureUrl(place, format, query)]));
  return {
    url: pictureUrl(place, settings.format, query),
    sources,
    alt: altOf(path),
    width: size?.width ?? null,
    height: size?.height ?? null,
  };
}

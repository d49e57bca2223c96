/**
 * A picture of the list, with what the library shows of it and no more: the server writes these into the page.
 *
 * @module
 */
import type { ImageListAnswer, ImageListItem, SearchAnswer } from "../../routes/api/v1/_schema/images.ts";

/** See the module's comment. */
export interface LibraryItem {
  readonly id: string;
  /** The first one is its name here. */
  readonly path: string;
  readonly size: number;
  readonly isPrivate: boolean;
  readonly isAnimated: boolean;
  /** Base64 of a ThumbHash. */
  readonly thumbhash: string | null;
}

/** A folder of the list. */
export type Folder = ImageListAnswer["folders"][number];

/** A page of the list. */
export interface LibraryPage {
  readonly items: readonly LibraryItem[];
  readonly total: number;
  readonly folders: readonly Folder[];
}

/** The path to show of a picture that may have several: one in the folder that is looked at, else the first. */
function pathIn(folder: string, paths: readonly string[]): string {
  const prefix = folder === "" ? "" : `${folder}/`;
  const here = paths.find((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes("/"));
  return here ?? paths.find((path) => path.startsWith(prefix)) ?? paths[0]!;
}

function toItem(folder: string, item: Omit<ImageListItem, "active_signed_url">): LibraryItem {
  return {
    id: item.id,
    path: pathIn(folder, item.paths),
    size: item.size,
    isPrivate: item.visibility === "private",
    isAnimated: item.is_animated,
    thumbhash: item.thumbhash,
  };
}

/** Reads an answer of the list or of the search. @param folder that is looked at */
export function toPage(folder: string, answer: ImageListAnswer | SearchAnswer): LibraryPage {
  const items = "images" in answer ? answer.images : answer.results;
  return {
    items: items.map((item) => toItem(folder, item)),
    total: answer.total,
    folders: "images" in answer ? answer.folders : [],
  };
}

/**
 * Lists and searches as anybody would write them: over an array, with sort and filter.
 *
 * @module
 */
import { fold } from "../../kv/fold.ts";
import type { ImageId } from "../../kv/ids.ts";
import type { IndexQuery } from "../../kv/image_index.ts";
import type { ListEntry } from "../../kv/image_log.ts";

/** Images by id, without any index. */
export type ListModel = Map<ImageId, ListEntry>;

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

function ordered(model: ListModel, sort: IndexQuery["sort"]): [ImageId, ListEntry][] {
  const key = ([, entry]: [ImageId, ListEntry]) =>
    sort === "name" ? fold(entry.name) : sort === "size" ? -entry.size : entry.timeMs;
  const rows = [...model].sort((a, b) => compare(key(a), key(b)) || compare(a[0], b[0]));
  return sort === "newest" ? rows.reverse() : rows;
}

/** What a page must be. */
export function modelPage(model: ListModel, query: IndexQuery) {
  const prefix = query.folder === null ? "" : `${query.folder}/`;
  const inside = (path: string) => path.startsWith(prefix);
  const direct = (path: string) => inside(path) && !path.slice(prefix.length).includes("/");
  const isWanted = ([id, { paths }]: [ImageId, ListEntry]) =>
    id === query.also || paths.some(query.recursive ? inside : direct);
  const rows = ordered(model, query.sort).filter(isWanted);
  const folders = new Map<string, Set<ImageId>>();
  for (const [id, { paths }] of model) {
    for (const path of paths.filter(inside)) {
      const rest = path.slice(prefix.length).split("/");
      if (rest.length > 1) folders.set(rest[0]!, (folders.get(rest[0]!) ?? new Set()).add(id));
    }
  }
  return {
    all: rows.map(([id]) => id),
    folders: [...folders].map(([name, ids]) => ({ name, imageCount: ids.size })).sort((a, b) =>
      compare(a.name, b.name)
    ),
  };
}

/** What a search must find. */
export function modelSearch(model: ListModel, text: string): ImageId[] {
  const wanted = fold(text);
  return ordered(model, "newest")
    .filter(([, { name, paths }]) => [name, ...paths].some((part) => fold(part).includes(wanted)))
    .map(([id]) => id);
}

/**
 * What the library shows, as its page's address says it: folder, search, order. The back button walks through it.
 *
 * @module
 */

/** Orders of the list, as the API names them. */
export const SORTS = ["newest", "oldest", "name", "size"] as const;
/** One of them. */
export type Sort = (typeof SORTS)[number];

/** What is shown. */
export interface View {
  /** Segments joined by `/`; empty = the root. */
  readonly folder: string;
  /** Empty = no search; a search looks everywhere. */
  readonly search: string;
  readonly sort: Sort;
  /** Whether what lies in folders below is listed as well. */
  readonly isDeep: boolean;
}

/** Longest search that the API takes. */
export const MAX_SEARCH_CHARS = 100;

const isSort = (text: string | null): text is Sort => (SORTS as readonly (string | null)[]).includes(text);

/** Reads an address's query; what it doesn't understand counts as absent. */
export function parseView(query: URLSearchParams): View {
  const sort = query.get("sort");
  return {
    folder: (query.get("folder") ?? "").split("/").filter((part) => part !== "").join("/"),
    search: (query.get("q") ?? "").slice(0, MAX_SEARCH_CHARS),
    sort: isSort(sort) ? sort : "newest",
    isDeep: query.get("all") === "1",
  };
}

/** Writes it: the inverse of {@linkcode parseView}. */
export function formatView({ folder, search, sort, isDeep }: View): string {
  const query = new URLSearchParams();
  if (folder !== "") query.set("folder", folder);
  if (search !== "") query.set("q", search);
  if (sort !== "newest") query.set("sort", sort);
  if (isDeep) query.set("all", "1");
  return query.toString();
}

/** Address of the page. */
export function viewHref(view: View): string {
  const query = formatView(view);
  return query === "" ? "/images" : `/images?${query}`;
}

/** The request of the API that gives a page. */
export function listRequest({ folder, search, sort, isDeep }: View, offset: number, limit: number): string {
  const at = { limit: String(limit), offset: String(offset) };
  if (search.trim() !== "") return `/api/v1/images/search?${new URLSearchParams({ q: search.trim(), ...at })}`;
  return `/api/v1/images?${new URLSearchParams({ path: folder, sort, recursive: String(isDeep), ...at })}`;
}

/** Folders on the way to one, the nearest last: `a/b` → `a`, `a/b`. */
export function crumbs(folder: string): { readonly name: string; readonly path: string }[] {
  const parts = folder === "" ? [] : folder.split("/");
  return parts.map((name, at) => ({ name, path: parts.slice(0, at + 1).join("/") }));
}

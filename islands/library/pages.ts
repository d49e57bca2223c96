/**
 * Which pages of a long list are in memory, and which are to be asked for.
 *
 * @module
 */

/** Items of a page: more than a desk's screen holds, fewer than the API gives at most; whole rows of 2 to 6. */
export const PAGE_ITEMS = 60;
/** Pages that are kept; others are forgotten, those that were not looked at for longest first. */
export const MAX_PAGES = 40;

/** Numbers of the pages that hold some items. @param to behind the last one */
export function pagesOf(from: number, to: number): number[] {
  if (to <= from) return [];
  const first = Math.floor(from / PAGE_ITEMS);
  const last = Math.floor((to - 1) / PAGE_ITEMS);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Pages of a list of items, by their numbers. */
export class PageCache<T> {
  #pages = new Map<number, readonly T[]>();

  /** The item at an index, or undefined as long as its page isn't here. */
  at(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ITEMS))?.[index % PAGE_ITEMS];
  }

  /** Keeps a page. */
  put(page: number, items: readonly T[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, items);
    for (const old of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) break;
      this.#pages.delete(old);
    }
  }

  /** Those of some pages that are not here; the others count as looked at. */
  missing(pages: readonly number[]): number[] {
    return pages.filter((page) => {
      const items = this.#pages.get(page);
      if (items !== undefined) this.put(page, items);
      return items === undefined;
    });
  }

  /** The first item of the pages here that a rule holds for. */
  find(rule: (item: T) => boolean): T | undefined {
    for (const items of this.#pages.values()) {
      const found = items.find(rule);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How many pages are here. */
  get size(): number {
    return this.#pages.size;
  }
}

import { assertEquals } from "@std/assert";
import { MAX_PAGES, PAGE_ITEMS, PageCache, pagesOf } from "../../islands/library/pages.ts";

const page = (number: number) => Array.from({ length: PAGE_ITEMS }, (_, at) => number * PAGE_ITEMS + at);

Deno.test("pagesOf() names every page that some items touch", () => {
  assertEquals(pagesOf(0, 0), []);
  assertEquals(pagesOf(0, 1), [0]);
  assertEquals(pagesOf(0, PAGE_ITEMS), [0]);
  assertEquals(pagesOf(PAGE_ITEMS - 1, PAGE_ITEMS + 1), [0, 1]);
  assertEquals(pagesOf(25 * PAGE_ITEMS + 50, 27 * PAGE_ITEMS + 1), [25, 26, 27]);
});

Deno.test("PageCache gives items by their index, and says which pages it lacks", () => {
  const cache = new PageCache<number>();
  cache.put(3, page(3));
  const at = (number: number, place: number) => cache.at(number * PAGE_ITEMS + place);
  assertEquals([at(3, 5), at(2, 59), at(4, 0)], [3 * PAGE_ITEMS + 5, undefined, undefined]);
  assertEquals(cache.missing([2, 3, 4]), [2, 4]);
  cache.put(4, [400, 401]);
  assertEquals([at(4, 1), at(4, 2)], [401, undefined]);
  assertEquals([cache.find((item) => item === 401), cache.find((item) => item === 7)], [401, undefined]);
});

Deno.test("PageCache forgets the pages that were not looked at for longest", () => {
  const cache = new PageCache<number>();
  for (let number = 0; number < MAX_PAGES; number++) cache.put(number, page(number));
  assertEquals(cache.missing([0]), []);
  cache.put(MAX_PAGES, page(MAX_PAGES));
  assertEquals([cache.size, cache.at(0), cache.at(PAGE_ITEMS)], [MAX_PAGES, 0, undefined]);
});

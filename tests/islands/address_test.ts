import { assertEquals } from "@std/assert";
import {
  crumbs,
  formatView,
  listRequest,
  parseView,
  SORTS,
  type View,
  viewHref,
} from "../../islands/library/address.ts";

const ROOT: View = { folder: "", search: "", sort: "newest", isDeep: false };

Deno.test("parseView() reads what formatView() writes", () => {
  for (const folder of ["", "blog", "blog/2026 & more/ünï+%"]) {
    for (const search of ["", "red car", "100%+&q=x"]) {
      for (const sort of SORTS) {
        for (const isDeep of [false, true]) {
          const view: View = { folder, search, sort, isDeep };
          assertEquals(parseView(new URLSearchParams(formatView(view))), view);
        }
      }
    }
  }
  assertEquals(viewHref(ROOT), "/images");
});

Deno.test("parseView() takes what it doesn't understand as absent", () => {
  assertEquals(parseView(new URLSearchParams("sort=worst&all=yes&folder=//&page=7")), ROOT);
  assertEquals(parseView(new URLSearchParams("folder=/a//b/")).folder, "a/b");
  assertEquals(parseView(new URLSearchParams({ q: "x".repeat(500) })).search.length, 100);
});

Deno.test("listRequest() asks for a folder, or searches everywhere", () => {
  assertEquals(
    listRequest({ ...ROOT, folder: "a b", sort: "name" }, 200, 100),
    "/api/v1/images?path=a+b&sort=name&recursive=false&limit=100&offset=200",
  );
  assertEquals(
    listRequest({ ...ROOT, folder: "a", search: " x " }, 0, 50),
    "/api/v1/images/search?q=x&limit=50&offset=0",
  );
});

Deno.test("crumbs() names every folder on the way", () => {
  assertEquals(crumbs(""), []);
  assertEquals(crumbs("a/b"), [{ name: "a", path: "a" }, { name: "b", path: "a/b" }]);
});

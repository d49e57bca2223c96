import { assertEquals } from "@std/assert";
import { negotiate } from "../../../routes/_http/negotiate.ts";

const OFFERS = ["image/webp", "image/avif", "image/jpeg"];
const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const CASES: readonly (readonly [string | null, string | null])[] = [
  [null, "image/webp"],
  ["", "image/webp"],
  ["  ", "image/webp"],
  ["*/*", "image/webp"],
  [CHROME, "image/webp"],
  ["image/jpeg", "image/jpeg"],
  ["IMAGE/JPEG", "image/jpeg"],
  ["image/*", "image/webp"],
  ["text/html", null],
  ["text/html, */*;q=0.1", "image/webp"],
  ["image/webp;q=0.5, image/avif", "image/avif"],
  ["image/webp;q=0.5, image/avif;q=0.5", "image/webp"],
  ["image/webp;q=0, */*", "image/avif"],
  ["image/*;q=0, image/jpeg", "image/jpeg"],
  ["image/jpeg;q=0.9, image/*;q=0.1, */*", "image/jpeg"],
  ["image/webp;q=0, image/avif;q=0.000, image/jpeg;q=0", null],
  ["image/webp; q=0.3 , image/jpeg ; q=0.7", "image/jpeg"],
  ["image/webp;q=2", null],
  ["image/webp;q=0.1234, image/jpeg;q=0.1", "image/jpeg"],
  ["image/webp;q=abc, nonsense, ;;, image/jpeg;q=0.1", "image/jpeg"],
  ["image/jpeg;level=1;q=0.4, image/avif;q=0.3", "image/jpeg"],
];

for (const [accept, expected] of CASES) {
  Deno.test(`negotiate() gives ${expected} when Accept is ${accept}`, () => {
    assertEquals(negotiate(accept, OFFERS), expected);
  });
}

Deno.test("negotiate() gives null when nothing is offered", () => {
  assertEquals(negotiate("*/*", []), null);
});

import { assertEquals } from "@std/assert";
import { formatHttpDate, parseHttpDate } from "../../../routes/_http/http_date.ts";
import { seededRandom } from "../../doubles/seeded_random.ts";

const NOW = Date.UTC(2026, 11, 1);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);
const CASES: readonly (readonly [string, number | null])[] = [
  ["Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE],
  ["Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE],
  ["Sun Nov  6 08:49:37 1994", EXAMPLE],
  ["Sun Nov 16 08:49:37 1994", EXAMPLE + 10 * 86_400_000],
  // Two digits: at most 50 years ahead.
  ["Monday, 01-Jan-76 00:00:00 GMT", Date.UTC(2076, 0, 1)],
  ["Monday, 01-Jan-77 00:00:00 GMT", Date.UTC(1977, 0, 1)],
  ["Thu, 29 Feb 2024 00:00:00 GMT", Date.UTC(2024, 1, 29)],
  ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
  ["Sat, 29 Feb 2025 00:00:00 GMT", null],
  ["Sun, 06 Nov 1994 24:00:00 GMT", null],
  ["Sun, 06 Nov 1994 08:60:37 GMT", null],
  ["Sun, 6 Nov 1994 08:49:37 GMT", null],
  ["Sun, 06 nov 1994 08:49:37 GMT", null],
  ["Sun, 06 Nov 1994 08:49:37 UTC", null],
  ["Sun, 06 Nov 1994 08:49:37", null],
  ["1994-11-06T08:49:37Z", null],
  ["784111777", null],
  ["", null],
];

for (const [text, expected] of CASES) {
  Deno.test(`parseHttpDate() gives ${expected} for "${text}"`, () => assertEquals(parseHttpDate(text, NOW), expected));
}

Deno.test("parseHttpDate() reads what formatHttpDate() writes, whole seconds", () => {
  const random = seededRandom(6);
  for (let n = 0; n < 2_000; n++) {
    const ms = random.integer(0, 4_102_444_800) * 1_000;
    assertEquals(parseHttpDate(formatHttpDate(ms + random.integer(0, 999)), NOW), ms);
  }
});

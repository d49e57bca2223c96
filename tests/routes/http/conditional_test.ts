import { assertEquals } from "@std/assert";
import { matchesIfNoneMatch } from "../../../routes/_http/conditional.ts";

const ETAG = '"abc123"';
const CASES: readonly (readonly [string | null, boolean])[] = [
  [null, false],
  ["", false],
  ['"abc123"', true],
  ['W/"abc123"', true],
  ["*", true],
  [" * ", true],
  ['"other"', false],
  ['"other", "abc123"', true],
  ['"other",W/"abc123" ,"third"', true],
  ['"other", "third"', false],
  ["abc123", false],
  ['"abc12"', false],
  ['"ABC123"', false],
  ['w/"abc123"', false],
  ['"other", *', false],
];

for (const [header, expected] of CASES) {
  Deno.test(`matchesIfNoneMatch() gives ${expected} when the header is ${header}`, () => {
    assertEquals(matchesIfNoneMatch(header, ETAG), expected);
  });
}

import { assertEquals } from "@std/assert";
import {
  allowsPart,
  matchesIfMatch,
  matchesIfNoneMatch,
  type Verdict,
  weighConditions,
} from "../../../routes/_http/conditional.ts";
import { formatHttpDate } from "../../../routes/_http/http_date.ts";
import { seededRandom } from "../../doubles/seeded_random.ts";

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
  [',, "abc123" ,,', true],
  // One tag with a comma in it, not two.
  ['"x,"abc123""', false],
  ['"x, abc123"', false],
  ["abc123", false],
  ['"abc12"', false],
  ['"ABC123"', false],
  ['w/"abc123"', false],
  ['"other", *', false],
  ['"abc123" "abc123"', false],
  ['"abc123', false],
];

for (const [header, expected] of CASES) {
  Deno.test(`matchesIfNoneMatch() gives ${expected} when the header is ${header}`, () => {
    assertEquals(matchesIfNoneMatch(header, ETAG), expected);
  });
}

Deno.test("matchesIfMatch() compares strongly: a weak tag never matches", () => {
  const cases = [['"abc123"', true], ['W/"abc123"', false], ["*", true], ['W/"abc123", "abc123"', true], ["", false]];
  for (const [header, expected] of cases) assertEquals(matchesIfMatch(header as string, ETAG), expected, `${header}`);
});

Deno.test("matchesIfNoneMatch() does what a letter by letter reading of the grammar says", () => {
  const random = seededRandom(99);
  const pieces = ['"abc123"', 'W/"abc123"', '"a,b"', 'W/"x"', '"é"', '""', "*", "abc123", ",", ", ", " ", "W/", '"'];
  for (let n = 0; n < 20_000; n++) {
    const header = Array.from({ length: random.integer(0, 6) }, () => random.pick(pieces)).join(random.pick(["", ","]));
    assertEquals(matchesIfNoneMatch(header, ETAG), reference(header), header);
  }
});

/** Slow and obvious: reads the list one letter at a time. */
function reference(header: string): boolean {
  if (header.replace(/[ \t]/g, "") === "*") return true;
  const tags: string[] = [];
  let state: "before" | "inside" | "after" = "before";
  let tag = "";
  for (let at = 0; at < header.length; at++) {
    const char = header[at]!;
    if (state === "inside") {
      if (char === '"') {
        tags.push(tag);
        state = "after";
      } else if (/[\x21\x23-\x7e\x80-\xff]/.test(char)) tag += char;
      else return false;
    } else if (char === ",") state = "before";
    else if (char === " " || char === "\t") continue;
    else if (state === "after") return false;
    else if (char === '"') {
      tag = "";
      state = "inside";
    } else if (char === "W" && header.slice(at, at + 3) === 'W/"') {
      at += 2;
      tag = "";
      state = "inside";
    } else return false;
  }
  return state !== "inside" && tags.includes("abc123");
}

const CHANGED = Date.UTC(2026, 5, 1, 12, 0, 0) + 400;
const NOW = CHANGED + 86_400_000;
const SAME = formatHttpDate(CHANGED);
const EARLIER = formatHttpDate(CHANGED - 1_000);
const LATER = formatHttpDate(CHANGED + 1_000);
const OTHER = '"other"';
const VERDICTS: readonly (readonly [Record<string, string>, Verdict])[] = [
  [{}, "proceed"],
  [{ "if-none-match": ETAG }, "not_modified"],
  [{ "if-none-match": OTHER }, "proceed"],
  [{ "if-modified-since": SAME }, "not_modified"],
  [{ "if-modified-since": LATER }, "not_modified"],
  [{ "if-modified-since": EARLIER }, "proceed"],
  [{ "if-modified-since": "yesterday" }, "proceed"],
  // An etag wins over a date, whatever the date says.
  [{ "if-none-match": OTHER, "if-modified-since": LATER }, "proceed"],
  [{ "if-none-match": ETAG, "if-modified-since": EARLIER }, "not_modified"],
  [{ "if-match": ETAG }, "proceed"],
  [{ "if-match": OTHER }, "failed"],
  [{ "if-match": "*" }, "proceed"],
  [{ "if-unmodified-since": SAME }, "proceed"],
  [{ "if-unmodified-since": EARLIER }, "failed"],
  [{ "if-unmodified-since": "yesterday" }, "proceed"],
  [{ "if-match": ETAG, "if-unmodified-since": EARLIER }, "proceed"],
  [{ "if-match": OTHER, "if-none-match": ETAG }, "failed"],
  [{ "if-match": ETAG, "if-none-match": ETAG }, "not_modified"],
  [{ "if-unmodified-since": SAME, "if-modified-since": SAME }, "not_modified"],
];

for (const [headers, expected] of VERDICTS) {
  Deno.test(`weighConditions() says ${expected} to ${JSON.stringify(headers)}`, () => {
    assertEquals(weighConditions(new Headers(headers), { etag: ETAG, modifiedAtMs: CHANGED }, NOW), expected);
  });
}

Deno.test("weighConditions() takes no date for an answer where it is not known when the picture changed", () => {
  for (const name of ["if-modified-since", "if-unmodified-since"]) {
    const headers = new Headers({ [name]: EARLIER });
    assertEquals(weighConditions(headers, { etag: ETAG, modifiedAtMs: null }, NOW), "proceed", name);
  }
});

Deno.test("allowsPart() wants the very etag or the very date, and strongly", () => {
  const cases: readonly (readonly [string | null, boolean])[] = [
    [null, true],
    [ETAG, true],
    [` ${ETAG} `, true],
    [`W/${ETAG}`, false],
    [OTHER, false],
    [SAME, true],
    [EARLIER, false],
    [LATER, false],
    ["", false],
    ["*", false],
  ];
  for (const [header, expected] of cases) {
    assertEquals(allowsPart(header, { etag: ETAG, modifiedAtMs: CHANGED }, NOW), expected, `${header}`);
  }
});

/**
 * Conditions and ranges as a table of requests and expected answers (RFC 9110, sections 13 and 14). It runs in the tests
 * against the app, and against any server, as negotiation.ts says.
 *
 * @module
 */
import type { ConformanceTarget } from "./negotiation.ts";

/** What the server says of a picture without conditions. */
export interface Known {
  readonly etag: string;
  readonly modified: string;
  readonly bytes: Uint8Array;
}

/** Bytes that must come: from, to (exclusive); "all", or "none" of the picture. */
type Body = readonly [start: number, end: number] | "all" | "none";

/** A request and what must come back. */
export interface ConditionCase {
  readonly why: string;
  readonly headers: (known: Known) => Readonly<Record<string, string>>;
  readonly status: number;
  readonly body: (known: Known) => Body;
  /** Default GET. */
  readonly method?: string;
}

const LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT";
const OTHER = '"another"';

const all = (): Body => "all";
const none = (): Body => "none";
const first = (count: number) => (): Body => [0, count];
const not = (why: string, headers: ConditionCase["headers"]): ConditionCase => ({
  why,
  headers,
  status: 304,
  body: none,
});
const whole = (why: string, headers: ConditionCase["headers"]): ConditionCase => ({
  why,
  headers,
  status: 200,
  body: all,
});
const failed = (why: string, headers: ConditionCase["headers"]): ConditionCase => ({
  why,
  headers,
  status: 412,
  body: none,
});
const part = (why: string, headers: ConditionCase["headers"], body: ConditionCase["body"]): ConditionCase => ({
  why,
  headers,
  status: 206,
  body,
});

/** The table. */
export const CONDITION_CASES: readonly ConditionCase[] = [
  not("its tag", ({ etag }) => ({ "if-none-match": etag })),
  not("its tag as a weak one: the comparison is weak", ({ etag }) => ({ "if-none-match": `W/${etag}` })),
  not("its tag in a list", ({ etag }) => ({ "if-none-match": `${OTHER}, W/"b" ,${etag}` })),
  not("any tag", () => ({ "if-none-match": "*" })),
  not("its tag wins over a date", ({ etag }) => ({ "if-none-match": etag, "if-modified-since": LONG_AGO })),
  not("its date", ({ modified }) => ({ "if-modified-since": modified })),
  not("its tag wins over a part", ({ etag }) => ({ "if-none-match": etag, range: "bytes=0-9" })),
  { ...not("its tag, asked by HEAD", ({ etag }) => ({ "if-none-match": etag })), method: "HEAD" },
  whole("another tag", () => ({ "if-none-match": OTHER })),
  whole("another tag wins over its date", ({ modified }) => ({
    "if-none-match": OTHER,
    "if-modified-since": modified,
  })),
  whole("an earlier date", () => ({ "if-modified-since": LONG_AGO })),
  whole("a date that is none", () => ({ "if-modified-since": "yesterday" })),
  whole("its tag must match, and does", ({ etag }) => ({ "if-match": `${OTHER}, ${etag}` })),
  whole("any tag must match, and does", () => ({ "if-match": "*" })),
  whole("its date must be the latest, and is", ({ modified }) => ({ "if-unmodified-since": modified })),
  failed("another tag must match", () => ({ "if-match": OTHER })),
  failed("a weak tag never matches where the comparison is strong", ({ etag }) => ({ "if-match": `W/${etag}` })),
  failed("it has changed since", () => ({ "if-unmodified-since": LONG_AGO })),
  failed("what must hold is looked at first", ({ etag }) => ({ "if-match": OTHER, "if-none-match": etag })),
  part("the first bytes", () => ({ range: "bytes=0-9" }), first(10)),
  part("one byte", () => ({ range: "bytes=0-0" }), first(1)),
  part("from a byte on", () => ({ range: "bytes=5-" }), ({ bytes }) => [5, bytes.length]),
  part("the last bytes", () => ({ range: "bytes=-7" }), ({ bytes }) => [bytes.length - 7, bytes.length]),
  part("more than there is at the end", () => ({ range: "bytes=3-99999999" }), ({ bytes }) => [3, bytes.length]),
  part("more last bytes than there are", () => ({ range: "bytes=-99999999" }), ({ bytes }) => [0, bytes.length]),
  part("units have no case", () => ({ range: "BYTES=0-9" }), first(10)),
  part("its tag allows the part", ({ etag }) => ({ range: "bytes=0-9", "if-range": etag }), first(10)),
  part("its date allows the part", ({ modified }) => ({ range: "bytes=0-9", "if-range": modified }), first(10)),
  whole("another tag forbids the part", () => ({ range: "bytes=0-9", "if-range": OTHER })),
  whole("a weak tag forbids it", ({ etag }) => ({ range: "bytes=0-9", "if-range": `W/${etag}` })),
  whole("an earlier date forbids it", () => ({ range: "bytes=0-9", "if-range": LONG_AGO })),
  whole("several parts", () => ({ range: "bytes=0-1,4-5" })),
  whole("another unit", () => ({ range: "items=0-1" })),
  whole("a part that ends before it begins", () => ({ range: "bytes=9-0" })),
  whole("no part at all", () => ({ range: "bytes=" })),
  {
    why: "a part of HEAD is none",
    headers: () => ({ range: "bytes=0-9" }),
    status: 200,
    body: none,
    method: "HEAD",
  },
  {
    why: "a part that begins past the end",
    headers: ({ bytes }) => ({ range: `bytes=${bytes.length}-` }),
    status: 416,
    body: none,
  },
  { why: "the last no bytes", headers: () => ({ range: "bytes=-0" }), status: 416, body: none },
];

/** A change may be dated to the second after it: until that is over, the date that is told is not the last one. */
const SETTLED_MS = 2_000;

/**
 * Asks a server without conditions, of a picture that changed just now once more: a date of this second is no strong
 * validator yet (RFC 9110 section 8.8.2.2).
 *
 * @throws {Error} where there is no picture or no validators
 */
export async function askPlainly(target: ConformanceTarget, path: string): Promise<Known> {
  for (let isLast = false;; isLast = true) {
    const response = await target.request(path, {});
    const bytes = await response.bytes();
    const [etag, modified, date] = ["etag", "last-modified", "date"].map((name) => response.headers.get(name));
    if (response.status !== 200 || !etag || !modified) {
      throw new Error(`${path} answers ${response.status}, with ETag ${etag} and Last-Modified ${modified}`);
    }
    const ageMs = (date ? Date.parse(date) : Date.now()) - Date.parse(modified);
    if (isLast || ageMs >= SETTLED_MS) return { etag, modified, bytes };
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  }
}

function rangeFaults(row: ConditionCase, { bytes }: Known, headers: Headers): string[] {
  const body = row.body({ etag: "", modified: "", bytes });
  const wanted = row.status === 416
    ? `bytes */${bytes.length}`
    : row.status === 206
    ? `bytes ${body[0]}-${Number(body[1]) - 1}/${bytes.length}`
    : null;
  const got = headers.get("content-range");
  return got === wanted ? [] : [`Content-Range is ${got}, not ${wanted}`];
}

/** Runs one row. @returns what is wrong; empty = it conforms */
export async function checkCondition(
  target: ConformanceTarget,
  path: string,
  known: Known,
  row: ConditionCase,
): Promise<string[]> {
  const response = await target.request(path, row.headers(known), row.method);
  const got = await response.bytes();
  if (response.status !== row.status) return [`status is ${response.status}, not ${row.status}`];
  const faults = rangeFaults(row, known, response.headers);
  const isSaid = row.status === 200 || row.status === 206 || row.status === 304;
  if (isSaid && response.headers.get("etag") !== known.etag) faults.push(`ETag is ${response.headers.get("etag")}`);
  const body = row.body(known);
  if (body === "none") {
    const isEmpty = got.length === 0 || response.status >= 400;
    return isEmpty ? faults : [...faults, `${got.length} bytes came`];
  }
  const wanted = body === "all" ? known.bytes : known.bytes.subarray(...body);
  const isSame = got.length === wanted.length && got.every((byte, at) => byte === wanted[at]);
  return isSame ? faults : [...faults, `other bytes came: ${got.length}, not ${wanted.length}`];
}

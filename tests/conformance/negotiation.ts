/**
 * Negotiation of formats as a table of requests and expected answers. It runs in the tests against the app, and against
 * any server:
 *
 *     deno task conformance --base-url=https://img.example.com --path=/i/john/photo
 *
 * The path is that of a picture without an image extension. The table goes by an account whose `delivery_formats` are
 * webp, avif, jpeg (the default), and by a still without alpha; `--alpha-path` names one with alpha.
 *
 * @module
 */

/** What a picture of the table is like. */
export type Subject = "opaque" | "alpha";

/** A request and what must come back. */
export interface NegotiationCase {
  readonly subject: Subject;
  /** Behind the path: an ending, a query, or both. */
  readonly suffix: string;
  /** null = no such header. */
  readonly accept: string | null;
  /** Media type of the answer. */
  readonly type: string;
  /** Ending of the URL that `Content-Location` names; null = the URL names its format itself. */
  readonly explicit: string | null;
  readonly why: string;
}

const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5";
const SAFARI = "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png," +
  "image/svg+xml,image/*;q=0.8,*/*;q=0.5";

type Row = readonly [accept: string | null, format: string, why: string];

const OPEN: readonly Row[] = [
  [null, "webp", "no Accept is */*; the account's first format wins"],
  ["", "webp", "an empty Accept is none"],
  ["*/*", "webp", "all weigh the same: the account's order decides"],
  ["image/*", "webp", "a range of one type"],
  [CHROME, "webp", "Chrome takes both, the order decides"],
  [FIREFOX, "webp", "Firefox as well"],
  [SAFARI, "webp", "Safari as well"],
  ["image/avif", "avif", "one format, and no other"],
  ["image/jpeg", "jpeg", "one format, and no other"],
  ["IMAGE/JPEG", "jpeg", "types have no case"],
  ["image/png", "png", "PNG is offered after the account's formats"],
  ["image/webp;q=0.8, image/avif", "avif", "the highest weight wins over the order"],
  ["image/webp;q=0.5, image/avif;q=0.5", "webp", "equal weights: the order decides"],
  ["image/webp;q=0.001, image/avif;q=0.002", "avif", "three digits of a weight count"],
  ["image/webp;q=0, */*", "avif", "q=0 excludes, also where a wildcard would allow"],
  ["image/webp;q=0.0, image/avif;q=0.000, */*;q=0.1", "jpeg", "q=0 in every spelling"],
  ["image/*;q=0, image/jpeg", "jpeg", "the more specific range decides"],
  ["image/jpeg;q=0.9, image/*;q=0.1, */*", "jpeg", "the more specific range decides, also downwards"],
  ["image/webp;Q=0.3, image/jpeg;q=0.7", "jpeg", "q has no case"],
  ["image/webp ; q=0.3 ,\timage/jpeg ; q=0.7", "jpeg", "blanks and tabs separate nothing"],
  ["text/html", "jpeg", "nothing acceptable: what every browser reads"],
  ["image/webp;q=0, image/avif;q=0, image/jpeg;q=0, image/png;q=0", "jpeg", "all refused: it is answered all the same"],
  ["*/*;q=0", "jpeg", "all refused at once"],
  ["image/heic, image/gif", "jpeg", "only what is never made"],
  ["image/webp;q=2, image/jpeg;q=0.1", "jpeg", "a weight that is none spoils its member alone"],
  ["image/webp;q=.5, image/jpeg;q=0.1", "jpeg", "a weight needs its zero"],
  ["image/webp;q=0.1234, image/jpeg;q=0.1", "jpeg", "a weight has three digits at most"],
  ["nonsense, ;;, image/jpeg;q=0.1", "jpeg", "malformed members are left out"],
  ["nonsense", "jpeg", "nothing but malformed members"],
  ["*/webp", "jpeg", "half a wildcard covers nothing"],
  ["image/webp;level=1, image/jpeg;q=0.1", "jpeg", "a type with parameters is another type"],
  ['text/x;a="image/webp, image/avif", image/jpeg;q=0.1', "jpeg", "commas in quotes separate nothing"],
  ["image/webp;q=0.4;ext=1, image/jpeg;q=0.3", "webp", "what follows the weight counts for nothing"],
];

const ALPHA: readonly Row[] = [
  ["text/html", "png", "nothing acceptable: PNG where there is alpha"],
  ["*/*;q=0", "png", "all refused: PNG where there is alpha"],
  ["image/webp", "webp", "WebP keeps the alpha"],
  ["image/jpeg", "jpeg", "who takes JPEG alone gets it"],
];

const typeOf = (format: string) => `image/${format}`;
const endingOf = (format: string) => format === "jpeg" ? "jpg" : format;

function open(subject: Subject, suffix: string, [accept, format, why]: Row): NegotiationCase {
  return { subject, suffix, accept, type: typeOf(format), explicit: endingOf(format), why };
}

function named(ending: string, accept: string, format: string, why: string): NegotiationCase {
  return { subject: "opaque", suffix: `.${ending}?w=24`, accept, type: typeOf(format), explicit: null, why };
}

/** The table. */
export const NEGOTIATION_CASES: readonly NegotiationCase[] = [
  ...OPEN.map((row) => open("opaque", "?w=24", row)),
  ...OPEN.slice(0, 8).map((row) => open("opaque", ".auto?w=24", row)),
  ...ALPHA.map((row) => open("alpha", "?w=24", row)),
  ...ALPHA.map((row) => open("alpha", ".auto?w=24", row)),
  named("webp", "image/avif", "webp", "an extension is never negotiated"),
  named("jpg", "image/webp, */*;q=0", "jpeg", "an extension is never negotiated"),
  named("png", "text/html", "png", "an extension is never negotiated"),
  named("avif", "image/webp", "avif", "an extension is never negotiated"),
  {
    subject: "opaque",
    suffix: "?w=4001&h=8&fit=fill",
    accept: "image/avif",
    type: "image/webp",
    explicit: "webp",
    why: "an AVIF past 4,000 px a side is WebP",
  },
];

/** Where the pictures of the table are. */
export interface ConformanceTarget {
  /** Answers a path with its query. */
  readonly request: (path: string, headers: Record<string, string>, method?: string) => Promise<Response>;
  /** Paths without an image extension; absent = its rows are left out. */
  readonly paths: Readonly<Partial<Record<Subject, string>>>;
}

function differences(expected: Readonly<Record<string, unknown>>, got: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(expected).filter((key) => expected[key] !== got[key])
    .map((key) => `${key} is ${JSON.stringify(got[key])}, not ${JSON.stringify(expected[key])}`);
}

async function checkNotModified(target: ConformanceTarget, path: string, headers: Record<string, string>, of: Headers) {
  const response = await target.request(path, { ...headers, "if-none-match": of.get("etag") ?? "" });
  await response.body?.cancel();
  const names = ["vary", "content-location", "etag"];
  const expected = Object.fromEntries(names.map((name) => [name, of.get(name)]));
  const got = Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
  return differences({ status: 304, ...expected }, { status: response.status, ...got }).map((text) => `304: ${text}`);
}

/** The `Vary` that a cache goes by; what compression adds has no bearing on formats. */
const variesByAccept = (headers: Headers) => /(^|,)\s*accept\s*(,|$)/i.test(headers.get("vary") ?? "");

/** Fetches the URL that Content-Location names and compares its bytes. */
async function checkLocation(target: ConformanceTarget, location: string, bytes: Uint8Array): Promise<string[]> {
  const response = await target.request(location, { accept: "text/html" });
  const explicit = await response.bytes();
  const isSame = explicit.length === bytes.length && explicit.every((byte, at) => byte === bytes[at]);
  const faults = isSame ? [] : [`${location} gives other bytes`];
  return variesByAccept(response.headers) ? [...faults, `${location} says Vary: Accept`] : faults;
}

/** Runs one row. @returns what is wrong; empty = it conforms; null = there is no picture for it */
export async function checkNegotiation(target: ConformanceTarget, row: NegotiationCase): Promise<string[] | null> {
  const base = target.paths[row.subject];
  if (base === undefined) return null;
  const path = base + row.suffix;
  const headers: Record<string, string> = row.accept === null ? {} : { accept: row.accept };
  const response = await target.request(path, headers);
  const bytes = await response.bytes();
  const query = row.suffix.slice(row.suffix.indexOf("?"));
  const location = row.explicit === null ? null : `${base}.${row.explicit}${query}`;
  const got = {
    status: response.status,
    type: response.headers.get("content-type"),
    varies: variesByAccept(response.headers),
    location: response.headers.get("content-location"),
  };
  const faults = differences({ status: 200, type: row.type, varies: row.explicit !== null, location }, got);
  if (response.status !== 200) return faults;
  faults.push(...await checkNotModified(target, path, headers, response.headers));
  if (location !== null) faults.push(...await checkLocation(target, location, bytes));
  return faults;
}

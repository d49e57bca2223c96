/**
 * Conditional requests (RFC 9110 section 13).
 *
 * @module
 */
import { parseHttpDate, wholeSecond } from "./http_date.ts";
import type { HeaderReader } from "./plain_head.ts";

/** What tells one state of a picture from another. */
export interface Validators {
  /** Strong, in its quotes. */
  readonly etag: string;
  /** When it last changed, in ms; null where that is not known: then dates say nothing. */
  readonly modifiedAtMs: number | null;
}

interface EntityTag {
  readonly isWeak: boolean;
  /** In its quotes. */
  readonly opaque: string;
}

/** One element of a list, or none, up to the next comma. Tags may hold commas themselves. */
const ELEMENT = /[ \t]*(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*"))?[ \t]*(,|$)/y;

/** The tags of a list; `*` stands for any. What is malformed holds none. */
function parseEntityTags(header: string): "*" | readonly EntityTag[] {
  if (header.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  for (let at = 0; at < header.length;) {
    ELEMENT.lastIndex = at;
    const match = ELEMENT.exec(header);
    if (match === null) return [];
    if (match[2] !== undefined) tags.push({ isWeak: match[1] !== undefined, opaque: match[2] });
    at = ELEMENT.lastIndex;
  }
  return tags;
}

/**
 * Whether `If-None-Match` holds our etag, by weak comparison (section 13.1.2): a list, `W/` prefixes and `*` count.
 *
 * @param etag ours: strong, in its quotes
 */
export function matchesIfNoneMatch(header: string | null, etag: string): boolean {
  if (header === null) return false;
  const tags = parseEntityTags(header);
  return tags === "*" || tags.some(({ opaque }) => opaque === etag);
}

/** Whether `If-Match` holds our etag, by strong comparison (section 13.1.1): a weak one never does. */
export function matchesIfMatch(header: string, etag: string): boolean {
  const tags = parseEntityTags(header);
  return tags === "*" || tags.some(({ isWeak, opaque }) => !isWeak && opaque === etag);
}

/** When a picture last changed, as whole seconds; null where nothing is known or the header is no date. */
function compareDate(header: string | null, { modifiedAtMs }: Validators, nowMs: number): number | null {
  const dateMs = header === null ? null : parseHttpDate(header, nowMs);
  return dateMs === null || modifiedAtMs === null ? null : wholeSecond(modifiedAtMs) - dateMs;
}

/** What the conditions of a request come to. */
export type Verdict = "proceed" | "not_modified" | "failed";

/**
 * Weighs the conditions of a GET or HEAD in the order of section 13.2.2: an etag wins over a date, and what must hold
 * is looked at before what must have changed.
 */
export function weighConditions(headers: HeaderReader, validators: Validators, nowMs: number): Verdict {
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    if (!matchesIfMatch(ifMatch, validators.etag)) return "failed";
  } else {
    const since = compareDate(headers.get("if-unmodified-since"), validators, nowMs);
    if (since !== null && since > 0) return "failed";
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return matchesIfNoneMatch(ifNoneMatch, validators.etag) ? "not_modified" : "proceed";
  const since = compareDate(headers.get("if-modified-since"), validators, nowMs);
  return since !== null && since <= 0 ? "not_modified" : "proceed";
}

/**
 * Whether a part may be sent (section 13.1.5): `If-Range` is absent, or names the very etag or the very date of this
 * state. A weak etag never does.
 */
export function allowsPart(ifRange: string | null, validators: Validators, nowMs: number): boolean {
  if (ifRange === null) return true;
  const text = ifRange.trim();
  if (text.startsWith('"') || text.startsWith("W/")) return text === validators.etag;
  return compareDate(text, validators, nowMs) === 0;
}

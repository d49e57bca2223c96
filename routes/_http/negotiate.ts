/**
 * Format by `Accept` (RFC 9110 sections 12.4 and 12.5.1), for URLs without an extension.
 *
 * @module
 */

/** One member of the header: which types it covers, and how much they are wanted, 0–1. */
export interface MediaRange {
  /** Lower case, with stars where it covers more than one. */
  readonly type: string;
  readonly q: number;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A star is a character like any other here: what stands beside it in the wrong place covers nothing. */
const TYPE = new RegExp(`^${TOKEN}/${TOKEN}$`);
const PARAMETER = new RegExp(`^(${TOKEN})=(${TOKEN}|"(?:[^"\\\\]|\\\\.)*")$`);
const WEIGHT = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/;

/** Splits at a separator outside of quoted strings, blanks around the pieces gone. */
function split(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (isQuoted && char === "\\") at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)].map((piece) => piece.trim());
}

/**
 * One member, or null where it covers nothing of ours: it is malformed, or asks for a type with parameters
 * (`image/webp;level=1`), which no picture of ours has. What follows the weight counts for nothing.
 */
function parseMember(text: string): MediaRange | null {
  const [type = "", ...parameters] = split(text, ";");
  if (!TYPE.test(type)) return null;
  for (const parameter of parameters) {
    if (parameter === "") continue;
    const match = PARAMETER.exec(parameter);
    if (match === null || match[1]!.toLowerCase() !== "q") return null;
    return WEIGHT.test(match[2]!) ? { type: type.toLowerCase(), q: Number(match[2]) } : null;
  }
  return { type: type.toLowerCase(), q: 1 };
}

/** The members of an `Accept` header that count. */
export function parseAccept(header: string): readonly MediaRange[] {
  return split(header, ",").map(parseMember).filter((range) => range !== null);
}

/** The weight of one media type: the most specific range that covers it decides, the larger of equal ones. */
function weightOf(ranges: readonly MediaRange[], mimeType: string): number {
  const main = `${mimeType.split("/")[0]}/*`;
  for (const wanted of [mimeType, main, "*/*"]) {
    const found = ranges.filter((r) => r.type === wanted);
    if (found.length > 0) return Math.max(...found.map((r) => r.q));
  }
  return 0;
}

/**
 * Picks from the offers, in the server's order of preference: the highest weight wins, the order breaks ties.
 *
 * @param accept the header; null or empty counts as accepting anything
 * @param offers media types, best first
 * @returns one of them, or null when none is acceptable
 */
export function negotiate(accept: string | null, offers: readonly string[]): string | null {
  const ranges = parseAccept(accept?.trim() ? accept : "*/*");
  let best: { offer: string; q: number } | null = null;
  for (const offer of offers) {
    const q = weightOf(ranges, offer);
    if (q > (best?.q ?? 0)) best = { offer, q };
  }
  return best?.offer ?? null;
}

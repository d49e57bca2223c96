/**
 * Format by `Accept` (RFC 9110 section 12.5.1), for URLs without an extension.
 *
 * @module
 */

interface MediaRange {
  readonly type: string;
  readonly q: number;
}

function parseRange(text: string): MediaRange | null {
  const [type = "", ...params] = text.split(";").map((part) => part.trim().toLowerCase());
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/.test(type)) return null;
  const weight = params.find((p) => p.startsWith("q="));
  if (weight === undefined) return { type, q: 1 };
  return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? { type, q: Number(weight.slice(2)) } : null;
}

/** The weight of one media type: the most specific range that covers it decides (RFC 9110 section 12.5.1). */
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
  const text = accept?.trim() ? accept : "*/*";
  const ranges = text.split(",").map(parseRange).filter((r) => r !== null);
  let best: { offer: string; q: number } | null = null;
  for (const offer of offers) {
    const q = weightOf(ranges, offer);
    if (q > (best?.q ?? 0)) best = { offer, q };
  }
  return best?.offer ?? null;
}

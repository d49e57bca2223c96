/**
 * Parts of a picture (RFC 9110 section 14).
 *
 * @module
 */

/** Bytes from `start` (inclusive) to `end` (exclusive). */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The unit is compared without its case; blanks may stand around commas and at the ends. */
const HEADER = /^[ \t]*bytes[ \t]*=([0-9, \t-]*)$/i;
const SPEC = /^(\d*)-(\d*)$/;

/** From first to last byte as asked for; null where it is no range. */
type Spec = { readonly first: number; readonly last: number } | { readonly suffix: number } | null;

function parseSpec(text: string): Spec {
  const match = SPEC.exec(text);
  if (match === null) return null;
  const [, first, last] = match as unknown as [string, string, string];
  // A number of any length is one; past 2^53 it is not exact any more, and past the end in any case.
  if (first === "") return last === "" ? null : { suffix: Number(last) };
  const spec = { first: Number(first), last: last === "" ? Infinity : Number(last) };
  return spec.last < spec.first ? null : spec;
}

/**
 * What a `Range` header asks for.
 *
 * @param header null = none
 * @param size of the whole, in bytes; at least 1
 * @returns `whole` when nothing is asked for, it is malformed or of another unit, or asks for several parts (which a
 * server may leave out, and no picture is ever read that way); `unsatisfiable` when the part begins past the end
 */
export function parseByteRange(header: string | null, size: number): Part | "whole" | "unsatisfiable" {
  const match = header === null ? null : HEADER.exec(header);
  if (match === null) return "whole";
  const texts = match[1]!.split(",").map((text) => text.trim()).filter((text) => text !== "");
  const spec = texts.length === 1 ? parseSpec(texts[0]!) : null;
  if (spec === null) return "whole";
  if ("suffix" in spec) {
    return spec.suffix === 0 ? "unsatisfiable" : { start: Math.max(0, size - spec.suffix), end: size };
  }
  return spec.first >= size ? "unsatisfiable" : { start: spec.first, end: Math.min(spec.last, size - 1) + 1 };
}

/** `Content-Range` of a part, or of an answer that has none. */
export function contentRange(part: Part | null, size: number): string {
  return part === null ? `bytes */${size}` : `bytes ${part.start}-${part.end - 1}/${size}`;
}

/**
 * Folding of text for search and for sorting by name: case, accents and widths don't matter.
 *
 * @module
 */

// deno-lint-ignore no-control-regex -- ASCII is what it looks for
const ASCII = /^[\x00-\x7f]*$/;
/** Marks of European scripts; those of others change the word (dakuten, vowel signs). */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;

const strip = (text: string) => text.normalize("NFKD").replace(ACCENTS, "");

/** Folds a text: `Ünï ＡＢ` and `uni ab` become the same; `ß` becomes `ss`. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Through upper case: it knows ß, ſ and the like. Lower case of İ brings a mark of its own, so accents go first.
  return strip(strip(text).toUpperCase().toLowerCase());
}

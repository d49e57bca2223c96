/**
 * What a parameter allows, in the page's language.
 *
 * @module
 */
import type { ParamRow } from "../../codec/params.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { fill } from "../ui/fill.ts";

const SHOWN_VALUE_CHARS = 40;

/** In words: `a whole number from 1 to 100`. English is what `describeAllowed()` says. */
export function allowedText(row: ParamRow, words: Text["allowed"], language: string): string {
  const shown = (value: number) => value.toLocaleString(language);
  switch (row.kind) {
    case "integer":
      return fill(words.integer, { min: row.min, max: shown(row.max) });
    case "enum":
      return fill(words.enum, { values: row.values.join(", ") });
    default:
      return words[row.kind];
  }
}

/** Why a value is refused, as the API says it. */
export function faultText(row: ParamRow, value: string, words: Text["allowed"], language: string): string {
  const shown = value.length > SHOWN_VALUE_CHARS ? `${value.slice(0, SHOWN_VALUE_CHARS)}…` : value;
  return fill(words.fault, { key: row.key, allowed: allowedText(row, words, language), value: shown });
}

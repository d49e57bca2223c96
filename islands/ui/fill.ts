/**
 * Texts with places in them.
 *
 * @module
 */

/** Puts values into the `{places}` of a text of the catalogue; a place without a value stays as it is. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/**
 * Texts with places in them.
 *
 * @module
 */

/** `{name}`, or `{name:of one|of more}`. */
const PLACE = /\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}/g;

/**
 * Puts values into the `{places}` of a text of the catalogue; a place without a value stays as it is.
 * `{count:picture|pictures}` is the first word when the value of `count` is written "1", else the second.
 */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(PLACE, (place, name: string, one: string | undefined, more: string | undefined) => {
    const value = values[name];
    if (value === undefined) return place;
    if (one === undefined || more === undefined) return String(value);
    return String(value) === "1" ? one : more;
  });
}

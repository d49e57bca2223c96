/**
 * File paths inside a request's path, as the official clients spell them.
 *
 * @module
 */
import { decodePath } from "./delivery_url.ts";

/**
 * What a raw path may mean, in the order in which to look: `+` as a plus (Python, Go), then `+` as a space (Rust).
 * Slashes may be `%2F`. Empty when its escapes are broken.
 */
export function readingsOfPath(raw: string): readonly string[] {
  const plain = decodePath(raw);
  if (plain === null) return [];
  const spaced = raw.includes("+") ? decodePath(raw.replaceAll("+", " ")) : null;
  return spaced === null ? [plain] : [plain, spaced];
}

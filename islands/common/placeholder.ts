/**
 * What stands in a picture's place while it loads: its ThumbHash as a small picture.
 *
 * @module
 */
import { thumbHashToDataURL } from "thumbhash";

const MAX_KEPT = 500;
const kept = new Map<string, string>();

/** A `data:` address of a ThumbHash in Base64; null for what is none. */
export function placeholderUrl(thumbhash: string | null): string | null {
  if (thumbhash === null) return null;
  const known = kept.get(thumbhash);
  if (known !== undefined) return known;
  try {
    const url = thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (letter) => letter.charCodeAt(0)));
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(thumbhash, url);
    return url;
  } catch {
    return null;
  }
}

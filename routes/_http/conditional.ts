/**
 * Conditional requests (RFC 9110 section 13).
 *
 * @module
 */

/**
 * Whether `If-None-Match` holds our etag, by weak comparison (RFC 9110 section 13.1.2): a list, `W/` prefixes and `*`
 * count.
 *
 * @param etag ours: strong, in its quotes
 */
export function matchesIfNoneMatch(header: string | null, etag: string): boolean {
  if (header === null) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);
}

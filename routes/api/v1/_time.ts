/**
 * Times on the wire: images say RFC 3339, everything else Unix seconds.
 *
 * @module
 */

/** Whole Unix seconds. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** RFC 3339 with milliseconds and `Z`. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * `Cache-Control` by class of answer, each with what ends its life. docs/caching.md tells the whole of it.
 *
 * @module
 */

const MONTH_SECONDS = 2_592_000;
const YEAR_SECONDS = 31_536_000;
const DAY_SECONDS = 86_400;

/** 30 days. The etag changes with the original, the transform and the codec version. */
export const PUBLIC_IMAGE_CACHE = `public, max-age=${MONTH_SECONDS}, immutable`;
/** A year: the URL names the very original by `v`. */
export const VERSIONED_IMAGE_CACHE = `public, max-age=${YEAR_SECONDS}, immutable`;
const MAX_PRIVATE_SECONDS = 3_600;
/** A private picture may stay in its viewer's browser while its link lives, at most an hour. */
export function privateImageCache(leftMs: number): string {
  return `private, max-age=${Math.max(0, Math.min(MAX_PRIVATE_SECONDS, Math.floor(leftMs / 1_000)))}`;
}
/** A derivative that stands in for another one: that one may be made later. */
const SUBSTITUTE_SECONDS = 300;
/** Of a public picture that stands in for another one. */
export const SUBSTITUTE_CACHE = `public, max-age=${SUBSTITUTE_SECONDS}`;
/** Of a private one. */
export function privateSubstituteCache(leftMs: number): string {
  return privateImageCache(Math.min(leftMs, SUBSTITUTE_SECONDS * 1_000));
}
/** Private images and everything that depends on who asks. */
export const PRIVATE_CACHE = "private, no-store";
/** API answers, errors and pages. */
export const NO_STORE = "no-store";
/** Bundled files of the dashboard, whose names hold a hash or which are revalidated by etag. */
export const STATIC_CACHE = "public, max-age=3600";
/** Where `Accept` sends somebody: their own browser may remember it for five minutes, no cache that others share. */
export const REDIRECT_CACHE = "private, max-age=300";

/**
 * `CDN-Cache-Control` (RFC 9213) of a public picture: caches that obey it keep their copy for this long, whatever
 * browsers do. A year where copies are taken away by their tags, or where the URL names the original; else a day, since
 * nobody tells that cache when the path gets another picture.
 */
export function edgeImageCache(livesUntilPurged: boolean): string {
  return `public, max-age=${livesUntilPurged ? YEAR_SECONDS : DAY_SECONDS}`;
}
/** The same under an address that changes with their bytes. */
export const VERSIONED_STATIC_CACHE = "public, max-age=31536000, immutable";

const VERSION_CHARS = 12;

/** What stands for a static file's bytes in its address, as `?v=`. @param etag in its quotes */
export function fileVersion(etag: string): string {
  return etag.replace(/[^\w-]/g, "").slice(0, VERSION_CHARS);
}

/**
 * Headers of picture answers.
 *
 * @module
 */
import { formatHttpDate } from "./http_date.ts";
import { SECURITY_HEADERS } from "./security_headers.ts";

/** What a picture answer says of itself. */
export interface ImageHead {
  readonly mimeType: string;
  /** Strong, in its quotes. */
  readonly etag: string;
  /** When it last changed, in ms; null where that is not to be said. */
  readonly modifiedAtMs: number | null;
  /** ASCII file name for "save as". */
  readonly filename: string;
  /** Says that another Accept may get another answer from this URL. */
  readonly variesByAccept: boolean;
  /** The URL that names the format, where this one doesn't. */
  readonly contentLocation: string | null;
  readonly cacheControl: string;
  /** For caches that obey RFC 9213. */
  readonly edgeCacheControl: string;
  /** Of copies at the edge. */
  readonly tags: readonly string[];
}

/**
 * A picture is never a page: no scripts, no frames, no sniffing (an SVG original is served with the same lock).
 */
export const IMAGE_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS.picture,
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "Accept-Ranges, Content-Length, Content-Location, Content-Range, ETag, Last-Modified, Server-Timing, X-Request-Id",
  "timing-allow-origin": "*",
};

/** Headers that a 200 and its 304 share (RFC 9110 section 15.4.5), in any order. */
export function validatorHeaders(head: ImageHead): Record<string, string> {
  const headers: Record<string, string> = {
    "etag": head.etag,
    "cache-control": head.cacheControl,
    "cdn-cache-control": head.edgeCacheControl,
    ...IMAGE_SECURITY_HEADERS,
  };
  if (head.modifiedAtMs !== null) headers["last-modified"] = formatHttpDate(head.modifiedAtMs);
  if (head.variesByAccept) headers.vary = "Accept";
  if (head.contentLocation !== null) headers["content-location"] = head.contentLocation;
  if (head.tags.length > 0) {
    headers["cache-tag"] = head.tags.join(",");
    headers["deno-cache-tag"] = headers["cache-tag"];
  }
  return headers;
}

/** Headers of a 200; its length is the caller's. */
export function imageHeaders(head: ImageHead): Record<string, string> {
  return {
    ...validatorHeaders(head),
    "content-type": head.mimeType,
    "content-disposition": `inline; filename="${head.filename}"`,
    "accept-ranges": "bytes",
  };
}

/** Sends the caller to another URL of a picture. */
export function redirectToImage(location: string, cacheControl: string, variesByAccept: boolean): Response {
  return new Response(null, {
    status: 302,
    headers: {
      location,
      "cache-control": cacheControl,
      ...(variesByAccept ? { vary: "Accept" } : {}),
      ...IMAGE_SECURITY_HEADERS,
    },
  });
}

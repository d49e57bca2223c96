/**
 * Headers of picture answers.
 *
 * @module
 */
/** What a picture answer says of itself. */
export interface ImageHead {
  readonly mimeType: string;
  /** Strong, in its quotes. */
  readonly etag: string;
  /** ASCII file name for "save as". */
  readonly filename: string;
  /** Says that Accept chose the format. */
  readonly isNegotiated: boolean;
  readonly cacheControl: string;
  /** Explicit URL of what is served, where the request's is another one. */
  readonly contentLocation: string | null;
}

/**
 * A picture is never a page: no scripts, no frames, no sniffing (an SVG original is served with the same lock).
 */
export const IMAGE_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "cross-origin",
  "access-control-allow-origin": "*",
  "timing-allow-origin": "*",
};

/** Headers that a 200 and its 304 share (RFC 9110 section 15.4.5). */
export function validatorHeaders(head: ImageHead): Record<string, string> {
  return {
    "etag": head.etag,
    "cache-control": head.cacheControl,
    ...(head.contentLocation === null ? {} : { "content-location": head.contentLocation }),
    ...(head.isNegotiated ? { "vary": "Accept" } : {}),
    ...IMAGE_SECURITY_HEADERS,
  };
}

/** Headers of a 200. */
export function imageHeaders(head: ImageHead): Record<string, string> {
  return {
    ...validatorHeaders(head),
    "content-type": head.mimeType,
    "content-disposition": `inline; filename="${head.filename}"`,
  };
}

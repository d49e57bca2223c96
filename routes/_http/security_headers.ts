/**
 * THE table of security headers, by what is answered. Terms: https://owasp.org/www-project-secure-headers/
 *
 * @module
 */

/** What an answer is. */
export type ResponseClass =
  /** A picture: anybody may show it on any site, nobody may run what is in it (an SVG original is a document). */
  | "picture"
  /** A page of the dashboard, whose own policy of contents stands in its frame. */
  | "page"
  /** All else: JSON, errors, files of the dashboard, documents, redirects. Nothing in it is ever a page. */
  | "data";

/** Headers of each class. */
export const SECURITY_HEADERS: Readonly<Record<ResponseClass, Readonly<Record<string, string>>>> = {
  picture: {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
  },
  page: {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
  },
  data: {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  },
};

/** A year; sent where the address that people use is https. */
export const STRICT_TRANSPORT = "max-age=31536000";

/**
 * Completes an answer's headers. Pictures and pages bring those of their class with them, which shows in their policy of
 * contents: a picture from memory is not to pay for this.
 */
export function completeSecurityHeaders(headers: Headers, isHttps: boolean): void {
  if (isHttps && headers.get("content-type")?.startsWith("image/") !== true) {
    headers.set("strict-transport-security", STRICT_TRANSPORT);
  }
  if (headers.has("content-security-policy")) return;
  for (const [name, value] of Object.entries(SECURITY_HEADERS.data)) headers.set(name, value);
}

/**
 * The dashboard's cookie, and the check that a request was sent by a page of ours.
 *
 * @module
 */

/** Name of the cookie that holds a session's token. */
export const SESSION_COOKIE = "imgsrc_session";

const COOKIE = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([^;]*)`);

/** The session's token, or null. */
export function sessionToken(headers: Headers): string | null {
  return COOKIE.exec(headers.get("cookie") ?? "")?.[1] || null;
}

/**
 * Whether a page of this site shows what is asked for. Browsers say so by `Sec-Fetch-Site` over https and on localhost,
 * elsewhere by `Referer` alone.
 */
export function isShownHere(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  return URL.parse(headers.get("referer") ?? "")?.host === headers.get("host");
}

/** Whether a page of this site (or no page at all) sent the request: browsers say so on every one. */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || URL.parse(origin)?.host === headers.get("host");
}

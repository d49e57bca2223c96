/**
 * The dashboard's session: a cookie, and the check that a form was sent by a page of ours.
 *
 * @module
 */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { SESSION_LIFETIME_MS } from "../../kv/sessions.ts";
import type { UserRecord } from "../../kv/records.ts";
import { ApiError } from "../_http/api_error.ts";
import { isSameOrigin, SESSION_COOKIE as COOKIE } from "../_http/session_cookie.ts";
import type { AppContext } from "../_middleware/env.ts";
import type { Deps } from "../deps.ts";

/** Whose session a request belongs to, or null. */
export async function sessionUser(deps: Deps, c: AppContext): Promise<UserRecord | null> {
  const token = getCookie(c, COOKIE);
  const id = token === undefined ? null : await deps.sessions.find(token);
  return id === null ? null : await deps.users.get(id);
}

/** Begins a session. Secure exactly when people use https, or a set-up in a LAN could never sign in. */
export async function beginSession(deps: Deps, c: AppContext, user: UserRecord["id"]): Promise<void> {
  setCookie(c, COOKIE, await deps.sessions.create(user), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: deps.publicOrigin.startsWith("https:"),
    maxAge: SESSION_LIFETIME_MS / 1000,
  });
}

/** Ends the session of a request. */
export async function endSession(deps: Deps, c: AppContext): Promise<void> {
  const token = getCookie(c, COOKIE);
  if (token !== undefined) await deps.sessions.end(token);
  deleteCookie(c, COOKIE, { path: "/" });
}

/** Where Clerk sends people back to. */
export function clerkReturnUrl(deps: Deps): string {
  return `${deps.publicOrigin}/sign-in/clerk`;
}

/** Refuses a form that another site sent: browsers name the origin on every POST. */
export function assertSameOrigin(c: AppContext): void {
  if (!isSameOrigin(c.req.raw.headers)) {
    throw new ApiError("FORBIDDEN", "Forms are taken from this site's own pages only");
  }
}

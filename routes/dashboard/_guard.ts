/**
 * Pages and forms for people who are signed in, and where they go on.
 *
 * @module
 */
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { assertSameOrigin, sessionUser } from "./_session.ts";
import { type SignedInView, type SiteDeps, viewFor } from "./_view.ts";

/** Where people go when they have signed in and wanted nothing else. */
export const FIRST_PAGE = "/images";

/** A path of this site that a form or link names, or the first page: never another site's. */
export function safeNext(next: string | null | undefined): string {
  return next !== null && next !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : FIRST_PAGE;
}

/** A page or form for people who are signed in; others are sent to sign in, and come back here. */
export function withSession(
  site: SiteDeps,
  handler: (c: AppContext, view: SignedInView) => Response | Promise<Response>,
): AppHandler {
  return async function withSession(c) {
    if (c.req.method === "POST") assertSameOrigin(c);
    const user = await sessionUser(site, c);
    if (user !== null) return await handler(c, viewFor(site, c, user));
    const { pathname, search } = new URL(c.req.url);
    const isWanted = c.req.method === "GET" && pathname !== FIRST_PAGE;
    return c.redirect(isWanted ? `/sign-in?next=${encodeURIComponent(pathname + search)}` : "/sign-in", 303);
  };
}

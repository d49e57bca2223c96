/**
 * What every page is rendered with: who looks at it, in which language and theme, and which files there are.
 *
 * @module
 */
import { getCookie } from "hono/cookie";
import type { UserRecord } from "../../kv/records.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import type { AppContext } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { Deps } from "../deps.ts";
import { sessionUser } from "./_session.ts";
import { isLanguage, type Language, preferredLanguage, type Text, textOf } from "./_text/catalogue.ts";

/** Looks; "system" follows the device. */
export const THEMES = ["light", "dark", "system"] as const;
/** One of them. */
export type Theme = (typeof THEMES)[number];

/** Cookies of choices, for people who are not signed in. Readable by nobody but us; they hold no secret. */
export const THEME_COOKIE = "imgsrc_theme";
/** See {@linkcode THEME_COOKIE}. */
export const LANGUAGE_COOKIE = "imgsrc_language";

/** Files that `/static/` serves, by name: enough of each to link to it. */
export type LinkedFiles = ReadonlyMap<string, { readonly etag: string; readonly bytes: Uint8Array }>;

/** What pages need beside the program's own parts. */
export interface SiteDeps extends Deps {
  readonly files: LinkedFiles;
  /** The program itself: answers a request as if it had come from outside. */
  readonly handle: (request: Request, remoteAddress?: string) => Promise<Response>;
}

/** See the module's comment. */
export interface View {
  readonly user: UserRecord | null;
  readonly language: Language;
  readonly theme: Theme;
  readonly text: Text;
  /** Path and query of the page, for forms that come back to it. */
  readonly address: string;
  readonly files: LinkedFiles;
  /** Where pictures come from: pages may show and fetch them. */
  readonly pictureOrigin: string;
}

/** Of a page for people who are signed in. */
export interface SignedInView extends View {
  readonly user: UserRecord;
}

/** Whether a text names a theme. */
export function isTheme(text: string | null | undefined): text is Theme {
  return (THEMES as readonly unknown[]).includes(text);
}

function languageOf(c: AppContext, user: UserRecord | null): Language {
  const chosen = user?.settings.language ?? getCookie(c, LANGUAGE_COOKIE);
  return isLanguage(chosen) ? chosen : preferredLanguage(c.req.raw.headers.get("accept-language"));
}

function themeOf(c: AppContext, user: UserRecord | null): Theme {
  const chosen = user?.settings.theme ?? getCookie(c, THEME_COOKIE);
  return isTheme(chosen) ? chosen : "system";
}

/** The view of a request whose user is known already. */
export function viewFor<U extends UserRecord | null>(site: SiteDeps, c: AppContext, user: U): View & { user: U } {
  const language = languageOf(c, user);
  const { path, query } = rawTarget(c.req.url);
  return {
    user,
    language,
    theme: themeOf(c, user),
    text: textOf(language),
    address: query === "" ? path : `${path}?${query}`,
    files: site.files,
    pictureOrigin: deliveryOrigin(site).origin,
  };
}

/** The view of a request. */
export async function viewOf(site: SiteDeps, c: AppContext): Promise<View> {
  return viewFor(site, c, await sessionUser(site, c));
}

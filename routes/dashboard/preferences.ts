/**
 * `POST /preferences`: theme and language, from the foot of every page. A cookie for anybody; a setting for people who
 * are signed in.
 *
 * @module
 */
import { setCookie } from "hono/cookie";
import type { UserRecord } from "../../kv/records.ts";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { assertSameOrigin, sessionUser } from "./_session.ts";
import { isLanguage } from "./_text/catalogue.ts";
import { isTheme, LANGUAGE_COOKIE, type SiteDeps, THEME_COOKIE } from "./_view.ts";

const YEAR_SECONDS = 365 * 24 * 3600;

function remember(site: SiteDeps, c: AppContext, name: string, value: string): void {
  const secure = site.publicOrigin.startsWith("https:");
  setCookie(c, name, value, { path: "/", httpOnly: true, sameSite: "Lax", secure, maxAge: YEAR_SECONDS });
}

async function choose(site: SiteDeps, user: UserRecord, choice: Partial<UserRecord["settings"]>): Promise<void> {
  await site.users.update(user.id, (old) => ({ ...old, settings: { ...old.settings, ...choice } }));
}

/** See the module's comment. Goes back to the page that it came from. */
export function setPreferences(site: SiteDeps): AppHandler {
  return async function setPreferences(c) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [theme, language] = [form.get("theme"), form.get("language")];
    const choice = { ...isTheme(theme) ? { theme } : {}, ...isLanguage(language) ? { language } : {} };
    if (choice.theme !== undefined) remember(site, c, THEME_COOKIE, choice.theme);
    if (choice.language !== undefined) remember(site, c, LANGUAGE_COOKIE, choice.language);
    const user = await sessionUser(site, c);
    if (user !== null) await choose(site, user, choice);
    const next = form.get("next") ?? "";
    return c.redirect(/^\/(?![/\\])[^\s\\]*$/.test(next) ? next : "/", 303);
  };
}

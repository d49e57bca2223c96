/**
 * The foot of every page: what is said about the site, and the choice of theme and language, which needs no script.
 *
 * @module
 */
import type { VNode } from "preact";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { IconName } from "../../../islands/ui/icon_names.ts";
import { LANGUAGE_NAMES, LANGUAGES } from "../_text/catalogue.ts";
import { type Theme, THEMES, type View } from "../_view.ts";

const THEME_ICONS: Readonly<Record<Theme, IconName>> = { light: "sun", dark: "moon", system: "monitor" };

function ThemeChoice({ view }: { readonly view: View }): VNode {
  const { shell } = view.text;
  const names = { light: shell.themeLight, dark: shell.themeDark, system: shell.themeSystem };
  return (
    <div class="choices" role="group" aria-label={shell.theme}>
      {THEMES.map((theme) => (
        <button
          key={theme}
          type="submit"
          name="theme"
          value={theme}
          aria-pressed={view.theme === theme}
          aria-label={names[theme]}
          title={names[theme]}
        >
          <Icon name={THEME_ICONS[theme]} />
        </button>
      ))}
    </div>
  );
}

function LanguageChoice({ view }: { readonly view: View }): VNode {
  return (
    <div class="choices" role="group" aria-label={view.text.shell.language}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="submit"
          name="language"
          value={language}
          lang={language}
          aria-pressed={view.language === language}
        >
          {LANGUAGE_NAMES[language]}
        </button>
      ))}
    </div>
  );
}

/** See the module's comment. */
export function Footer({ view }: { readonly view: View }): VNode {
  const { shell } = view.text;
  return (
    <footer class="foot">
      <div class="foot-inner">
        <nav aria-label={shell.footNavigation}>
          <a href="/docs">{shell.docs}</a>
          <a href="/pricing">{shell.pricing}</a>
          <a href="/about">{shell.about}</a>
          <a href="/terms-of-service">{shell.terms}</a>
          <a href="/privacy-policy">{shell.privacy}</a>
        </nav>
        <form class="row" method="post" action="/preferences">
          <input type="hidden" name="next" value={view.address} />
          <LanguageChoice view={view} />
          <ThemeChoice view={view} />
        </form>
      </div>
    </footer>
  );
}

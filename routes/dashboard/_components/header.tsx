/**
 * Brand and navigation. Menus are `<details>`: they open without scripts.
 *
 * @module
 */
import type { VNode } from "preact";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { IconName } from "../../../islands/ui/icon_names.ts";
import { fill } from "../../../islands/ui/fill.ts";
import type { Text } from "../_text/catalogue.ts";
import type { SignedInView, View } from "../_view.ts";

interface Place {
  readonly path: string;
  readonly name: keyof Text["shell"];
  readonly icon: IconName;
}

const OWN_PLACES: readonly Place[] = [
  { path: "/images", name: "images", icon: "grid" },
  { path: "/publish", name: "publish", icon: "upload" },
  { path: "/usage", name: "usage", icon: "chart" },
  { path: "/settings", name: "settings", icon: "settings" },
];
const OPEN_PLACES: readonly Place[] = [
  { path: "/pricing", name: "pricing", icon: "spark" },
  { path: "/docs", name: "docs", icon: "book" },
  { path: "/docs/api", name: "api", icon: "code" },
];

/** The two corners and the dot: what is cut out of a picture. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-corner" d="M4 12V4h8M28 20v8h-8" />
      <circle class="mark-dot" cx="16" cy="16" r="5.5" />
    </svg>
  );
}

/** Whether a place is the page, or the nearest one above it in the list. */
function isHere(view: View, { path }: Place): boolean {
  const here = view.address.split("?")[0]!;
  const isUnder = (place: string) => here === place || here.startsWith(`${place}/`);
  const best = [...OWN_PLACES, ...OPEN_PLACES].filter((place) => isUnder(place.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return best?.path === path;
}

function PlaceLink({ view, place, withIcon = false }: { view: View; place: Place; withIcon?: boolean }): VNode {
  return (
    <a href={place.path} aria-current={isHere(view, place) ? "page" : undefined}>
      {withIcon ? <Icon name={place.icon} /> : null}
      <span>{view.text.shell[place.name]}</span>
    </a>
  );
}

/** What of the navigation is out of the way: the account at a desk, everything on a phone. */
function Menu({ view, user }: { readonly view: View; readonly user: View["user"] }): VNode {
  const { shell } = view.text;
  return (
    <details class={user === null ? "menu only-narrow" : "menu"} data-menu>
      <summary>
        <span class="visually-hidden">{user === null ? shell.menu : shell.accountNavigation}</span>
        <Icon name={user === null ? "menu" : "user"} />
        {user === null ? null : <span class="only-wide">{user.name}</span>}
        {user === null ? null : <Icon name="chevron-down" />}
      </summary>
      <div class="menu-panel">
        {user === null ? null : <p class="menu-name">{fill(shell.signedInAs, { name: user.name })}</p>}
        {OPEN_PLACES.map((place) => <PlaceLink key={place.path} view={view} place={place} withIcon />)}
        <hr />
        {user === null
          ? (
            <a href="/sign-in">
              <Icon name="user" /> {shell.signIn}
            </a>
          )
          : (
            <form method="post" action="/sign-out">
              <button type="submit">
                <Icon name="sign-out" /> {shell.signOut}
              </button>
            </form>
          )}
      </div>
    </details>
  );
}

function Links({ view }: { readonly view: View }): VNode {
  const { shell } = view.text;
  const places = view.user === null ? OPEN_PLACES : OWN_PLACES;
  return (
    <>
      <nav class="links only-wide" aria-label={shell.mainNavigation}>
        {places.map((place) => <PlaceLink key={place.path} view={view} place={place} />)}
      </nav>
      <nav class="links end" aria-label={shell.accountNavigation}>
        {view.user === null ? <a class="only-wide" href="/sign-in">{shell.signIn}</a> : null}
        {view.user === null ? <a class="button small" href="/sign-up">{shell.signUp}</a> : null}
        <Menu view={view} user={view.user} />
      </nav>
    </>
  );
}

/** The head of every page. */
export function Header({ view }: { readonly view: View }): VNode {
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href="/" aria-label={view.text.shell.home}>
          <Mark /> <span>imgsrc</span>
        </a>
        <Links view={view} />
      </div>
    </header>
  );
}

/** The bar at the thumb, on phones. */
export function TabBar({ view }: { readonly view: View | SignedInView }): VNode {
  return (
    <nav class="tabbar" aria-label={view.text.shell.mainNavigation}>
      {OWN_PLACES.map((place) => <PlaceLink key={place.path} view={view} place={place} withIcon />)}
    </nav>
  );
}

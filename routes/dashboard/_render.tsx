/**
 * From a page component to an answer.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { PRIVATE_CACHE } from "../_http/cache_policy.ts";
import type { PageScripts } from "./_islands.ts";

/** What every page says of itself. */
export interface PageProps {
  readonly title: string;
  /** Name of who is signed in, or null. */
  readonly userName: string | null;
  /** Style sheets of `/static/` beside the common one. */
  readonly styles?: readonly string[];
  /** Of its islands; null or absent = the page loads none. */
  readonly scripts?: PageScripts | null;
  readonly children: ComponentChildren;
}

/** Own files only, no inline script or style; pictures may come from the picture host. @param hasIslands lets the bundle run and call us */
export function pageHeaders(pictureOrigin: string, hasIslands = false): Record<string, string> {
  const scripts = hasIslands ? "script-src 'self'; connect-src 'self'; " : "";
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": PRIVATE_CACHE,
    "content-security-policy":
      `default-src 'none'; ${scripts}style-src 'self'; img-src 'self' blob: ${pictureOrigin}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
  };
}

function Navigation({ userName }: { userName: string | null }): VNode {
  if (userName === null) {
    return (
      <nav>
        <a href="/pricing">Pricing</a>
        <a href="/docs/api">API</a>
        <a href="/sign-in">Sign in</a>
      </nav>
    );
  }
  return (
    <nav>
      <a href="/images">Images</a>
      <a href="/publish">Publish</a>
      <a href="/docs/api">API</a>
      <form method="post" action="/sign-out">
        <button class="link" type="submit">Sign out {userName}</button>
      </form>
    </nav>
  );
}

/** The frame around every page. */
export function Page({ title, userName, styles = [], scripts = null, children }: PageProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · imgsrc`}</title>
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/static/app.css" />
        {styles.map((name) => <link key={name} rel="stylesheet" href={`/static/${name}`} />)}
        {scripts?.chunks.map((name) => <link key={name} rel="modulepreload" href={`/static/${name}`} />)}
        {scripts?.entries.map((name) => <script key={name} type="module" src={`/static/${name}`} />)}
      </head>
      <body>
        <header>
          <a class="brand" href="/">
            <img src="/static/icon.svg" alt="" width="24" height="24" /> imgsrc
          </a>
          <Navigation userName={userName} />
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}

/** Renders a page. */
export function renderPage(page: VNode, pictureOrigin: string, status = 200, hasIslands = false): Response {
  const headers = pageHeaders(pictureOrigin, hasIslands);
  return new Response(`<!doctype html>${renderToString(page)}`, { status, headers });
}

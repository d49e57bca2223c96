/**
 * From a page component to an answer.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { PRIVATE_CACHE } from "../_http/cache_policy.ts";
import { SECURITY_HEADERS } from "../_http/security_headers.ts";
import { Footer } from "./_components/footer.tsx";
import { Header, TabBar } from "./_components/header.tsx";
import { Sprite } from "./_components/sprite.tsx";
import { fileUrl } from "./_files.ts";
import { scriptsOf } from "./_islands.ts";
import type { View } from "./_view.ts";

/** What every page says of itself. */
export interface PageProps {
  readonly view: View;
  readonly title: string;
  /** For search engines and previews. */
  readonly description?: string;
  /** Style sheets of `/static/` beside the common ones. */
  readonly styles?: readonly string[];
  /** Islands of the page by name, so that it loads their scripts and no others. */
  readonly islands?: readonly string[];
  readonly children: ComponentChildren;
}

const STYLES = ["tokens.css", "base.css", "shell.css", "controls.css", "components.css"];
/** Lets a page's forms lead on to the providers of payment. */
const PAYMENT_HOSTS = "https://checkout.stripe.com https://billing.stripe.com";

/**
 * Headers of a page: own files only, nothing inline; pictures also from the picture host. `data:` is for pictures alone,
 * the placeholders of which are made in the page.
 */
export function pageHeaders(pictureOrigin: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${pictureOrigin}`,
    `img-src 'self' blob: data: ${pictureOrigin}`,
    `form-action 'self' ${PAYMENT_HOSTS}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": PRIVATE_CACHE,
    "content-security-policy": policy.join("; "),
    ...SECURITY_HEADERS.page,
  };
}

/** Script of every page: menus, copying, dialogs. */
const SHELL = "shell";

function Head({ view, title, description, styles = [], islands = [] }: Omit<PageProps, "children">): VNode {
  const scripts = scriptsOf(view.files, [SHELL, ...islands]);
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${title} · imgsrc`}</title>
      {description === undefined ? null : <meta name="description" content={description} />}
      <link rel="icon" href={fileUrl(view.files, "icon.svg")} type="image/svg+xml" />
      {[...STYLES, ...styles].map((name) => <link key={name} rel="stylesheet" href={fileUrl(view.files, name)} />)}
      {scripts?.chunks.map((name) => <link key={name} rel="modulepreload" href={`/static/${name}`} />)}
      {scripts?.entries.map((name) => <script key={name} type="module" src={`/static/${name}`} />)}
    </head>
  );
}

/** The frame around every page. Reads, and works where it can, before any script has come. */
export function Page({ children, ...head }: PageProps): VNode {
  const { view } = head;
  const { shell } = view.text;
  return (
    <html lang={view.language} data-theme={view.theme}>
      <Head {...head} />
      <body data-copied={shell.copied} data-copy-failed={shell.copyFailed}>
        <Sprite />
        <a class="skip" href="#main">{shell.skip}</a>
        <Header view={view} />
        <main id="main" tabIndex={-1}>{children}</main>
        <Footer view={view} />
        {view.user === null ? null : <TabBar view={view} />}
        <div class="toasts" id="toasts" role="status" aria-live="polite" />
      </body>
    </html>
  );
}

/** Renders a page. @param headers beside those of every page */
export function renderPage(
  view: View,
  page: VNode,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`<!doctype html>${renderToString(page)}`, {
    status,
    headers: { ...pageHeaders(view.pictureOrigin), ...headers },
  });
}

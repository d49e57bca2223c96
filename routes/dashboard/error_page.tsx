/**
 * What a person sees where something failed; programs get the envelope.
 *
 * @module
 */
import type { ApiError } from "../_http/api_error.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import type { AppContext } from "../_middleware/env.ts";
import { problemText } from "./_api.ts";
import { Empty } from "./_components/notice.tsx";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, viewFor, viewOf } from "./_view.ts";

const NO_PAGES = /^\/(api|i|static|admin|health|ready|metrics|\.well-known)(\/|$)/;

/** Whether a browser asks for a page, and not a program, or a page's own script or picture. */
function wantsPage(c: AppContext): boolean {
  const accepts = c.req.raw.headers.get("accept")?.includes("text/html") ?? false;
  return accepts && !NO_PAGES.test(rawTarget(c.req.url).path);
}

/** The page of a failure, or null where the envelope is the right answer. */
export async function errorPage(site: SiteDeps, c: AppContext, error: ApiError): Promise<Response | null> {
  if (!wantsPage(c)) return null;
  // The store may be what failed: then nobody is signed in for this page.
  const view = await viewOf(site, c).catch(() => viewFor(site, c, null));
  const { shell } = view.text;
  const isMissing = error.code === "NOT_FOUND";
  const title = isMissing ? shell.notFoundTitle : shell.problem;
  const page = (
    <Page view={view} title={title}>
      <Empty icon={isMissing ? "search" : "alert"} title={title}>
        <p>{isMissing ? shell.notFoundText : problemText(view, error)}</p>
        <a class="button" href="/">{shell.toHome}</a>
      </Empty>
    </Page>
  );
  return renderPage(view, page, error.status, error.headers);
}

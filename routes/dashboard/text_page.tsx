/**
 * `/about`, `/terms-of-service`, `/privacy-policy`: pages of words.
 *
 * @module
 */
import type { AppHandler } from "../_middleware/env.ts";
import { PageHead } from "./_components/notice.tsx";
import { Page, renderPage } from "./_render.tsx";
import type { Text } from "./_text/catalogue.ts";
import { type SiteDeps, viewOf } from "./_view.ts";

/** `GET` of a page of words. @param name which */
export function textPage(site: SiteDeps, name: keyof Text["site"]): AppHandler {
  return async function textPage(c) {
    const view = await viewOf(site, c);
    const { title, lead, whatTitle, what, howTitle, how, whoTitle, who } = view.text.site[name];
    const parts = [[whatTitle, what], [howTitle, how], [whoTitle, who]];
    const page = (
      <Page view={view} title={title} description={lead}>
        <PageHead title={title} lead={lead} />
        <div class="prose">
          {parts.map(([heading, words]) => (
            <section key={heading} class="stack-s">
              <h2>{heading}</h2>
              <p>{words}</p>
            </section>
          ))}
        </div>
      </Page>
    );
    return renderPage(view, page);
  };
}

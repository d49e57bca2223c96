/**
 * `/docs`: how to use it, with snippets that are true for this server.
 *
 * @module
 */
import type { VNode } from "preact";
import { OUTPUT_FORMATS, splitExtension } from "../../codec/formats.ts";
import { PARAM_ENTRIES } from "../../codec/params.ts";
import { allowedText } from "../../islands/playground/allowed.ts";
import { fill } from "../../islands/ui/fill.ts";
import { deliveryUrl } from "../_http/delivery_url.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { ImageListAnswer } from "../api/v1/_schema/images.ts";
import { callApi } from "./_api.ts";
import { Code } from "./_components/code.tsx";
import { PageHead } from "./_components/notice.tsx";
import { type Guide, type GuidePlace, guidesAt } from "./_docs/guides.ts";
import { translated } from "./_reference/translate.ts";
import { Page, renderPage } from "./_render.tsx";
import { apiSentences } from "./_text/api_sentences.ts";
import { type SiteDeps, type View, viewOf } from "./_view.ts";

const EXAMPLES = [
  "webp?w=800",
  "avif?w=800&q=60",
  "jpg?w=400&h=400&fit=cover&crop=attention",
  "webp?w=400&grayscale=true",
];

interface Props {
  readonly view: View;
  readonly place: GuidePlace;
}

function Section(
  { id, title, text, children }: {
    readonly id: string;
    readonly title: string;
    readonly text?: string;
    readonly children?: VNode | readonly VNode[] | null;
  },
): VNode {
  return (
    <section class="stack doc" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {text === undefined ? null : <p class="doc-text">{text}</p>}
      {children}
    </section>
  );
}

function Parameters({ view }: { readonly view: View }): VNode {
  const { docs } = view.text;
  return (
    <div class="card table-wrap" tabIndex={0} role="region" aria-label={docs.parameters}>
      <table>
        <thead>
          <tr>
            <th scope="col">{docs.key}</th>
            <th scope="col">{docs.meaning}</th>
            <th scope="col">{docs.allowed}</th>
          </tr>
        </thead>
        <tbody>
          {PARAM_ENTRIES.map(([, row]) => (
            <tr key={row.key}>
              <th scope="row">
                <code>{row.key}</code>
              </th>
              <td>{translated(row.doc, apiSentences(view.language)).replaceAll("`", "")}</td>
              <td>{allowedText(row, view.text.allowed, view.language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GuideView({ view, guide }: { readonly view: View; readonly guide: Guide }): VNode {
  return (
    <Section id={guide.id} title={guide.title}>
      {guide.files.map(({ name, code }) => (
        <div class="stack-s" key={name}>
          <p class="file-name mono">{name}</p>
          <Code code={code} text={view.text} />
        </div>
      ))}
    </Section>
  );
}

function Contents({ view, guides }: { readonly view: View; readonly guides: readonly Guide[] }): VNode {
  const { docs } = view.text;
  const own = ["start", "addresses", "formats", "parameters", "presets", "private", "caching"] as const;
  return (
    <nav class="side" aria-label={docs.contents}>
      {own.map((id) => <a key={id} href={`#${id}`}>{docs[id]}</a>)}
      {guides.filter(({ id }) => id !== "curl").map(({ id, title }) => <a key={id} href={`#${id}`}>{title}</a>)}
      <a href="/docs/api">{docs.reference}</a>
    </nav>
  );
}

function Docs({ view, place }: Props): VNode {
  const { docs } = view.text;
  const [curl, ...guides] = guidesAt(place);
  const { base, picture } = place;
  const isOwn = !base.endsWith("/sample");
  return (
    <div class="settings">
      <Contents view={view} guides={guides} />
      <div class="stack-l">
        <Section id="start" title={docs.start} text={docs.startText}>
          <div class="stack-s">
            {curl!.files.map(({ name, code }) => <Code key={name} code={code} text={view.text} />)}
          </div>
        </Section>
        <Section id="addresses" title={docs.addresses} text={docs.addressesText}>
          <div class="stack-s">
            <p class="hint">{isOwn ? docs.addressesOwn : docs.addressesSample}</p>
            {EXAMPLES.map((example) => (
              <Code key={example} code={`${base}/${picture}.${example}`} text={view.text} isWrapped />
            ))}
          </div>
        </Section>
        <Section
          id="formats"
          title={docs.formats}
          text={fill(docs.formatsText, { formats: OUTPUT_FORMATS.map((format) => `.${format}`).join(", ") })}
        />
        <Section id="parameters" title={docs.parameters} text={docs.parametersText}>
          <Parameters view={view} />
        </Section>
        <Section id="presets" title={docs.presets} text={docs.presetsText} />
        <Section id="private" title={docs.private} text={docs.privateText} />
        <Section id="caching" title={docs.caching} text={docs.cachingText} />
        {guides.map((guide) => <GuideView key={guide.id} view={view} guide={guide} />)}
        <p>
          {docs.more} <a href="/docs/api">{docs.reference}</a>
        </p>
      </div>
    </div>
  );
}

/** The reader's newest public picture, or the sample that every server has. */
async function placeFor(site: SiteDeps, c: AppContext, view: View): Promise<GuidePlace> {
  const origin = site.publicOrigin;
  const sample = { origin, base: `${origin}/sample`, picture: "photo" };
  if (view.user === null) return sample;
  const { answer } = await callApi<ImageListAnswer>(site, c, { method: "GET", path: "/api/v1/images?limit=20" });
  const path = answer?.images.find(({ visibility }) => visibility === "public")?.paths[0];
  if (path === undefined) return sample;
  const url = deliveryUrl(deliveryOrigin(site), view.user.name, splitExtension(path).base);
  const base = deliveryUrl(deliveryOrigin(site), view.user.name, "");
  return { origin, base: base.replace(/\/$/, ""), picture: url.slice(base.length).replace(/^\//, "") };
}

/** `GET /docs`. */
export function docsPage(site: SiteDeps): AppHandler {
  return async function docsPage(c) {
    const view = await viewOf(site, c);
    const { title, lead } = view.text.docs;
    const page = (
      <Page view={view} title={title} description={lead} styles={["settings.css", "docs.css"]}>
        <PageHead title={title} lead={lead} />
        <Docs view={view} place={await placeFor(site, c, view)} />
      </Page>
    );
    return renderPage(view, page);
  };
}

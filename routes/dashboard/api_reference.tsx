/**
 * `/docs/api`: the reference, made from the OpenAPI document. It reads without scripts; with them requests can be sent.
 *
 * @module
 */
import type { VNode } from "preact";
import type { TryItCommon } from "../../islands/try_it/props.ts";
import { API_ERRORS } from "../_http/api_error.ts";
import type { OpenApiDocument } from "../_http/openapi.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { Operation, type PlacedOperation, Prose } from "./_reference/operation.tsx";
import { translated, withTexts } from "./_reference/translate.ts";
import { Page, renderPage } from "./_render.tsx";
import { apiSentences } from "./_text/api_sentences.ts";
import type { Language } from "./_text/catalogue.ts";
import { type SiteDeps, type View, viewOf } from "./_view.ts";

const anchor = (tag: string) => `tag-${tag.toLowerCase().replaceAll(" ", "-")}`;

function operationsOf(document: OpenApiDocument, tag: string): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).filter(([, operation]) => operation.tags[0] === tag)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  );
}

interface Props {
  readonly document: OpenApiDocument;
  readonly view: View;
}

/** A section's name; its anchor and what lies in it go by the English one. */
const shownName = (view: View, name: string) => translated(name, apiSentences(view.language));

function Contents({ document, view }: Props): VNode {
  const { reference } = view.text;
  return (
    <nav class="contents" aria-label={reference.contents}>
      <ul>
        {document.tags.map(({ name }) => (
          <li key={name}>
            <a href={`#${anchor(name)}`}>{shownName(view, name)}</a>
          </li>
        ))}
        <li>
          <a href="#errors">{reference.errors}</a>
        </li>
      </ul>
    </nav>
  );
}

function Errors({ view }: Pick<Props, "view">): VNode {
  const { reference } = view.text;
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">{reference.errors}</h2>
      <p>
        {reference.envelope} <code>{`{"error": {"code", "message", "status", "path"}}`}</code>
      </p>
      <dl class="ref-fields">
        {Object.entries(API_ERRORS).map(([code, { status, doc }]) => (
          <div class="ref-field" key={code}>
            <dt>
              <strong class={`status-${String(status)[0]}`}>{status}</strong> <code>{code}</code>
            </dt>
            <dd>
              <Prose text={translated(doc, apiSentences(view.language))} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Reference({ document, view }: Props): VNode {
  const { reference } = view.text;
  const common: TryItCommon = { text: reference.try, language: view.language };
  return (
    <div class="reference" data-common-props={JSON.stringify(common)}>
      <Contents document={document} view={view} />
      <div>
        <h1>{reference.title}</h1>
        <p class="lead">
          <Prose text={document.info.description} />
        </p>
        <p>
          {reference.base} <code>{document.servers[0]!.url}</code>. {reference.asFile}{" "}
          <a href="/openapi.json">OpenAPI 3.1</a>; {reference.forModels} <a href="/llms.txt">llms.txt</a>,{" "}
          <a href="/llms-full.txt">llms-full.txt</a>.
        </p>
        {document.tags.map(({ name, description }) => (
          <section aria-labelledby={anchor(name)} key={name}>
            <h2 id={anchor(name)}>{shownName(view, name)}</h2>
            <p class="hint">{description}</p>
            {operationsOf(document, name).map((placed) => (
              <Operation key={placed.operation.operationId} placed={placed} document={document} view={view} />
            ))}
          </section>
        ))}
        <Errors view={view} />
      </div>
    </div>
  );
}

/** `GET /docs/api`. */
export function apiReferencePage(site: SiteDeps, document: () => OpenApiDocument): AppHandler {
  const made = new Map<Language, OpenApiDocument>();
  const documentIn = (language: Language) => {
    const known = made.get(language) ?? withTexts(document(), (text) => translated(text, apiSentences(language)));
    made.set(language, known);
    return known;
  };
  return async function apiReferencePage(c) {
    const view = await viewOf(site, c);
    const { title } = view.text.reference;
    const page = (
      <Page view={view} title={title} styles={["reference.css"]} islands={["TryIt"]}>
        <Reference document={documentIn(view.language)} view={view} />
      </Page>
    );
    return renderPage(view, page);
  };
}

/** `GET /api-reference`: where the reference was before. */
export function oldApiReference(): AppHandler {
  return (c) => c.redirect("/docs/api", 301);
}

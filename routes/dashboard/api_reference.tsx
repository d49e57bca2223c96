/**
 * `/docs/api`: the reference, made from the OpenAPI document. It reads without scripts; with them requests can be sent.
 *
 * @module
 */
import type { VNode } from "preact";
import { API_ERRORS } from "../_http/api_error.ts";
import type { OpenApiDocument } from "../_http/openapi.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { Operation, type PlacedOperation, Prose } from "./_reference/operation.tsx";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, viewOf } from "./_view.ts";

const anchor = (tag: string) => `tag-${tag.toLowerCase().replaceAll(" ", "-")}`;

function operationsOf(document: OpenApiDocument, tag: string): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).filter(([, operation]) => operation.tags[0] === tag)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  );
}

function Contents({ document }: { readonly document: OpenApiDocument }): VNode {
  return (
    <nav class="contents" aria-label="Contents">
      <ul>
        {document.tags.map(({ name }) => (
          <li>
            <a href={`#${anchor(name)}`}>{name}</a>
          </li>
        ))}
        <li>
          <a href="#errors">Errors</a>
        </li>
      </ul>
    </nav>
  );
}

function Errors(): VNode {
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors</h2>
      <p>
        Every error is one envelope: <code>{`{"error": {"code", "message", "status", "path"}}`}</code>.
      </p>
      <dl class="ref-fields">
        {Object.entries(API_ERRORS).map(([code, { status, doc }]) => (
          <div class="ref-field">
            <dt>
              <strong class={`status-${String(status)[0]}`}>{status}</strong> <code>{code}</code>
            </dt>
            <dd>{doc}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Reference({ document }: { readonly document: OpenApiDocument }): VNode {
  const origin = document.servers[0]!.url;
  return (
    <div class="reference">
      <Contents document={document} />
      <div>
        <h1>API reference</h1>
        <p class="lead">
          <Prose text={document.info.description} />
        </p>
        <p>
          Base address: <code>{origin}</code>. The same as a file:{" "}
          <a href="/openapi.json">OpenAPI 3.1</a>; for language models: <a href="/llms.txt">llms.txt</a>,{" "}
          <a href="/llms-full.txt">llms-full.txt</a>.
        </p>
        {document.tags.map(({ name, description }) => (
          <section aria-labelledby={anchor(name)}>
            <h2 id={anchor(name)}>{name}</h2>
            <p class="hint">{description}</p>
            {operationsOf(document, name).map((placed) => (
              <Operation key={placed.operation.operationId} placed={placed} document={document} />
            ))}
          </section>
        ))}
        <Errors />
      </div>
    </div>
  );
}

/** `GET /docs/api`. */
export function apiReferencePage(site: SiteDeps, document: () => OpenApiDocument): AppHandler {
  return async function apiReferencePage(c) {
    const view = await viewOf(site, c);
    const page = (
      <Page view={view} title="API reference" styles={["reference.css"]} islands={["TryIt"]}>
        <Reference document={document()} />
      </Page>
    );
    return renderPage(view, page);
  };
}

/** `GET /api-reference`: where the reference was before. */
export function oldApiReference(): AppHandler {
  return (c) => c.redirect("/docs/api", 301);
}

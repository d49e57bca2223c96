/**
 * `/openapi.json`, `/llms.txt` and `/llms-full.txt`: the API's documents, made once from the tables.
 *
 * @module
 */
import { STATIC_CACHE } from "../_http/cache_policy.ts";
import { matchesIfNoneMatch } from "../_http/conditional.ts";
import type { OpenApiDocument } from "../_http/openapi.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { Deps } from "../deps.ts";
import { type DocumentedRow, openApiDocument } from "./v1/_openapi/document.ts";
import { llmsFullText, llmsText } from "./v1/_openapi/llms.ts";

const ETAG_CHARS = 32;

/** Makes the document when it is first asked for. @param rows of the route table, which is not ready before */
export function documentOf(deps: Deps, rows: () => readonly DocumentedRow[]): () => OpenApiDocument {
  let document: OpenApiDocument | null = null;
  return () =>
    document ??= openApiDocument(rows(), { origin: deps.publicOrigin, pictureOrigin: deliveryOrigin(deps).origin });
}

async function fileOf(text: string) {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return { bytes, etag: `"${digest.slice(0, ETAG_CHARS)}"` };
}

/** Anybody may read documents from any site. */
function serveText(make: () => string, mimeType: string): AppHandler {
  let file: ReturnType<typeof fileOf> | null = null;
  return async function serveText(c) {
    const { bytes, etag } = await (file ??= fileOf(make()));
    const headers = { etag, "cache-control": STATIC_CACHE, "access-control-allow-origin": "*" };
    if (matchesIfNoneMatch(c.req.raw.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers });
    }
    return new Response(bytes, {
      headers: { ...headers, "content-type": mimeType },
    });
  };
}

/** `GET /openapi.json`. */
export function serveOpenApi(document: () => OpenApiDocument): AppHandler {
  return serveText(() => JSON.stringify(document()), "application/json; charset=utf-8");
}

/** `GET /llms.txt`. */
export function serveLlms(document: () => OpenApiDocument): AppHandler {
  return serveText(() => llmsText(document()), "text/plain; charset=utf-8");
}

/** `GET /llms-full.txt`. */
export function serveLlmsFull(document: () => OpenApiDocument): AppHandler {
  return serveText(() => llmsFullText(document()), "text/plain; charset=utf-8");
}

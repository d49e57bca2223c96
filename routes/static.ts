/**
 * `/static/*`: files of the dashboard, read once at start.
 *
 * @module
 */
import { fileVersion, STATIC_CACHE, VERSIONED_STATIC_CACHE } from "./_http/cache_policy.ts";
import { ApiError } from "./_http/api_error.ts";
import { matchesIfNoneMatch } from "./_http/conditional.ts";
import type { AppHandler } from "./_middleware/env.ts";

/** A file ready to be served. */
export interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mimeType: string;
  /** Strong, in its quotes. */
  readonly etag: string;
}

/** Media types of what lies in the folder. */
export const STATIC_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  jpg: "image/jpeg",
  txt: "text/plain; charset=utf-8",
};

/** Serves files by their name; with the version that they have, for a year. */
export function serveStatic(files: ReadonlyMap<string, StaticFile>): AppHandler {
  return function serveStatic(c) {
    const file = files.get(c.req.path.slice("/static/".length));
    if (file === undefined) throw new ApiError("NOT_FOUND", "There is no such file");
    const isVersioned = c.req.query("v") === fileVersion(file.etag);
    const cache = isVersioned ? VERSIONED_STATIC_CACHE : STATIC_CACHE;
    const headers = { "etag": file.etag, "cache-control": cache };
    if (matchesIfNoneMatch(c.req.raw.headers.get("if-none-match"), file.etag)) {
      return new Response(null, { status: 304, headers });
    }
    const described = { "content-type": file.mimeType, "content-length": String(file.bytes.length) };
    return new Response(file.bytes, { headers: { ...headers, ...described } });
  };
}

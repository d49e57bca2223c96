/**
 * Around every request: an id, a refusal while the server goes down, one log line.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { leavingError } from "../_http/api_error.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import { measured } from "../_http/measured.ts";
import { completeSecurityHeaders } from "../_http/security_headers.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv, LogFields } from "./env.ts";

const REQUEST_ID_CHARS = 8;
/** Asked while the server goes down, too. */
const HEALTH: ReadonlySet<string> = new Set(["/health", "/api/v1/health", "/ready"]);

/** An id for a request, for its log line and its answer. */
export function newRequestId(deps: Pick<Deps, "newUuid">): string {
  return deps.newUuid().slice(0, REQUEST_ID_CHARS);
}

/** A request and what became of it. */
export interface Answered {
  readonly id: string;
  readonly method: string;
  /** Pattern that metrics know it by. */
  readonly route: string;
  /** Without its query, which may hold a token. */
  readonly path: string;
  readonly status: number;
  /** From the request to the head of its answer, in ms. */
  readonly tookMs: number;
  readonly fields: LogFields;
  /** Length of the answer where `fields` don't tell of a picture's. */
  readonly bytes?: number | undefined;
  readonly rejectedBy?: string | undefined;
}

/** Counts a request, names its span, and writes its line. */
export function noteAnswered({ observer, log }: Pick<Deps, "observer" | "log">, answered: Answered): void {
  const { id, method, route, path, status, tookMs, fields, rejectedBy } = answered;
  const { cache: source, bytes } = fields;
  observer.metrics.request({ method, route, status, seconds: tookMs / 1_000, source, bytes, rejectedBy });
  observer.tracing?.nameRequest(method, route);
  const ms = Math.round(tookMs * 10) / 10;
  log.info("request", { id, method, path, status, ms, ...fields, bytes: bytes ?? answered.bytes });
}

/**
 * See the module's comment.
 *
 * @param nameRoute pattern that metrics know a route by, from the router's own
 */
export function observe(deps: Deps, nameRoute: (pattern: string) => string): MiddlewareHandler<AppEnv> {
  const isHttps = deps.publicOrigin.startsWith("https:");
  return async function observe(c, next) {
    const startedAt = performance.now();
    const id = newRequestId(deps);
    c.set("requestId", id);
    c.set("logFields", {});
    c.set("notes", {});
    if (deps.isDraining() && !HEALTH.has(c.req.path)) throw leavingError();
    await next();
    const answer = await measured(c.res);
    if (answer !== c.res) {
      // Hono would add the headers of the answer before to those of the new one.
      c.res = undefined;
      c.res = answer;
    }
    c.res.headers.set("x-request-id", id);
    completeSecurityHeaders(c.res.headers, isHttps);
    noteAnswered(deps, {
      id,
      method: c.req.method,
      route: nameRoute(routePath(c)),
      path: rawTarget(c.req.url).path,
      status: c.res.status,
      tookMs: performance.now() - startedAt,
      fields: c.get("logFields"),
      bytes: Number(c.res.headers.get("content-length")) || undefined,
      rejectedBy: c.get("notes").rejectedBy,
    });
  };
}

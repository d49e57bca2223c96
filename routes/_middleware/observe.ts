/**
 * Around every request: an id, a refusal while the server goes down, one log line.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { ApiError } from "../_http/api_error.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import { measured } from "../_http/measured.ts";
import { completeSecurityHeaders } from "../_http/security_headers.ts";
import type { Deps } from "../deps.ts";
import type { AppContext, AppEnv } from "./env.ts";

const REQUEST_ID_CHARS = 8;
/** Asked while the server goes down, too. */
const HEALTH: ReadonlySet<string> = new Set(["/health", "/api/v1/health", "/ready"]);

/** Counts a request, and names its span. */
function count(deps: Deps, c: AppContext, route: string, ms: number): void {
  const { metrics, tracing } = deps.observer;
  const { cache, bytes } = c.get("logFields");
  metrics.request({
    method: c.req.method,
    route,
    status: c.res.status,
    seconds: ms / 1_000,
    source: cache,
    bytes,
    rejectedBy: c.get("notes").rejectedBy,
  });
  tracing?.nameRequest(c.req.method, route);
}

/**
 * See the module's comment. The query is never logged: it may hold a token.
 *
 * @param nameRoute pattern that metrics know a route by, from the router's own
 */
export function observe(deps: Deps, nameRoute: (pattern: string) => string): MiddlewareHandler<AppEnv> {
  const isHttps = deps.publicOrigin.startsWith("https:");
  return async function observe(c, next) {
    const startedAt = performance.now();
    const id = deps.newUuid().slice(0, REQUEST_ID_CHARS);
    c.set("requestId", id);
    c.set("logFields", {});
    c.set("notes", {});
    if (deps.isDraining() && !HEALTH.has(c.req.path)) {
      throw new ApiError("BUSY", "Server is shutting down; try again", { connection: "close" });
    }
    await next();
    const answer = await measured(c.res);
    if (answer !== c.res) {
      // Hono would add the headers of the answer before to those of the new one.
      c.res = undefined;
      c.res = answer;
    }
    c.res.headers.set("x-request-id", id);
    completeSecurityHeaders(c.res.headers, isHttps);
    const tookMs = performance.now() - startedAt;
    count(deps, c, nameRoute(routePath(c)), tookMs);
    const ms = Math.round(tookMs * 10) / 10;
    const fields = c.get("logFields");
    const bytes = fields.bytes ?? (Number(c.res.headers.get("content-length")) || undefined);
    const path = rawTarget(c.req.url).path;
    deps.log.info("request", { id, method: c.req.method, path, status: c.res.status, ms, ...fields, bytes });
  };
}

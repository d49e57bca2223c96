/**
 * `GET /metrics`: for Prometheus, on a port of its own or behind a token.
 *
 * @module
 */
import { ApiError } from "./_http/api_error.ts";
import { errorResponse } from "./_http/error_response.ts";
import type { AppHandler } from "./_middleware/env.ts";
import { hasToken } from "./_middleware/require_admin.ts";
import type { Deps } from "./deps.ts";

const MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Everything that is counted, for whoever has the token; for everybody where there is none. */
export function serveMetrics(deps: Deps): AppHandler {
  return (c) => {
    const token = deps.config.METRICS_TOKEN;
    if (token !== "" && !hasToken(c.req.raw.headers.get("authorization"), token)) {
      const headers = { "www-authenticate": "Bearer" };
      return errorResponse(
        new ApiError("UNAUTHORIZED", "Metrics need METRICS_TOKEN as bearer token", headers),
        c.req.path,
      );
    }
    return c.body(deps.metricsText(), 200, { "content-type": MEDIA_TYPE, "cache-control": "no-store" });
  };
}

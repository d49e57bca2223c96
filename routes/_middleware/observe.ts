/**
 * Around every request: an id, a refusal while the server goes down, one log line.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { ApiError } from "../_http/api_error.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import { measured } from "../_http/measured.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./env.ts";

const REQUEST_ID_CHARS = 8;

/** See the module's comment. The query is never logged: it may hold a token. */
export function observe(deps: Deps): MiddlewareHandler<AppEnv> {
  return async function observe(c, next) {
    const startedAt = performance.now();
    const id = deps.newUuid().slice(0, REQUEST_ID_CHARS);
    c.set("requestId", id);
    c.set("logFields", {});
    if (deps.isDraining()) throw new ApiError("BUSY", "Server is shutting down; try again", { connection: "close" });
    await next();
    const answer = await measured(c.res);
    if (answer !== c.res) {
      // Hono would add the headers of the answer before to those of the new one.
      c.res = undefined;
      c.res = answer;
    }
    c.res.headers.set("x-request-id", id);
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const fields = c.get("logFields");
    const bytes = fields.bytes ?? (Number(c.res.headers.get("content-length")) || undefined);
    const path = rawTarget(c.req.url).path;
    deps.log.info("request", { id, method: c.req.method, path, status: c.res.status, ms, ...fields, bytes });
  };
}

/**
 * API routes: who calls, and may they?
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../kv/records.ts";
import { ApiError } from "../_http/api_error.ts";
import { authenticate } from "../_services/authenticate.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./env.ts";

/** Lets a request pass when its API key has the scope: 401 before 403, both before the body is read. */
export function requireScope(deps: Deps, scope: Scope): MiddlewareHandler<AppEnv> {
  return async function requireScope(c, next) {
    const caller = await authenticate(deps, c.req.raw.headers.get("authorization"));
    if (typeof caller === "string") {
      throw new ApiError("UNAUTHORIZED", caller, { "www-authenticate": 'Bearer realm="imgsrc"' });
    }
    if (!caller.key.scopes.includes(scope)) {
      throw new ApiError("FORBIDDEN", `API key lacks the scope "${scope}"; it has ${caller.key.scopes.join(", ")}`);
    }
    c.set("caller", caller);
    await next();
  };
}

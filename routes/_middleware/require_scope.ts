/**
 * API routes: who calls, and may they?
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../kv/records.ts";
import { ApiError } from "../_http/api_error.ts";
import { isSameOrigin, sessionToken } from "../_http/session_cookie.ts";
import { authenticate, type Credentials } from "../_services/authenticate.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./env.ts";
import { countRequest } from "./rate_limit.ts";

function credentialsOf({ headers }: Request): Credentials {
  return {
    authorization: headers.get("authorization"),
    session: isSameOrigin(headers) ? sessionToken(headers) : null,
  };
}

/** Lets a request pass when its sender has the scope: 401 before 429 before 403, all before the body is read. */
export function requireScope(deps: Deps, scope: Scope): MiddlewareHandler<AppEnv> {
  return async function requireScope(c, next) {
    const caller = await authenticate(deps, credentialsOf(c.req.raw));
    if (typeof caller === "string") {
      throw new ApiError("UNAUTHORIZED", caller, { "www-authenticate": 'Bearer realm="imgsrc"' });
    }
    await countRequest(deps, c, caller);
    if (!caller.scopes.includes(scope)) {
      throw new ApiError("FORBIDDEN", `API key lacks the scope "${scope}"; it has ${caller.scopes.join(", ")}`);
    }
    c.set("caller", caller);
    await next();
  };
}

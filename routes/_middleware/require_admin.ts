/**
 * Routes for whoever runs the server: without the admin token there is nothing there.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { ApiError } from "../_http/api_error.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./env.ts";

/** Whether an `Authorization` header has this token; takes as long for a wrong one. */
export function hasToken(header: string | null, token: string): boolean {
  const encoder = new TextEncoder();
  const [given, wanted] = [encoder.encode(header ?? ""), encoder.encode(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Lets a request pass when it has the admin token; else it is answered as an address that doesn't exist. */
export function requireAdmin(deps: Deps): MiddlewareHandler<AppEnv> {
  return async function requireAdmin(c, next) {
    if (!hasToken(c.req.raw.headers.get("authorization"), deps.adminToken)) {
      throw new ApiError("NOT_FOUND", "There is nothing at this address");
    }
    await next();
  };
}

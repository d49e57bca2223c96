/**
 * `GET /ready`: the program can do its work, so that a balancer may send it requests.
 *
 * @module
 */
import type { AppHandler } from "./_middleware/env.ts";
import type { Deps } from "./deps.ts";

/** 200, or 503 with what is wrong. */
export function ready(deps: Pick<Deps, "readiness">): AppHandler {
  return async (c) => {
    const { isReady, checks } = await deps.readiness.report();
    const body = { status: isReady ? "ready" : "not_ready", checks };
    return c.json(body, isReady ? 200 : 503, { "cache-control": "no-store" });
  };
}

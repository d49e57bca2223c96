/**
 * `GET /health`: the process lives.
 *
 * @module
 */
import type { AppHandler } from "./_middleware/env.ts";
import type { Deps } from "./deps.ts";

/** Answers without asking anything else: a slow store is no reason to restart a process. */
export function health(deps: Deps): AppHandler {
  return (c) =>
    c.json({ status: "ok", timestamp: new Date(deps.now()).toISOString() }, 200, { "cache-control": "no-store" });
}

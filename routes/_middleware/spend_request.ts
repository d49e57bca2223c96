/**
 * API requests of the monthly quota.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { QuotaError } from "../../kv/quota_error.ts";
import type { Receipt } from "../../kv/quota.ts";
import type { Deps } from "../deps.ts";
import type { AppEnv } from "./env.ts";

/** What costs nothing: a list that the client has already, and a fault of ours. */
const isFree = (status: number) => status === 304 || status >= 500;

/**
 * Spends a request; the dashboard's own are free.
 *
 * @param alwaysAnswers true = answered at the limit too: what tells people about their limit
 * @throws {QuotaError}
 */
export function spendRequest(deps: Deps, alwaysAnswers: boolean): MiddlewareHandler<AppEnv> {
  return async function spendRequest(c, next) {
    const { user, via } = c.get("caller");
    let receipt: Receipt | null = null;
    try {
      if (via !== "session") receipt = await deps.quota.spend(user, "api_requests");
    } catch (error) {
      if (!alwaysAnswers || !(error instanceof QuotaError)) throw error;
    }
    await next();
    if (receipt !== null && isFree(c.res.status)) await deps.quota.giveBack(receipt);
  };
}

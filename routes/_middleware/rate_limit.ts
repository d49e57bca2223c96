/**
 * Rates a minute: of users by their plan, of addresses by their failed sign-ins; and the headers that tell them.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import type { RateState } from "../../kv/rate_limit.ts";
import { ApiError } from "../_http/api_error.ts";
import { clientAddress, parseRange } from "../_http/client_address.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import { errorResponse } from "../_http/error_response.ts";
import type { Caller } from "../_services/authenticate.ts";
import type { Deps } from "../deps.ts";
import type { AppContext, AppEnv } from "./env.ts";

/** Failed sign-ins a minute of one address. */
export const MAX_UNAUTHORIZED_PER_MINUTE = 100;

/** Reads the client's address off a request. */
export function addressReader(deps: Deps): (c: AppContext) => string {
  const ranges = deps.config.TRUSTED_PROXIES.split(",").flatMap((text) => parseRange(text) ?? []);
  return (c) => clientAddress(c.env?.remoteAddress ?? "", c.req.raw.headers.get("x-forwarded-for"), ranges);
}

function refusal(deps: Deps, rate: RateState, what: string): ApiError {
  const seconds = String(Math.max(1, Math.ceil((rate.resetAtMs - deps.now()) / 1000)));
  const message = `More than ${rate.limit} ${what} a minute; try again in ${seconds} s`;
  return new ApiError("RATE_LIMIT_EXCEEDED", message, { "retry-after": seconds });
}

/**
 * Counts a request of a caller. The dashboard's own has a count beside that of the keys, so that neither starves the
 * other.
 *
 * @throws {ApiError} RATE_LIMIT_EXCEEDED
 */
export async function countRequest(deps: Deps, c: AppContext, { user, via }: Caller): Promise<void> {
  const limit = deps.quota.requestsPerMinute(user);
  if (limit === null) return c.set("rate", null);
  const rate = await deps.rates.take(via === "session" ? `${user.id} dashboard` : user.id, limit);
  c.set("rate", rate);
  if (!rate.isAllowed) throw refusal(deps, rate, "requests");
}

function setHeaders(headers: Headers, rate: RateState): void {
  headers.set("x-ratelimit-limit", String(rate.limit));
  headers.set("x-ratelimit-remaining", String(rate.remaining));
  headers.set("x-ratelimit-reset", String(Math.ceil(rate.resetAtMs / 1000)));
}

/**
 * Around API routes: counts the 401s of an address (one too many is answered 429 instead, whatever the key may be), and
 * puts `X-RateLimit-*` on every answer, of errors too: those of the caller, or of the address where there is none.
 */
export function limitRates(deps: Deps): MiddlewareHandler<AppEnv> {
  const addressOf = addressReader(deps);
  return async function limitRates(c, next) {
    await next();
    const counted = c.get("rate");
    if (counted === null) return;
    if (counted !== undefined) return setHeaders(c.res.headers, counted);
    const key = `address ${addressOf(c)}`;
    const isRefused = c.res.status === 401;
    const rate = isRefused
      ? await deps.rates.take(key, MAX_UNAUTHORIZED_PER_MINUTE)
      : deps.rates.peek(key, MAX_UNAUTHORIZED_PER_MINUTE);
    if (isRefused && !rate.isAllowed) {
      // Assigning it keeps the old headers: without them first, those of the 401 would stay.
      c.res = undefined;
      c.get("notes").rejectedBy = "rate";
      const error = refusal(deps, rate, "requests without a valid key from one address");
      c.res = errorResponse(error, rawTarget(c.req.url).path);
    }
    setHeaders(c.res.headers, rate);
  };
}

/**
 * JSON answers that can be asked for again at little cost.
 *
 * @module
 */
import { matchesIfNoneMatch } from "./conditional.ts";

const ETAG_CHARS = 32;

async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `"${hex.slice(0, ETAG_CHARS)}"`;
}

/**
 * 200 with an etag of the body itself, or 304 where the client has it. `private, no-cache`: kept by the client alone,
 * asked for each time.
 *
 * @param ifNoneMatch the request's header
 */
export async function conditionalJson(value: unknown, ifNoneMatch: string | null): Promise<Response> {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const headers = { etag: await etagOf(body), "cache-control": "private, no-cache", vary: "authorization, cookie" };
  if (matchesIfNoneMatch(ifNoneMatch, headers.etag)) return new Response(null, { status: 304, headers });
  return new Response(body, { headers: { ...headers, "content-type": "application/json; charset=utf-8" } });
}

/**
 * The envelope.
 *
 * @module
 */
import { API_ERRORS, type ApiError, type ErrorRow } from "./api_error.ts";

/** The envelope of an error. */
export function errorText({ code, message, status }: ApiError, path: string): string {
  return JSON.stringify({ error: { code, message, status, path } });
}

/**
 * Answers an error: JSON envelope, never stored by a cache.
 *
 * @param path the request's path, without its query
 * @param headers more of them; those of the error win
 */
export function errorResponse(
  error: ApiError,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const row: ErrorRow = API_ERRORS[error.code];
  return new Response(errorText(error, path), {
    status: row.status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "*",
      ...(row.retryAfterSeconds === undefined ? {} : { "retry-after": String(row.retryAfterSeconds) }),
      ...headers,
      ...error.headers,
    },
  });
}

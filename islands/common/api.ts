/// <reference lib="dom" />
/**
 * The API as the dashboard's own pages call it: by the session's cookie, errors by the envelope's code.
 *
 * @module
 */

/** An error of the API, or no answer at all. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** @param code of the error table; `OFFLINE` where no answer came @param status 0 then */
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }
}

const DEFAULT_RETRY_MS = 2_000;

/** Reads an error's envelope. What is none (a proxy's page) is told by its status. */
export function readError(status: number, text: string, retryAfter: string | null): CallError {
  const seconds = Number(retryAfter);
  const retryAfterMs = retryAfter === null ? null : Number.isFinite(seconds) ? seconds * 1_000 : DEFAULT_RETRY_MS;
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new CallError(error.code, error.message, status, retryAfterMs);
  } catch {
    return new CallError("INTERNAL_ERROR", `HTTP ${status}`, status, retryAfterMs);
  }
}

/** What may be said of a call. */
export interface CallOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Calls the API.
 *
 * @param path beginning with `/api/`
 * @throws {CallError} for every answer that is no success; a DOMException `AbortError` when it was aborted
 */
export async function call<T>(path: string, { method = "GET", body, signal }: CallOptions = {}): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin" };
  if (signal !== undefined) init.signal = signal;
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(path, init).catch((error) => {
    if (signal?.aborted) throw error;
    throw new CallError("OFFLINE", "No answer from the server", 0, null);
  });
  const text = await response.text();
  if (!response.ok) throw readError(response.status, text, response.headers.get("retry-after"));
  return JSON.parse(text) as T;
}

/** What is worth another try of the same. */
export function canRetry({ status }: CallError): boolean {
  return status === 0 || status === 429 || status >= 500;
}

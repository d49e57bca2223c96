/// <reference lib="dom" />
/**
 * The API as islands use it: with the page's own session.
 *
 * @module
 */

/** A failure: the API's own code, or NETWORK where no answer came. */
export interface AskProblem {
  readonly code: string;
  /** In English. */
  readonly message: string;
  /** 0 where no answer came. */
  readonly status: number;
  /** When another try makes sense; null = the answer doesn't say. */
  readonly retryAfterMs: number | null;
}

/** What came back. */
export type AskResult<T> = { readonly answer: T; readonly problem: null } | {
  readonly answer: null;
  readonly problem: AskProblem;
};

/**
 * Reads a failed answer: the envelope where it is one; what is none (a proxy's page) is told by its status.
 *
 * @param retryAfter the header, in seconds
 */
export function readProblem(status: number, text: string, retryAfter: string | null): AskProblem {
  const retryAfterMs = retryAfter === null || !Number.isFinite(Number(retryAfter)) ? null : Number(retryAfter) * 1_000;
  try {
    const { code, message } = (JSON.parse(text) as { error: AskProblem }).error;
    return { code, message, status, retryAfterMs };
  } catch {
    return { code: "INTERNAL_ERROR", message: `HTTP ${status}`, status, retryAfterMs };
  }
}

/** What is said where no answer came at all. */
export function noAnswer(reason: string): AskProblem {
  return { code: "NETWORK", message: reason, status: 0, retryAfterMs: null };
}

/** Whether the same may succeed at another try. */
export function canRetry({ status }: AskProblem): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/**
 * Calls the API; never throws: one that was aborted has no answer.
 *
 * @param body sent as JSON; absent = none
 */
export async function askApi<T>(
  method: string,
  path: string,
  body?: unknown,
  signal: AbortSignal | null = null,
): Promise<AskResult<T>> {
  const json = body === undefined
    ? {}
    : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  try {
    const response = await fetch(path, { method, signal, ...json });
    const text = await response.text();
    if (response.ok) return { answer: JSON.parse(text) as T, problem: null };
    return { answer: null, problem: readProblem(response.status, text, response.headers.get("retry-after")) };
  } catch (error) {
    return { answer: null, problem: noAnswer(String(error)) };
  }
}

/**
 * What to tell people: the API's own words on an English page, elsewhere what the code means and those words behind it.
 *
 * @param errors the catalogue's `errors`
 */
export function askText(
  { code, message }: Pick<AskProblem, "code" | "message">,
  errors: Readonly<Record<string, string>>,
): string {
  if (code === "NETWORK") return errors[code] ?? message;
  if (document.documentElement.lang === "en") return message;
  const meaning = errors[code] ?? errors["INTERNAL_ERROR"];
  return meaning === undefined ? message : `${meaning} (${message})`;
}

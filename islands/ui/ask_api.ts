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
}

/** What came back. */
export type AskResult<T> = { readonly answer: T; readonly problem: null } | {
  readonly answer: null;
  readonly problem: AskProblem;
};

/** Calls the API; never throws. @param body sent as JSON; absent = none */
export async function askApi<T>(method: string, path: string, body?: unknown): Promise<AskResult<T>> {
  try {
    const response = await fetch(path, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    return response.ok ? { answer: answer as T, problem: null } : { answer: null, problem: answer.error as AskProblem };
  } catch (error) {
    return { answer: null, problem: { code: "NETWORK", message: String(error), status: 0 } };
  }
}

/**
 * What to tell people: the API's own words on an English page, elsewhere what the code means.
 *
 * @param errors the catalogue's `errors`
 */
export function askText({ code, message }: AskProblem, errors: Readonly<Record<string, string>>): string {
  const isEnglish = document.documentElement.lang === "en" && code !== "NETWORK";
  return isEnglish ? message : errors[code] ?? errors["INTERNAL_ERROR"] ?? message;
}

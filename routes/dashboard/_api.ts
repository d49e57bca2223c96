/**
 * The dashboard as a client of the API: what its pages show and its forms do goes through the API's own routes, in
 * process, with the session of whoever looks at the page.
 *
 * @module
 */
import type { ApiErrorCode } from "../_http/api_error.ts";
import type { AppContext } from "../_middleware/env.ts";
import type { SiteDeps, View } from "./_view.ts";

/** A failure as the API's envelope tells it. */
export interface ApiProblem {
  readonly code: ApiErrorCode;
  readonly message: string;
  readonly status: number;
}

/** What came back. */
export type ApiResult<T> = { readonly answer: T; readonly problem: null } | {
  readonly answer: null;
  readonly problem: ApiProblem;
};

/** A request to the API. */
export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Headers of the page's request that the API must see. */
function ownHeaders(c: AppContext, names: readonly string[] = []): Headers {
  const sent = new Headers({ "content-type": "application/json", "sec-fetch-site": "same-origin" });
  for (const name of ["cookie", "host", "x-forwarded-for", ...names]) {
    const value = c.req.raw.headers.get(name);
    if (value !== null) sent.set(name, value);
  }
  return sent;
}

async function resultOf<T>(response: Response): Promise<ApiResult<T>> {
  const answer = await response.json();
  return response.ok ? { answer: answer as T, problem: null } : { answer: null, problem: answer.error as ApiProblem };
}

/** Hands the body of a page's own form, with a file in it, to the API as it is. */
export async function forwardForm<T>(site: SiteDeps, c: AppContext, path: string): Promise<ApiResult<T>> {
  const headers = ownHeaders(c, ["content-type", "content-length"]);
  const request = new Request(site.publicOrigin + path, { method: "POST", headers, body: c.req.raw.body });
  return await resultOf<T>(await site.handle(request, c.env?.remoteAddress));
}

/** Calls the API. @param T shape of the answer: one of `_schema` */
export async function callApi<T>(site: SiteDeps, c: AppContext, call: ApiCall): Promise<ApiResult<T>> {
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  const request = new Request(site.publicOrigin + call.path, { method: call.method, headers: ownHeaders(c), body });
  return await resultOf<T>(await site.handle(request, c.env?.remoteAddress));
}

/** The same for what a page can't do without. @throws {Error} */
export async function needApi<T>(site: SiteDeps, c: AppContext, path: string): Promise<T> {
  const { answer, problem } = await callApi<T>(site, c, { method: "GET", path });
  if (problem !== null) throw new Error(`API refused the dashboard ${path}: ${problem.message}`);
  return answer;
}

/**
 * What to tell people of a failure: the API's own words in English; in another language its code's meaning first, and
 * then the words, which alone say what exactly was wrong.
 */
export function problemText({ language, text }: View, { code, message }: Omit<ApiProblem, "status">): string {
  return language === "en" ? message : `${text.errors[code] ?? text.shell.problem} (${message})`;
}

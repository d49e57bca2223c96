/**
 * A client of a running server.
 *
 * @module
 */
import { parseMetrics } from "./metrics.ts";
import type { TestServer } from "./server.ts";

/** Uploads a file as a client does. @param init more of the request */
export function uploadTo(
  { url }: Pick<TestServer, "url">,
  key: string,
  file: Uint8Array<ArrayBuffer>,
  path: string,
  init: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  const body = new FormData();
  body.append("file", new File([file], path.split("/").at(-1)!));
  body.append("path", path);
  const headers = { authorization: `Bearer ${key.trim()}`, ...init.headers };
  return fetch(`${url}/api/v1/images`, { method: "POST", ...init, headers, body });
}

/** The same picture with other bytes at its end: another file to a store of files. */
export function variantOf(file: Uint8Array<ArrayBuffer>, name: string | number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...file, ...new TextEncoder().encode(`variant ${name}`)]);
}

/** Status of a GET, its body dropped. */
export async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

/** Waits until something holds. @throws after so many ms, 60,000 by default: more than a busy machine needs */
export async function until(what: string, test: () => Promise<boolean> | boolean, ms = 60_000): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await test()) return performance.now() - start;
    if (performance.now() - start > ms) throw new Error(`Waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The token of a server that {@linkcode metricsOf} asks, for `METRICS_TOKEN`. */
export const METRICS_TOKEN = "token-of-metrics";

/** What a server says of itself, by `name{labels}`; 0 where it says nothing. */
export async function metricsOf({ url }: Pick<TestServer, "url">): Promise<(name: string) => number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  const samples = parseMetrics(await response.text());
  return (name) => samples.get(name) ?? 0;
}

/** Pids of a server's codec processes, by its own note. */
export async function codecPids(dataDir: string): Promise<number[]> {
  const text = await Deno.readTextFile(`${dataDir}/codec-pids`);
  return text.split("\n").filter((line) => line !== "").map(Number);
}

/**
 * Edges that can be purged by tags: Deno Deploy's own cache, and whatever takes a POST.
 *
 * @module
 */
import type { Deps, Log } from "../deps.ts";
import { type EdgePurge, type EdgePurgeResult, NO_EDGE } from "./edge_purge.ts";

/** The outside world, as an argument. */
export interface EdgeDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly log: Log;
}

/** What one kind of edge wants. */
interface EdgeTarget {
  readonly url: string;
  readonly token: string;
  /** Most tags of one call. */
  readonly tagsPerCall: number;
}

/** Only answered inside Deno Deploy (docs.deno.com/deploy/reference/caching). */
const DENO_CACHE_URL = "http://cache.localhost/invalidate/http";
/** A copy there has at most as many. */
const DENO_TAGS_PER_CALL = 500;
/** The least that a common API takes at once: Cloudflare's purge_cache on its smaller plans. */
const WEBHOOK_TAGS_PER_CALL = 30;
/** One purge waits this long for all its calls and tries, in ms: the caller waits for the receipt. */
const PURGE_TIMEOUT_MS = 5_000;
const TRIES = 2;

/** Whether another try can help. */
const isPassing = (status: number) => status >= 500 || status === 429;

async function callOnce({ url, token }: EdgeTarget, tags: readonly string[], deps: EdgeDeps, signal: AbortSignal) {
  const response = await deps.fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token === "" ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ tags }),
    redirect: "manual",
    signal,
  });
  await response.body?.cancel();
  return response.status;
}

/** @throws what the last try threw, or an error that names its status */
async function call(target: EdgeTarget, tags: readonly string[], deps: EdgeDeps, signal: AbortSignal): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const isLast = attempt === TRIES;
    const status = await callOnce(target, tags, deps, signal).catch((error) => {
      if (isLast || signal.aborted) throw error;
      return null;
    });
    if (status !== null && status >= 200 && status < 300) return;
    if (isLast || (status !== null && !isPassing(status))) throw new TypeError(`Edge answered ${status}`);
  }
}

function chunks(tags: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(tags.length / size) }, (_, at) => tags.slice(at * size, (at + 1) * size));
}

/** An edge that takes `POST {"tags": […]}`. Every tag is sent once; one call that fails makes the purge fail. */
export function tagEdge(target: EdgeTarget, deps: EdgeDeps, timeoutMs = PURGE_TIMEOUT_MS): EdgePurge {
  const purge = async (tags: readonly string[]): Promise<EdgePurgeResult> => {
    const all = chunks([...new Set(tags)], target.tagsPerCall);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new DOMException("Edge took too long", "TimeoutError")), timeoutMs);
    try {
      const results = await Promise.allSettled(all.map((some) => call(target, some, deps, timeout.signal)));
      const failed = results.filter((result) => result.status === "rejected");
      if (failed.length === 0) return "purged";
      const message = String(failed[0]!.reason);
      deps.log.error("edge_purge_failed", { tags: tags.length, calls: all.length, failed: failed.length, message });
      return "failed";
    } finally {
      clearTimeout(timer);
    }
  };
  return { purge };
}

/** The edge of a configuration. */
export function edgeOf(
  config: Pick<Deps["config"], "EDGE_PURGE" | "EDGE_PURGE_URL" | "EDGE_PURGE_TOKEN">,
  deps: EdgeDeps,
): EdgePurge {
  if (config.EDGE_PURGE === "deno") {
    return tagEdge({ url: DENO_CACHE_URL, token: "", tagsPerCall: DENO_TAGS_PER_CALL }, deps);
  }
  if (config.EDGE_PURGE !== "webhook" || config.EDGE_PURGE_URL === null) return NO_EDGE;
  const { href } = config.EDGE_PURGE_URL;
  return tagEdge({ url: href, token: config.EDGE_PURGE_TOKEN, tagsPerCall: WEBHOOK_TAGS_PER_CALL }, deps);
}

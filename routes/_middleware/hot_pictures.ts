/**
 * Hot pictures: what was answered a moment ago is answered again, without the work that led to it.
 *
 * An answer is kept with everything that it follows from. It is given again only while the path leads to the very same
 * record, the owner's settings are those of then, and the bytes are in memory: so a change is seen as soon as it would
 * be without this (kv/known_paths.ts). What is private, made by a preset, a part, or conditional in a rare way goes the
 * long way.
 *
 * @module
 */
import type { ImagePath } from "../../kv/ids.ts";
import type { OriginalRef } from "../../kv/keys.ts";
import { Lru } from "../../kv/lru.ts";
import { weighConditions } from "../_http/conditional.ts";
import { rawTarget } from "../_http/delivery_url.ts";
import { serverTiming } from "../_http/server_timing.ts";
import { newRequestId, noteAnswered } from "./observe.ts";
import type { Delivery } from "../_services/deliver.ts";
import type { Deps } from "../deps.ts";

/** An answer that may be given again, as the route tells of it. */
export interface HotAnswer {
  readonly delivery: Delivery;
  /** As the request has it. */
  readonly path: ImagePath;
  /** Whether `Accept` had a say. */
  readonly isOpen: boolean;
  readonly original: OriginalRef;
}

interface Hot extends HotAnswer {
  /** Without query, for the log. */
  readonly rawPath: string;
  /** Headers of the whole picture and of its 304, as they were sent; null until one was. */
  whole: Headers | null;
  notModified: Headers | null;
}

const MAX_ANSWERS = 10_000;
/** URLs longer than this are not kept: nobody writes them but to fill the memory. */
const MAX_KEY_CHARS = 1_024;
/** Stands under a URL whose answers lie under each `Accept`. */
const OPEN = Symbol("open");

/** See the module's comment. */
export class HotPictures {
  #deps: Deps;
  #route: string;
  #answers = new Lru<string, Hot | typeof OPEN>(MAX_ANSWERS);
  #offered = new WeakMap<Request, HotAnswer>();

  /** @param route pattern that metrics know pictures by */
  constructor(deps: Deps, route: string) {
    this.#deps = deps;
    this.#route = route;
  }

  /** Says that the answer to a request may be given again, once {@linkcode keep} has it. */
  offer(request: Request, answer: HotAnswer): void {
    this.#offered.set(request, answer);
  }

  /** Keeps an answer that was offered, with its headers. */
  keep(request: Request, response: Response): void {
    const offered = this.#offered.get(request);
    if (offered === undefined || request.url.length > MAX_KEY_CHARS) return;
    const key = this.#keyOf(request, offered.isOpen);
    if (offered.isOpen) this.#answers.set(request.url, OPEN);
    const before = this.#answers.get(key);
    const isSame = before !== undefined && before !== OPEN && isStill(before.delivery, offered.delivery);
    const hot = isSame ? before : { ...offered, rawPath: rawTarget(request.url).path, whole: null, notModified: null };
    if (response.status === 304) hot.notModified = new Headers(response.headers);
    else if (response.status === 200) hot.whole = new Headers(response.headers);
    this.#answers.set(key, hot);
  }

  #keyOf({ url, headers }: Request, isOpen: boolean): string {
    return isOpen ? `${url}\n${headers.get("accept")?.slice(0, MAX_KEY_CHARS) ?? ""}` : url;
  }

  #find(request: Request): Hot | null {
    const found = this.#answers.get(request.url);
    const hot = found === OPEN ? this.#answers.get(this.#keyOf(request, true)) : found;
    return hot === undefined || hot === OPEN || !this.#isCurrent(hot) ? null : hot;
  }

  /** Whether all that the answer follows from is as it was. */
  #isCurrent({ delivery, path }: Hot): boolean {
    const { record, basis } = delivery;
    const { images, users } = this.#deps;
    if (images.known(record.user, path) !== basis.located) return false;
    return basis.settingsStampMs === null || users.recentStampMs(record.user) === basis.settingsStampMs;
  }

  /** The answer to a request that is hot, or null: then the route answers. */
  answer(request: Request): Response | null {
    const startedAtMs = performance.now();
    if (request.method !== "GET" || this.#deps.isDraining()) return null;
    const hot = this.#find(request);
    if (hot === null || request.headers.has("range")) return null;
    const verdict = weighConditions(request.headers, hot.delivery, this.#deps.now());
    if (verdict === "failed") return null;
    return verdict === "not_modified" ? this.#notModified(hot, startedAtMs) : this.#whole(hot, startedAtMs);
  }

  #notModified(hot: Hot, startedAtMs: number): Response | null {
    if (hot.notModified === null) return null;
    const response = new Response(null, { status: 304, headers: hot.notModified });
    this.#tell(response, hot, startedAtMs, { cache: "not_modified" });
    return response;
  }

  #whole(hot: Hot, startedAtMs: number): Response | null {
    const { derivatives, derivativeUses, usage } = this.#deps;
    const { delivery: { record, derivative }, original } = hot;
    if (hot.whole === null || derivative === null) return null;
    const bytes = derivatives.inMemory(original, derivative.key);
    if (bytes === undefined) return null;
    const response = new Response(bytes, { headers: hot.whole });
    this.#tell(response, hot, startedAtMs, { cache: "memory", bytes: bytes.length });
    derivativeUses.note(original, derivative.key, derivative.kin);
    usage.countDelivery(record.user, record.id, bytes.length, record.size);
    return response;
  }

  #tell(response: Response, hot: Hot, startedAtMs: number, fields: { cache: string; bytes?: number }): void {
    const { status, headers } = response;
    const id = newRequestId(this.#deps);
    const tookMs = performance.now() - startedAtMs;
    const ms = Math.round(tookMs * 10) / 10;
    headers.set("server-timing", serverTiming(fields.cache, [["resolve", ms], ["total", ms]]));
    headers.set("x-request-id", id);
    const { rawPath: path } = hot;
    noteAnswered(this.#deps, { id, method: "GET", route: this.#route, path, status, tookMs, fields });
  }
}

/** Whether two deliveries of one URL are the same in all that their headers tell. */
function isStill(before: Delivery, now: Delivery): boolean {
  return before.basis.located === now.basis.located && before.basis.settingsStampMs === now.basis.settingsStampMs;
}

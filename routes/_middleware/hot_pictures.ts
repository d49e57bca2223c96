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
import { formatHttpDate, wholeSecond } from "../_http/http_date.ts";
import {
  headerLines,
  type HeaderReader,
  isPlainHost,
  type PlainAnswer,
  type PlainRequest,
} from "../_http/plain_head.ts";
import { serverTiming } from "../_http/server_timing.ts";
import type { Delivery } from "../_services/deliver.ts";
import { originalOf } from "../_services/image_source.ts";
import type { Deps } from "../deps.ts";
import { newRequestId, noteAnswered } from "./observe.ts";

/** An answer that may be given again, as the route tells of it. */
export interface HotAnswer {
  readonly delivery: Delivery;
  /** As the request has it. */
  readonly path: ImagePath;
  /** Whether `Accept` had a say. */
  readonly isOpen: boolean;
}

/** Headers of an answer as they were sent, but for those that are of one answer alone. */
interface HotHead {
  readonly headers: Headers;
  /** The same as lines of HTTP/1.1, the status line before them. */
  readonly lines: string;
}

interface Hot extends HotAnswer {
  readonly original: OriginalRef;
  /** Without query, for the log. */
  readonly rawPath: string;
  /** Of the whole picture, and of its 304; null until one was sent. */
  whole: HotHead | null;
  notModified: HotHead | null;
}

/** What a request asks, whoever read it. */
interface Asked {
  readonly url: string;
  readonly headers: HeaderReader;
}

/** About 5 KB each. */
const MAX_ANSWERS = 5_000;
/** URLs longer than this are not kept: nobody writes them but to fill the memory. */
const MAX_KEY_CHARS = 1_024;
/** Stands under a URL whose answers lie under each `Accept`. */
const OPEN = Symbol("open");
/** Headers of one answer alone. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["server-timing", "x-request-id", "date"]);

function headOf({ status, headers: sent }: Response): HotHead {
  const headers = new Headers([...sent].filter(([name]) => !OWN_HEADERS.has(name)));
  const lines = headerLines(headers);
  return { headers, lines: `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Not Modified"}\r\n${lines}` };
}

/** See the module's comment. */
export class HotPictures {
  #deps: Deps;
  #route: string;
  #answers = new Lru<string, Hot | typeof OPEN>(MAX_ANSWERS);
  #offered = new WeakMap<Request, HotAnswer>();
  #date = { second: 0, text: "" };

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
    if (offered === undefined || !isKeepable(request)) return;
    const key = keyOf(request, offered.isOpen);
    if (offered.isOpen) this.#answers.set(request.url, OPEN);
    const before = this.#answers.get(key);
    const isSame = before !== undefined && before !== OPEN && isStill(before.delivery, offered.delivery);
    const hot = isSame ? before : coldOf(request, offered);
    if (response.status === 304) hot.notModified = headOf(response);
    else if (response.status === 200) hot.whole = headOf(response);
    this.#answers.set(key, hot);
  }

  /** The answer to a request that is hot, or null: then the route answers. */
  answer(request: Request): Response | null {
    if (request.method !== "GET") return null;
    return this.#again(request, ({ headers }, body, { id, timing }) => {
      const response = new Response(body, { status: body === null ? 304 : 200, headers });
      response.headers.set("server-timing", timing);
      response.headers.set("x-request-id", id);
      return response;
    });
  }

  /**
   * As {@linkcode answer}, for who has read the request off the connection and writes the bytes to it. Not where spans
   * are wanted: they are begun by the HTTP server, which knows nothing of these.
   */
  answerPlainly({ method, host, target, headers }: PlainRequest): PlainAnswer | null {
    if (method !== "GET" || this.#deps.observer.tracing !== null) return null;
    return this.#again({ url: `http://${host}${target}`, headers }, ({ lines }, body, { id, timing }) => ({
      head: `${lines}server-timing: ${timing}\r\nx-request-id: ${id}\r\ndate: ${this.#httpDate()}\r\n\r\n`,
      body,
    }));
  }

  #httpDate(): string {
    const second = wholeSecond(this.#deps.now());
    if (this.#date.second !== second) this.#date = { second, text: formatHttpDate(second) };
    return this.#date.text;
  }

  #find(asked: Asked): Hot | null {
    const found = this.#answers.get(asked.url);
    const hot = found === OPEN ? this.#answers.get(keyOf(asked, true)) : found;
    return hot === undefined || hot === OPEN || !this.#isCurrent(hot) ? null : hot;
  }

  /** Whether all that the answer follows from is as it was. */
  #isCurrent({ delivery, path }: Hot): boolean {
    const { record, basis } = delivery;
    const { images, users } = this.#deps;
    if (images.known(record.user, path) !== basis.located) return false;
    return basis.settingsStampMs === null || users.recentStampMs(record.user) === basis.settingsStampMs;
  }

  #again<A>(asked: Asked, make: (head: HotHead, body: Body, own: OwnHeaders) => A): A | null {
    const startedAtMs = performance.now();
    if (this.#deps.isDraining()) return null;
    const hot = this.#find(asked);
    if (hot === null || asked.headers.get("range") !== null) return null;
    const verdict = weighConditions(asked.headers, hot.delivery, this.#deps.now());
    if (verdict === "failed") return null;
    const body = verdict === "not_modified" ? null : this.#bytesOf(hot);
    const head = verdict === "not_modified" ? hot.notModified : hot.whole;
    if (body === undefined || head === null) return null;
    return make(head, body, this.#tell(hot, body, startedAtMs));
  }

  /** The picture's bytes, where memory has them. */
  #bytesOf({ delivery: { derivative }, original }: Hot): Uint8Array<ArrayBuffer> | undefined {
    return derivative === null ? undefined : this.#deps.derivatives.inMemory(original, derivative.key);
  }

  /** Counts and logs an answer, as the long way does. */
  #tell({ delivery: { record, derivative }, original, rawPath }: Hot, body: Body, startedAtMs: number): OwnHeaders {
    const { derivativeUses, usage } = this.#deps;
    const id = newRequestId(this.#deps);
    const tookMs = performance.now() - startedAtMs;
    const ms = Math.round(tookMs * 10) / 10;
    const cache = body === null ? "not_modified" : "memory";
    const fields = body === null ? { cache } : { cache, bytes: body.length };
    const status = body === null ? 304 : 200;
    noteAnswered(this.#deps, { id, method: "GET", route: this.#route, path: rawPath, status, tookMs, fields });
    if (body !== null) {
      derivativeUses.note(original, derivative!.key, derivative!.kin);
      usage.countDelivery(record.user, record.id, body.length, record.size);
    }
    return { id, timing: serverTiming(cache, [["resolve", ms], ["total", ms]]) };
  }
}

/** Null of a 304. */
type Body = Uint8Array<ArrayBuffer> | null;

interface OwnHeaders {
  readonly id: string;
  readonly timing: string;
}

function keyOf({ url, headers }: Asked, isOpen: boolean): string {
  return isOpen ? `${url}\n${headers.get("accept") ?? ""}` : url;
}

/** Not what a URL's text could mean otherwise: a `Host` with a slash in it is a path to whoever splits it. */
function isKeepable({ url, headers }: Request): boolean {
  const host = headers.get("host") ?? "";
  if (!isPlainHost(host) || !url.startsWith(`http://${host}/`)) return false;
  return url.length + (headers.get("accept")?.length ?? 0) <= MAX_KEY_CHARS;
}

function coldOf({ url }: Request, answer: HotAnswer): Hot {
  const original = originalOf(answer.delivery.record);
  return { ...answer, original, rawPath: rawTarget(url).path, whole: null, notModified: null };
}

/** Whether two deliveries of one URL are the same in all that their headers tell. */
function isStill(before: Delivery, now: Delivery): boolean {
  return before.basis.located === now.basis.located && before.basis.settingsStampMs === now.basis.settingsStampMs;
}

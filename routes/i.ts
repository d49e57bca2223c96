/**
 * The transform path: `GET /i/{user}/{path}` and, on a host of its own, `GET /{user}/{path}`.
 *
 * @module
 */
import { FORMATS, type OutputFormat, splitExtension } from "../codec/formats.ts";
import { parseGivenParams } from "../codec/transform.ts";
import { parseImagePath, parseUserName, type UserId } from "../kv/ids.ts";
import type { ImageRecord } from "../kv/records.ts";
import { ApiError } from "./_http/api_error.ts";
import { contentRange, parseByteRange, type Part } from "./_http/byte_range.ts";
import {
  edgeImageCache,
  NO_STORE,
  privateImageCache,
  privateSubstituteCache,
  PUBLIC_IMAGE_CACHE,
  REDIRECT_CACHE,
  SUBSTITUTE_CACHE,
  VERSIONED_IMAGE_CACHE,
} from "./_http/cache_policy.ts";
import { allowsPart, weighConditions } from "./_http/conditional.ts";
import { linkProofOf, presetOf, versionOfQuery, withVersion } from "./_http/delivery_query.ts";
import { decodePath, encodePath, type RawTarget, rawTarget } from "./_http/delivery_url.ts";
import { type ImageHead, imageHeaders, redirectToImage, validatorHeaders } from "./_http/image_response.ts";
import { negotiate } from "./_http/negotiate.ts";
import { serverTiming } from "./_http/server_timing.ts";
import { isShownHere, sessionToken } from "./_http/session_cookie.ts";
import type { AppContext, AppHandler } from "./_middleware/env.ts";
import { isFormatOpen } from "./_services/choose_format.ts";
import { type Delivery, type DeliveryRequest, resolveDelivery } from "./_services/deliver.ts";
import { loadDelivery, type Loaded, mayStandIn } from "./_services/load_delivery.ts";
import { sanitizeFilename } from "./_services/image_names.ts";
import type { LinkProof } from "./_services/link_access.ts";
import { parseLinkToken } from "./_services/link_signature.ts";
import { STAGE_NAMES, type StageTimes } from "./_services/stages.ts";
import type { Deps } from "./deps.ts";
import type { HotPictures } from "./_middleware/hot_pictures.ts";

/** What every browser reads, offered after the account's own formats and taken when nothing is acceptable. */
const FALLBACKS: readonly OutputFormat[] = ["jpeg", "png"];

function decoded(raw: string): string {
  const text = decodePath(raw);
  if (text === null) throw new ApiError("VALIDATION_ERROR", "Path is not valid percent-encoded UTF-8");
  return text;
}

/** Nothing acceptable is answered with what every browser reads. */
function negotiateFormat(accept: string | null, formats: readonly OutputFormat[], hasAlpha: boolean): OutputFormat {
  const offers = [...new Set([...formats, ...FALLBACKS])];
  const chosen = negotiate(accept, offers.map((format) => FORMATS[format].mimeType));
  return offers.find((format) => FORMATS[format].mimeType === chosen) ?? (hasAlpha ? "png" : "jpeg");
}

function parseProof(query: URLSearchParams): LinkProof | null {
  const proof = linkProofOf(query);
  const token = proof === null ? null : parseLinkToken(proof.token);
  return token === null ? null : { token, expiresAt: proof!.expiresAt };
}

/** A request for a picture and how it was written. */
interface Asked extends DeliveryRequest {
  readonly target: RawTarget;
  /** What stands before `/{user}`. */
  readonly prefix: string;
  /** The version that the URL names; null = none. */
  readonly version: string | null;
  readonly isOpen: boolean;
}

/** Whether a path is spelt as it is handed out: a link opens no other spelling of its path. */
function isPlainPath(rawPath: string): boolean {
  return !rawPath.split(/\/|%2f/i).slice(1).some((segment) => /^(\.|%2e)*$/i.test(segment));
}

/** @param prefix what stands before `/{user}` @throws {ApiError | NameError | ParamError} all of them a 400 or 404 */
function parseRequest(c: AppContext, prefix: string, viewer: DeliveryRequest["viewer"]): Asked {
  const target = rawTarget(c.req.url);
  const [user = "", ...rest] = target.path.slice(prefix.length + 1).split("/");
  if (rest.length === 0) throw new ApiError("NOT_FOUND", "Picture addresses look like /i/{user}/{path}");
  const search = new URLSearchParams(target.query);
  const name = parseUserName(decoded(user));
  const path = parseImagePath(decoded(rest.join("/")));
  const isOpen = isFormatOpen(path);
  // An error says so too: whoever keeps one must not show it to somebody with another Accept.
  if (isOpen) c.set("errorHeaders", { vary: "Accept" });
  const accept = c.req.raw.headers.get("accept");
  return {
    target,
    prefix,
    version: versionOfQuery(search),
    isOpen,
    user: name,
    path,
    params: parseGivenParams(search),
    preset: presetOf(search),
    viewer,
    proof: isPlainPath(target.path) ? parseProof(search) : null,
    negotiate: (formats, hasAlpha) => negotiateFormat(accept, formats, hasAlpha),
  };
}

/** The URL that names the format of an open one, with the same query; null where there is none. */
function explicitUrl({ prefix, user, target }: Asked, { explicitPath }: Delivery): string | null {
  if (explicitPath === null) return null;
  return `${prefix}/${user}/${encodePath(explicitPath)}${target.query === "" ? "" : `?${target.query}`}`;
}

/** The URL that gives what is served; null where it is the one that was asked for, or none. */
function contentLocationOf(asked: Asked, delivery: Delivery): string | null {
  if (!delivery.isSubstitute) return explicitUrl(asked, delivery);
  if (delivery.location === null) return null;
  const { path, query } = delivery.location;
  return `${asked.prefix}/${asked.user}/${encodePath(path)}${query === "" ? "" : `?${query}`}`;
}

/** The URL names the very original, and nothing else that may change: what a preset means may. */
function isPinned(asked: Asked, { presetId }: Delivery): boolean {
  return asked.version !== null && presetId === null;
}

function cacheControlOf(deps: Deps, asked: Asked, delivery: Delivery): string {
  const { privateUntilMs, isSubstitute } = delivery;
  if (privateUntilMs !== null) {
    const leftMs = privateUntilMs - deps.now();
    return isSubstitute ? privateSubstituteCache(leftMs) : privateImageCache(leftMs);
  }
  // Here a cache in between is known to ignore Vary.
  if (asked.isOpen && deps.config.NEGOTIATION === "redirect") return REDIRECT_CACHE;
  if (isSubstitute) return SUBSTITUTE_CACHE;
  return isPinned(asked, delivery) ? VERSIONED_IMAGE_CACHE : PUBLIC_IMAGE_CACHE;
}

function edgeCacheControlOf(deps: Deps, asked: Asked, delivery: Delivery, cacheControl: string): string {
  if (!cacheControl.startsWith("public")) return NO_STORE;
  if (delivery.isSubstitute) return SUBSTITUTE_CACHE;
  return edgeImageCache(deps.config.EDGE_PURGE !== "none" || isPinned(asked, delivery));
}

function headOf(deps: Deps, asked: Asked, delivery: Delivery): ImageHead {
  const stem = splitExtension(sanitizeFilename(delivery.record.originalFilename)).base;
  const cacheControl = cacheControlOf(deps, asked, delivery);
  return {
    mimeType: delivery.mimeType,
    etag: delivery.etag,
    // Never later than now: a change may be dated to the second after it.
    modifiedAtMs: delivery.modifiedAtMs === null ? null : Math.min(delivery.modifiedAtMs, deps.now()),
    filename: `${stem}.${delivery.extension}`,
    variesByAccept: asked.isOpen,
    contentLocation: contentLocationOf(asked, delivery),
    cacheControl,
    edgeCacheControl: edgeCacheControlOf(deps, asked, delivery, cacheControl),
    tags: cacheControl.startsWith("public") ? delivery.tags : [],
  };
}

/** Where a URL leads that is out of date, or whose format is for `Accept` to choose; null = it is answered itself. */
function redirectOf(deps: Deps, asked: Asked, delivery: Delivery): Response | null {
  const { target, version, isOpen } = asked;
  if (version !== null && version !== delivery.version) {
    return redirectToImage(`${target.path}?${withVersion(target.query, delivery.version)}`, NO_STORE, isOpen);
  }
  const explicit = isOpen && deps.config.NEGOTIATION === "redirect" ? explicitUrl(asked, delivery) : null;
  if (explicit === null) return null;
  return redirectToImage(explicit, delivery.privateUntilMs === null ? REDIRECT_CACHE : NO_STORE, true);
}

function note(c: AppContext, loaded: Loaded, times: StageTimes): void {
  const fields = c.get("logFields");
  fields.cache = loaded.from;
  const { decode, resize, encode } = times;
  if (encode !== undefined) fields.codec_ms = Math.round(((decode ?? 0) + (resize ?? 0) + encode) * 10) / 10;
}

/** Who looks at a picture from one of this site's own pages; asked for at most once, and only where it matters. */
function viewerOf(deps: Deps, headers: Headers): () => Promise<UserId | null> {
  let viewer: Promise<UserId | null> | null = null;
  return () => {
    const token = viewer === null && isShownHere(headers) ? sessionToken(headers) : null;
    return viewer ??= token === null ? Promise.resolve(null) : deps.sessions.find(token);
  };
}

/** The part of the picture that a GET asks for, or "whole". @throws {ApiError} RANGE_NOT_SATISFIABLE */
function partOf(c: AppContext, deps: Deps, delivery: Delivery, size: number): Part | "whole" {
  const { headers } = c.req.raw;
  const range = headers.get("range");
  if (range === null || c.req.method !== "GET") return "whole";
  if (!allowsPart(headers.get("if-range"), delivery, deps.now())) return "whole";
  const part = parseByteRange(range, size);
  if (part !== "unsatisfiable") return part;
  const message = `Picture has ${size} bytes; the part asked for begins past its end`;
  throw new ApiError("RANGE_NOT_SATISFIABLE", message, {
    "content-range": contentRange(null, size),
    "accept-ranges": "bytes",
  });
}

/** The times of one answer as a header, its own two among them. */
class Stopwatch {
  #startMs = performance.now();
  #resolveMs = 0;

  /** To be called when it is known what will be served. */
  resolved(): void {
    this.#resolveMs = this.#elapsed();
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#startMs) * 10) / 10;
  }

  /** The header. */
  header(from: string, times: StageTimes): string {
    const all: StageTimes = { ...times, resolve: this.#resolveMs, total: this.#elapsed() };
    return serverTiming(from, STAGE_NAMES.flatMap((name) => all[name] === undefined ? [] : [[name, all[name]]]));
  }
}

function pictureAnswer(head: ImageHead, bytes: Uint8Array<ArrayBuffer>, part: Part | "whole", timing: string) {
  const body = part === "whole" ? bytes : bytes.subarray(part.start, part.end);
  const headers = { ...imageHeaders(head), "content-length": String(body.length), "server-timing": timing };
  if (part === "whole") return new Response(body, { headers });
  return new Response(body, {
    status: 206,
    headers: { ...headers, "content-range": contentRange(part, bytes.length) },
  });
}

/** Whether an answer may be given again: one that nothing but the URL, `Accept` and the basis has a say in. */
function mayBeHot(deps: Deps, { presetId, privateUntilMs, isSubstitute, modifiedAtMs }: Delivery): boolean {
  if (presetId !== null || privateUntilMs !== null || isSubstitute) return false;
  // The date that was told is that of now as long as the change is dated later.
  return modifiedAtMs !== null && modifiedAtMs <= deps.now();
}

/**
 * Serves a picture. A HEAD does what the GET would, so that its headers are those of the GET; only an original need
 * not be read for it.
 */
export function servePicture(deps: Deps, prefix: string, hot: HotPictures): AppHandler {
  return async function servePicture(c) {
    const watch = new Stopwatch();
    const viewer = viewerOf(deps, c.req.raw.headers);
    const asked = parseRequest(c, prefix, viewer);
    const delivery = await resolveDelivery(deps, asked);
    watch.resolved();
    const redirect = redirectOf(deps, asked, delivery);
    if (redirect !== null) return redirect;
    const headFor = (what: Delivery) => headOf(deps, asked, what);
    const isHead = c.req.method === "HEAD";
    const served = () => {
      if (delivery.presetId !== null && !isHead) deps.usage.countPreset(delivery.record.user, delivery.presetId);
    };
    const offer = (what: Delivery) => {
      const { path, isOpen } = asked;
      if (mayBeHot(deps, what)) {
        hot.offer(c.req.raw, { delivery: what, path, isOpen });
      }
    };
    const weigh = (what: Delivery) => weighConditions(c.req.raw.headers, what, deps.now());
    const answered = (what: Delivery, verdict: ReturnType<typeof weigh>) => {
      if (verdict === "failed") throw new ApiError("PRECONDITION_FAILED", "Picture is in another state than you say");
      if (verdict === "proceed") return null;
      c.get("logFields").cache = "not_modified";
      served();
      offer(what);
      const headers = { ...validatorHeaders(headFor(what)), "server-timing": watch.header("not_modified", {}) };
      return new Response(null, { status: 304, headers });
    };
    // What stands in has a tag of its own, which may be the one that `If-Match` names.
    const verdict = weigh(delivery);
    const isUndecided = verdict === "failed" && await mayStandIn(deps, delivery);
    const known = isUndecided ? null : answered(delivery, verdict);
    if (known !== null) return known;
    if (isHead && delivery.derivative === null) {
      const { size } = delivery.record;
      const headers = { ...imageHeaders(headFor(delivery)), "content-length": String(size) };
      return new Response(null, { headers: { ...headers, "server-timing": watch.header("original", {}) } });
    }
    const isPreview = async (record: ImageRecord) => await viewer() === record.user;
    const loaded = await loadDelivery(deps, delivery, { signal: () => c.req.raw.signal, isPreview });
    // Only now it is known that another one stands in.
    const knownSubstitute = loaded.served === delivery && !isUndecided
      ? null
      : answered(loaded.served, weigh(loaded.served));
    if (knownSubstitute !== null) return knownSubstitute;
    note(c, loaded, loaded.times);
    const part = partOf(c, deps, loaded.served, loaded.bytes.length);
    const timing = watch.header(loaded.from, loaded.times);
    const answer = pictureAnswer(headFor(loaded.served), loaded.bytes, part, timing);
    served();
    if (part === "whole") offer(loaded.served);
    const sentBytes = part === "whole" ? loaded.bytes.length : part.end - part.start;
    c.get("logFields").bytes = sentBytes;
    const { user, id, size } = delivery.record;
    if (!isHead) deps.usage.countDelivery(user, id, sentBytes, size);
    return answer;
  };
}

/** CORS preflight of a picture. */
export function preflightPicture(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "*",
      "access-control-max-age": "86400",
    },
  });
}

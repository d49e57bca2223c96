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
import {
  privateImageCache,
  privateSubstituteCache,
  PUBLIC_IMAGE_CACHE,
  SUBSTITUTE_CACHE,
} from "./_http/cache_policy.ts";
import { matchesIfNoneMatch } from "./_http/conditional.ts";
import { linkProofOf, presetOf } from "./_http/delivery_query.ts";
import { decodePath, encodePath, rawTarget } from "./_http/delivery_url.ts";
import { type ImageHead, imageHeaders, validatorHeaders } from "./_http/image_response.ts";
import { negotiate } from "./_http/negotiate.ts";
import { isShownHere, sessionToken } from "./_http/session_cookie.ts";
import type { AppContext, AppHandler } from "./_middleware/env.ts";
import {
  type Delivery,
  type DeliveryRequest,
  loadDelivery,
  type Loaded,
  resolveDelivery,
} from "./_services/deliver.ts";
import { sanitizeFilename } from "./_services/image_names.ts";
import type { LinkProof } from "./_services/link_access.ts";
import { parseLinkToken } from "./_services/link_signature.ts";
import type { Deps } from "./deps.ts";

const NEGOTIATED: readonly OutputFormat[] = ["webp", "avif", "jpeg"];

function decoded(raw: string): string {
  const text = decodePath(raw);
  if (text === null) throw new ApiError("VALIDATION_ERROR", "Path is not valid percent-encoded UTF-8");
  return text;
}

/** Nothing acceptable is answered with what every browser reads. */
function negotiateFormat(accept: string | null, record: ImageRecord): OutputFormat {
  const chosen = negotiate(accept, NEGOTIATED.map((f) => FORMATS[f].mimeType));
  return NEGOTIATED.find((f) => FORMATS[f].mimeType === chosen) ?? (record.hasAlpha ? "png" : "jpeg");
}

function parseProof(query: URLSearchParams): LinkProof | null {
  const proof = linkProofOf(query);
  const token = proof === null ? null : parseLinkToken(proof.token);
  return token === null ? null : { token, expiresAt: proof!.expiresAt };
}

/** Whether a path is spelt as it is handed out: a link opens no other spelling of its path. */
function isPlainPath(rawPath: string): boolean {
  return !rawPath.split(/\/|%2f/i).slice(1).some((segment) => /^(\.|%2e)*$/i.test(segment));
}

/** @param prefix what stands before `/{user}` @throws {ApiError | NameError | ParamError} all of them a 400 or 404 */
function parseRequest(c: AppContext, prefix: string, viewer: DeliveryRequest["viewer"]): DeliveryRequest {
  const { path, query } = rawTarget(c.req.url);
  const [user = "", ...rest] = path.slice(prefix.length + 1).split("/");
  if (rest.length === 0) throw new ApiError("NOT_FOUND", "Picture addresses look like /i/{user}/{path}");
  const search = new URLSearchParams(query);
  return {
    user: parseUserName(decoded(user)),
    path: parseImagePath(decoded(rest.join("/"))),
    params: parseGivenParams(search),
    preset: presetOf(search),
    viewer,
    proof: isPlainPath(path) ? parseProof(search) : null,
    negotiate: (record) => negotiateFormat(c.req.raw.headers.get("accept"), record),
  };
}

/** @param userUrl where the user's pictures are, on this host */
function headOf(delivery: Delivery, userUrl: string, nowMs: number): ImageHead {
  const query = delivery.location?.query ? `?${delivery.location.query}` : "";
  const stem = splitExtension(sanitizeFilename(delivery.record.originalFilename)).base;
  return {
    mimeType: delivery.mimeType,
    etag: delivery.etag,
    filename: `${stem}.${delivery.extension}`,
    isNegotiated: delivery.isNegotiated,
    cacheControl: cacheControlOf(delivery, nowMs),
    contentLocation: delivery.location === null ? null : `${userUrl}/${encodePath(delivery.location.path)}${query}`,
  };
}

function cacheControlOf({ privateUntilMs, isSubstitute }: Delivery, nowMs: number): string {
  if (privateUntilMs === null) return isSubstitute ? SUBSTITUTE_CACHE : PUBLIC_IMAGE_CACHE;
  return isSubstitute ? privateSubstituteCache(privateUntilMs - nowMs) : privateImageCache(privateUntilMs - nowMs);
}

function serverTiming(loaded: Loaded): string {
  const parts = [`cache;desc=${loaded.from}`];
  if (loaded.timings !== null) {
    const { decodeMs, resizeMs, encodeMs } = loaded.timings;
    parts.push(`decode;dur=${decodeMs}`, `resize;dur=${resizeMs}`, `encode;dur=${encodeMs}`);
  }
  return parts.join(", ");
}

function note(c: AppContext, loaded: Loaded): void {
  const fields = c.get("logFields");
  fields.cache = loaded.from;
  fields.bytes = loaded.bytes.length;
  if (loaded.timings === null) return;
  const { decodeMs, resizeMs, encodeMs } = loaded.timings;
  fields.codec_ms = Math.round((decodeMs + resizeMs + encodeMs) * 10) / 10;
}

/** Who looks at a picture from one of this site's own pages; asked for at most once, and only where it matters. */
function viewerOf(deps: Deps, headers: Headers): () => Promise<UserId | null> {
  let viewer: Promise<UserId | null> | null = null;
  return () => {
    const token = viewer === null && isShownHere(headers) ? sessionToken(headers) : null;
    return viewer ??= token === null ? Promise.resolve(null) : deps.sessions.find(token);
  };
}

/**
 * Serves a picture. A HEAD does what the GET would, so that its headers are those of the GET; only an original need
 * not be read for it.
 */
export function servePicture(deps: Deps, prefix: string): AppHandler {
  return async function servePicture(c) {
    const viewer = viewerOf(deps, c.req.raw.headers);
    const request = parseRequest(c, prefix, viewer);
    const delivery = await resolveDelivery(deps, request);
    const headFor = (what: Delivery) => headOf(what, `${prefix}/${request.user}`, deps.now());
    const head = headFor(delivery);
    const isHead = c.req.method === "HEAD";
    const served = () => {
      if (delivery.presetId !== null && !isHead) deps.usage.countPreset(delivery.record.user, delivery.presetId);
    };
    const unmodified = (what: Delivery) => {
      if (!matchesIfNoneMatch(c.req.raw.headers.get("if-none-match"), what.etag)) return null;
      c.get("logFields").cache = "not_modified";
      served();
      return new Response(null, { status: 304, headers: validatorHeaders(headFor(what)) });
    };
    const known = unmodified(delivery);
    if (known !== null) return known;
    if (isHead && delivery.derivative === null) {
      return new Response(null, { headers: { ...imageHeaders(head), "content-length": String(delivery.record.size) } });
    }
    const isPreview = async (record: ImageRecord) => await viewer() === record.user;
    const loaded = await loadDelivery(deps, delivery, { signal: () => c.req.raw.signal, isPreview });
    // Only now it is known that another one stands in.
    const knownSubstitute = loaded.served === delivery ? null : unmodified(loaded.served);
    if (knownSubstitute !== null) return knownSubstitute;
    note(c, loaded);
    served();
    const { user, id, size } = delivery.record;
    if (!isHead) deps.usage.countDelivery(user, id, loaded.bytes.length, size);
    const headers = {
      ...imageHeaders(headFor(loaded.served)),
      "content-length": String(loaded.bytes.length),
      "server-timing": serverTiming(loaded),
    };
    return new Response(loaded.bytes, { headers });
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

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
import { privateImageCache, PUBLIC_IMAGE_CACHE } from "./_http/cache_policy.ts";
import { matchesIfNoneMatch } from "./_http/conditional.ts";
import { linkProofOf, presetOf } from "./_http/delivery_query.ts";
import { decodePath, rawTarget } from "./_http/delivery_url.ts";
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
function parseRequest(c: AppContext, prefix: string): DeliveryRequest {
  const { path, query } = rawTarget(c.req.url);
  const [user = "", ...rest] = path.slice(prefix.length + 1).split("/");
  if (rest.length === 0) throw new ApiError("NOT_FOUND", "Picture addresses look like /i/{user}/{path}");
  const search = new URLSearchParams(query);
  return {
    user: parseUserName(decoded(user)),
    path: parseImagePath(decoded(rest.join("/"))),
    params: parseGivenParams(search),
    preset: presetOf(search),
    proof: isPlainPath(path) ? parseProof(search) : null,
    negotiate: (record) => negotiateFormat(c.req.raw.headers.get("accept"), record),
  };
}

function headOf(delivery: Delivery, nowMs: number): ImageHead {
  const { privateUntilMs } = delivery;
  const stem = splitExtension(sanitizeFilename(delivery.record.originalFilename)).base;
  return {
    mimeType: delivery.mimeType,
    etag: delivery.etag,
    filename: `${stem}.${delivery.extension}`,
    isNegotiated: delivery.isNegotiated,
    cacheControl: privateUntilMs === null ? PUBLIC_IMAGE_CACHE : privateImageCache(privateUntilMs - nowMs),
  };
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

/** Whether one of this site's own pages shows a picture to its owner. */
async function isOwnPreview(deps: Deps, headers: Headers, owner: UserId): Promise<boolean> {
  const token = isShownHere(headers) ? sessionToken(headers) : null;
  return token !== null && await deps.sessions.find(token) === owner;
}

/**
 * Serves a picture. A HEAD does what the GET would, so that its headers are those of the GET; only an original need
 * not be read for it.
 */
export function servePicture(deps: Deps, prefix: string): AppHandler {
  return async function servePicture(c) {
    const delivery = await resolveDelivery(deps, parseRequest(c, prefix));
    const head = headOf(delivery, deps.now());
    const isHead = c.req.method === "HEAD";
    const served = () => {
      if (delivery.presetId !== null && !isHead) deps.usage.countPreset(delivery.record.user, delivery.presetId);
    };
    if (matchesIfNoneMatch(c.req.raw.headers.get("if-none-match"), delivery.etag)) {
      c.get("logFields").cache = "not_modified";
      served();
      return new Response(null, { status: 304, headers: validatorHeaders(head) });
    }
    if (isHead && delivery.derivative === null) {
      return new Response(null, { headers: { ...imageHeaders(head), "content-length": String(delivery.record.size) } });
    }
    const isPreview = (record: ImageRecord) => isOwnPreview(deps, c.req.raw.headers, record.user);
    const loaded = await loadDelivery(deps, delivery, { signal: () => c.req.raw.signal, isPreview });
    note(c, loaded);
    served();
    const { user, id, size } = delivery.record;
    if (!isHead) deps.usage.countDelivery(user, id, loaded.bytes.length, size);
    const headers = {
      ...imageHeaders(head),
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

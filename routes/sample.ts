/**
 * `GET /sample/photo.{ext}?…`: the picture of the home page's playground, with the parameters of the transform path.
 *
 * @module
 */
import { formatOfExtension, isOutputFormat, splitExtension } from "../codec/formats.ts";
import { parseParams } from "../codec/transform.ts";
import { ApiError } from "./_http/api_error.ts";
import { STATIC_CACHE } from "./_http/cache_policy.ts";
import { matchesIfNoneMatch } from "./_http/conditional.ts";
import { rawTarget } from "./_http/delivery_url.ts";
import { IMAGE_SECURITY_HEADERS } from "./_http/image_response.ts";
import type { AppHandler } from "./_middleware/env.ts";
import { addressReader } from "./_middleware/rate_limit.ts";
import { SamplePictures } from "./_services/sample.ts";
import type { Deps } from "./deps.ts";

const FILE = "sample.jpg";

/** See the module's comment. @param files what `/static/` serves */
export function serveSample(
  deps: Deps,
  files: ReadonlyMap<string, { readonly bytes: Uint8Array<ArrayBuffer> }>,
): AppHandler {
  const addressOf = addressReader(deps);
  const pictures = new SamplePictures(deps);
  return async function serveSample(c) {
    const { path, query } = rawTarget(c.req.url);
    const { base, extension } = splitExtension(path);
    const format = extension === null ? null : formatOfExtension(extension);
    const original = files.get(FILE)?.bytes;
    if (base !== "/sample/photo" || format === null || !isOutputFormat(format) || original === undefined) {
      throw new ApiError("NOT_FOUND", "The sample is /sample/photo with the ending of an output format");
    }
    const params = { ...parseParams(new URLSearchParams(query)), format };
    const { bytes, etag, mimeType } = await pictures.get(original, params, addressOf(c));
    const headers = { ...IMAGE_SECURITY_HEADERS, etag, "cache-control": STATIC_CACHE, "content-type": mimeType };
    if (matchesIfNoneMatch(c.req.raw.headers.get("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers });
    }
    return new Response(bytes, { headers: { ...headers, "content-length": String(bytes.length) } });
  };
}

/**
 * Delivery: from a path and parameters to the bytes of an original or a derivative.
 *
 * Two halves, so that a 304 is answered between them: {@linkcode resolveDelivery} reads KV only and knows the etag,
 * {@linkcode loadDelivery} touches blobs and codecs.
 *
 * @module
 */
import { derivativeKey } from "../../codec/derivative_key.ts";
import { CodecError } from "../../codec/errors.ts";
import { formatOfExtension, FORMATS, isOutputFormat, outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { DerivativeFormat, OutputFormat } from "../../codec/formats.ts";
import { estimateMemoryBytes } from "../../codec/memory.ts";
import { type Plan, planTransform } from "../../codec/plan.ts";
import {
  formatTransform,
  isUntouched,
  normalizeTransform,
  type Transform,
  type TransformParams,
} from "../../codec/transform.ts";
import type { ImagePath, UserName } from "../../kv/ids.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { originalOf, sourceOf } from "./image_source.ts";
import { ServiceError } from "./service_error.ts";

/** A request for a picture, parsed. */
export interface DeliveryRequest {
  readonly user: UserName;
  readonly path: ImagePath;
  readonly params: TransformParams;
  /** Chooses the format of a URL without an image extension, by the caller's `Accept`. */
  readonly negotiate: (record: ImageRecord) => OutputFormat;
}

/** What will be served; its bytes are not loaded yet. */
export interface Delivery {
  readonly record: ImageRecord;
  /** Strong, in its quotes. */
  readonly etag: string;
  readonly mimeType: string;
  /** Ending that fits `mimeType`. */
  readonly extension: string;
  readonly isNegotiated: boolean;
  /** null = the original's own bytes. */
  readonly derivative: { readonly key: string; readonly plan: Plan } | null;
}

const notFound = () => new ServiceError("not_found", "There is no such picture");

/** The exact path first, else the most recent picture of that base name (for endings that are outputs). */
async function findRecord(deps: Deps, request: DeliveryRequest): Promise<ImageRecord> {
  const user = await deps.users.idOf(request.user);
  if (user === null) throw notFound();
  const record = await deps.images.resolve(user, request.path, async () => {
    const exact = await deps.images.atPath(user, request.path);
    if (exact !== null) return exact;
    const { base, extension } = splitExtension(request.path);
    const isGif = extension === "gif";
    const mayConvert = extension === null || isGif || outputOfExtension(extension) !== null;
    const found = mayConvert ? await deps.images.atBase(user, base) : null;
    // GIF is an output for what moves, and for nothing else.
    return found === null || (isGif && found.frames === 1) ? null : found;
  });
  if (record === null) throw notFound();
  return record;
}

interface Choice {
  /** null = the original as it is. */
  readonly format: DerivativeFormat | null;
  readonly isNegotiated: boolean;
}

/**
 * The extension decides; it is compared with the original's sniffed format, never with its stored name. A stored name
 * of a kind that is no output (`.gif`, `.heic`, `.svg` …) serves the original, or WebP once there are parameters.
 */
function chooseFormat(request: DeliveryRequest, record: ImageRecord): Choice {
  const { extension } = splitExtension(request.path);
  const isUnchanged = isUntouched(request.params);
  if (extension === null) {
    const format = request.negotiate(record);
    return { format: isUnchanged && format === record.format ? null : format, isNegotiated: true };
  }
  // `.jpe`, `.apng` … reach this point as stored names only: they stand for their format.
  const named = formatOfExtension(extension);
  const isMovingGif = named === "gif" && record.frames > 1;
  const output = isMovingGif ? "gif" : named !== null && isOutputFormat(named) ? named : null;
  if (output !== null) return { format: isUnchanged && output === record.format ? null : output, isNegotiated: false };
  return { format: isUnchanged ? null : "webp", isNegotiated: false };
}

function originalDelivery(record: ImageRecord, isNegotiated: boolean): Delivery {
  const { mimeType, extensions } = FORMATS[record.format];
  return { record, etag: `"${record.hash}"`, mimeType, extension: extensions[0], isNegotiated, derivative: null };
}

/** Transforms of a record that are remembered. */
const MAX_DERIVED = 200;
/** What was worked out for a record; it goes with the record, which {@linkcode findRecord} keeps for a second. */
const derived = new WeakMap<ImageRecord, Map<string, Delivery>>();

async function derivedDelivery(deps: Deps, record: ImageRecord, transform: Transform, isNegotiated: boolean) {
  const name = `${isNegotiated} ${formatTransform(transform)}`;
  const known = derived.get(record) ?? new Map<string, Delivery>();
  const before = known.get(name);
  if (before !== undefined) return before;
  const key = await derivativeKey(record.hash, transform);
  const plan = planTransform(sourceOf(record), transform, deps.config.MAX_PIXELS);
  const { mimeType, extensions } = FORMATS[plan.transform.format];
  const [extension] = extensions;
  const delivery = { record, etag: `"${key}"`, mimeType, extension, isNegotiated, derivative: { key, plan } };
  if (known.size >= MAX_DERIVED) known.clear();
  derived.set(record, known.set(name, delivery));
  return delivery;
}

/**
 * Finds the picture and what of it is wanted: KV reads only.
 *
 * @throws {ServiceError} `not_found`
 */
export async function resolveDelivery(deps: Deps, request: DeliveryRequest): Promise<Delivery> {
  const record = await findRecord(deps, request);
  // Access links come with the accounts; until then a private picture is served to nobody.
  if (record.visibility === "private") throw notFound();
  const { format, isNegotiated } = chooseFormat(request, record);
  if (format === null) return originalDelivery(record, isNegotiated);
  return await derivedDelivery(deps, record, normalizeTransform({ ...request.params, format }, record), isNegotiated);
}

async function readOriginal(deps: Deps, record: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await deps.originals.get(originalOf(record));
  } catch (error) {
    if (!(error instanceof DamagedBlobError)) throw error;
    deps.log.error("original_damaged", { user: record.user, image: record.id, message: error.message });
    throw new ServiceError("upstream", "Stored bytes of this picture are missing or damaged", { cause: error });
  }
}

async function make(deps: Deps, record: ImageRecord, plan: Plan, signal: AbortSignal): Promise<RenderedDerivative> {
  const original = await readOriginal(deps, record);
  const memoryBytes = estimateMemoryBytes(record.format, record.width * record.height);
  try {
    const job = { kind: "render", plan, sourceFormat: record.format } as const;
    const { bytes, timings } = await deps.pool.render(job, original, { signal, memoryBytes });
    return { bytes, timings, from: "made" };
  } catch (error) {
    if (!(error instanceof CodecError) || ["busy", "deadline", "cancelled"].includes(error.code)) throw error;
    deps.log.error("render_failed", { image: record.id, code: error.code, message: error.message });
    throw new ServiceError("unprocessable_image", "This picture can't be rendered in this way", { cause: error });
  }
}

/** One flight a derivative: look into the store, else make it, keep it and count it. */
async function fly(deps: Deps, delivery: Delivery, signal: AbortSignal): Promise<RenderedDerivative> {
  const { record, derivative } = delivery;
  const { key, plan } = derivative!;
  const original = originalOf(record);
  const found = await deps.derivatives.get(original, key).catch((error) => {
    deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
    return null;
  });
  if (found !== null) return { ...found, timings: null };
  const made = await make(deps, record, plan, signal);
  deps.usage.count(record.user, "transformations");
  deps.derivatives.remember(original, key, made.bytes);
  deps.background("store_derivative", deps.derivatives.put(original, key, made.bytes));
  return made;
}

/** Bytes to serve and where they came from. */
export interface Loaded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: RenderedDerivative["from"] | "original";
  readonly timings: RenderedDerivative["timings"];
}

/**
 * Loads what {@linkcode resolveDelivery} found; simultaneous calls for one derivative share one transform.
 *
 * @param signal gives that of the caller: when all callers of a derivative are gone, its queued job is cancelled. A
 * function, because Deno makes and aborts a signal for every request that looks at it
 * @throws {ServiceError} `upstream`, `unprocessable_image`
 * @throws {CodecError} `busy`, `deadline`, `cancelled`
 */
export async function loadDelivery(deps: Deps, delivery: Delivery, signal: () => AbortSignal): Promise<Loaded> {
  const { record, derivative } = delivery;
  if (derivative === null) return { bytes: await readOriginal(deps, record), from: "original", timings: null };
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) return { bytes: cached, from: "memory", timings: null };
  const flightKey = `${record.user}/${record.nonce}/${derivative.key}`;
  return await deps.flights.run(flightKey, (aborted) => fly(deps, delivery, aborted), signal());
}

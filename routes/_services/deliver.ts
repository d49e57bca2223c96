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
import { formatOfExtension, FORMATS, isOutputFormat, splitExtension } from "../../codec/formats.ts";
import type { DerivativeFormat, OutputFormat } from "../../codec/formats.ts";
import { estimateMemoryBytes } from "../../codec/memory.ts";
import { type Plan, planTransform } from "../../codec/plan.ts";
import {
  DEFAULT_PARAMS,
  formatTransform,
  type GivenParams,
  isUntouched,
  normalizeTransform,
} from "../../codec/transform.ts";
import type { Transform, TransformParams } from "../../codec/transform.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { expandPreset } from "./expand_preset.ts";
import { originalOf, sourceOf } from "./image_source.ts";
import { type LinkProof, opensPrivate } from "./link_access.ts";
import { onceInAll } from "./once_in_all.ts";
import { type PathReads, readTheRest, resolvePath } from "./resolve_path.ts";
import { ServiceError } from "./service_error.ts";

/** A request for a picture, parsed. */
export interface DeliveryRequest {
  readonly user: UserName;
  readonly path: ImagePath;
  /** Those of the URL; they override a preset's. */
  readonly params: GivenParams;
  /** Name of a preset. */
  readonly preset: string | null;
  /** What opens a private picture. */
  readonly proof: LinkProof | null;
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
  /** Id of the preset that was used. */
  readonly presetId: string | null;
  /** Of a private picture: when the link that opened it is over. */
  readonly privateUntilMs: number | null;
  /** null = the original's own bytes. */
  readonly derivative: { readonly key: string; readonly plan: Plan } | null;
}

const notFound = () => new ServiceError("not_found", "There is no such picture");

/** The record behind a request's path, private or not. */
async function findRecord(deps: Deps, user: UserId, path: ImagePath, reads: PathReads): Promise<ImageRecord | null> {
  return await deps.images.resolve(user, path, () => resolvePath(deps, user, path, reads));
}

/** Whether a picture may be shown; a refusal costs the same reads whether it is there or not. */
async function mayShow(
  deps: Deps,
  user: UserId,
  record: ImageRecord | null,
  { path, proof }: DeliveryRequest,
  params: TransformParams,
): Promise<boolean> {
  if (record?.visibility === "public") return true;
  const isLiving = proof !== null && proof.expiresAt * 1_000 > deps.now();
  const keys = isLiving ? await deps.linkKeys.list(user) : [];
  return record !== null && await opensPrivate(keys, deps.now(), record, path, params, proof);
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
function chooseFormat(
  request: DeliveryRequest,
  record: ImageRecord,
  params: TransformParams,
  presetFormat: OutputFormat | null,
): Choice {
  const { extension } = splitExtension(request.path);
  const isUnchanged = isUntouched(params);
  const orOriginal = (format: DerivativeFormat) => isUnchanged && format === record.format ? null : format;
  if (extension === null && presetFormat !== null) return { format: orOriginal(presetFormat), isNegotiated: false };
  if (extension === null) return { format: orOriginal(request.negotiate(record)), isNegotiated: true };
  // `.jpe`, `.apng` … reach this point as stored names only: they stand for their format.
  const named = formatOfExtension(extension);
  const isMovingGif = named === "gif" && record.frames > 1;
  const output = isMovingGif ? "gif" : named !== null && isOutputFormat(named) ? named : null;
  if (output !== null) return { format: orOriginal(output), isNegotiated: false };
  return { format: isUnchanged ? null : "webp", isNegotiated: false };
}

type DeliveryContext = Pick<Delivery, "record" | "isNegotiated" | "presetId" | "privateUntilMs">;

function originalDelivery(context: DeliveryContext): Delivery {
  const { format, hash } = context.record;
  const { mimeType, extensions } = FORMATS[format];
  return { ...context, etag: `"${hash}"`, mimeType, extension: extensions[0], derivative: null };
}

/** Transforms of a record that are remembered. */
const MAX_DERIVED = 200;
type Derived = Pick<Delivery, "etag" | "mimeType" | "extension" | "derivative">;
/** What was worked out for a record; it goes with the record, which {@linkcode findRecord} keeps for a second. */
const derived = new WeakMap<ImageRecord, Map<string, Derived>>();

async function derive(deps: Deps, record: ImageRecord, transform: Transform): Promise<Derived> {
  const name = formatTransform(transform);
  const known = derived.get(record) ?? new Map<string, Derived>();
  const before = known.get(name);
  if (before !== undefined) return before;
  const key = await derivativeKey(record.hash, transform);
  const plan = planTransform(sourceOf(record), transform, deps.config.MAX_PIXELS);
  const { mimeType, extensions } = FORMATS[plan.transform.format];
  const made = { etag: `"${key}"`, mimeType, extension: extensions[0], derivative: { key, plan } };
  if (known.size >= MAX_DERIVED) known.clear();
  derived.set(record, known.set(name, made));
  return made;
}

/**
 * Finds the picture and what of it is wanted: KV reads only.
 *
 * @throws {ServiceError} `not_found`, the same for a private picture without a link that opens it; `validation` for an
 * unknown preset
 */
export async function resolveDelivery(deps: Deps, request: DeliveryRequest): Promise<Delivery> {
  const user = await deps.users.idOf(request.user);
  if (user === null) throw notFound();
  const preset = request.preset === null ? null : await expandPreset(deps, user, request.preset);
  const params: TransformParams = { ...DEFAULT_PARAMS, ...preset?.params, ...request.params };
  const reads: PathReads = { path: false, base: false, image: false };
  const record = await findRecord(deps, user, request.path, reads);
  const isShown = await mayShow(deps, user, record, request, params);
  if (record === null || !isShown) {
    await readTheRest(deps, user, reads);
    throw notFound();
  }
  const { proof } = request;
  const isPrivate = record.visibility === "private";
  const { format, isNegotiated } = chooseFormat(request, record, params, preset?.format ?? null);
  const privateUntilMs = isPrivate ? proof!.expiresAt * 1_000 : null;
  const context: DeliveryContext = { record, isNegotiated, presetId: preset?.id ?? null, privateUntilMs };
  if (format === null) return originalDelivery(context);
  return { ...context, ...await derive(deps, record, normalizeTransform({ ...params, format }, record)) };
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

/** Spends first, then makes; a failure gives back. So the limit holds however many come at once. */
async function makePaid(
  deps: Deps,
  record: ImageRecord,
  plan: Plan,
  { isPreview }: LoadRequest,
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const owner = await deps.users.get(record.user);
  if (owner === null) throw notFound();
  const receipt = await deps.quota.spend(owner, await isPreview(record) ? "previews" : "transformations");
  try {
    return await make(deps, record, plan, signal);
  } catch (error) {
    await deps.quota.giveBack(receipt);
    throw error;
  }
}

/** One flight a derivative: look into the store, else make it, keep it and count it. */
async function fly(
  deps: Deps,
  delivery: Delivery,
  request: LoadRequest,
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const { record, derivative } = delivery;
  const { key, plan } = derivative!;
  const original = originalOf(record);
  const find = async (): Promise<RenderedDerivative | null> => {
    const found = await deps.derivatives.get(original, key).catch((error) => {
      deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
      return null;
    });
    return found === null ? null : { ...found, timings: null };
  };
  const make = async () => {
    const made = await makePaid(deps, record, plan, request, signal);
    deps.derivatives.remember(original, key, made.bytes);
    const stored = store(deps, record, key, made.bytes);
    deps.background("store_derivative", stored);
    return { made, stored };
  };
  return await find() ?? await onceInAll(deps, { name: flightName(record, key), find, make }, signal);
}

const flightName = (record: ImageRecord, key: string) => `${record.user}/${record.nonce}/${key}`;

/** Stores a derivative. One whose image went meanwhile goes, too: the delete may have looked before it was there. */
async function store(deps: Deps, record: ImageRecord, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const original = originalOf(record);
  await deps.derivatives.put(original, key, bytes);
  const after = await deps.images.get(record.user, record.id);
  if (after?.nonce === record.nonce) return;
  deps.derivatives.forget(original);
  await deps.originals.removeDerivatives(original);
}

/** Who waits for bytes. */
export interface LoadRequest {
  /**
   * When all callers of a derivative are gone, its queued job is cancelled. A function, because Deno makes and aborts a
   * signal for every request that looks at it.
   */
  readonly signal: () => AbortSignal;
  /** Whether one of the dashboard's own pages shows the picture to its owner. Asked only before one is made. */
  readonly isPreview: (record: ImageRecord) => Promise<boolean>;
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
 * @throws {ServiceError} `upstream`, `unprocessable_image`
 * @throws {QuotaError} when a derivative would have to be made and its owner has no transformation left
 * @throws {CodecError} `busy`, `deadline`, `cancelled`
 */
export async function loadDelivery(deps: Deps, delivery: Delivery, request: LoadRequest): Promise<Loaded> {
  const { record, derivative } = delivery;
  if (derivative === null) return { bytes: await readOriginal(deps, record), from: "original", timings: null };
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) return { bytes: cached, from: "memory", timings: null };
  return await deps.flights.run(
    flightName(record, derivative.key),
    (signal) => fly(deps, delivery, request, signal),
    request.signal(),
  );
}

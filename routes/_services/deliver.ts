/**
 * Delivery: from a path and parameters to the bytes of an original or a derivative.
 *
 * Two halves, so that a 304 is answered between them: {@linkcode resolveDelivery} reads KV only and knows the etag,
 * {@linkcode loadDelivery} touches blobs and codecs.
 *
 * @module
 */
import { kinshipOf, planCanonical } from "../../codec/canonical.ts";
import { derivativeKey } from "../../codec/derivative_key.ts";
import { CodecError } from "../../codec/errors.ts";
import { formatOfExtension, FORMATS, isOutputFormat, splitExtension } from "../../codec/formats.ts";
import type { DerivativeFormat, OutputFormat } from "../../codec/formats.ts";
import { estimateMemoryBytes } from "../../codec/memory.ts";
import type { Plan } from "../../codec/plan.ts";
import {
  DEFAULT_PARAMS,
  formatTransform,
  type GivenParams,
  isUntouched,
  parseTransform,
} from "../../codec/transform.ts";
import type { Transform, TransformParams } from "../../codec/transform.ts";
import type { Reservation } from "../../kv/derivative_rows.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { DerivativeKin, ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { type Address, addressOfDerivative, addressOfOriginal } from "./addresses.ts";
import { expandPreset } from "./expand_preset.ts";
import { originalOf, sourceOf } from "./image_source.ts";
import { type LinkProof, opensPrivate } from "./link_access.ts";
import { type PathReads, readTheRest, resolvePath } from "./resolve_path.ts";
import { ServiceError } from "./service_error.ts";
import { storeDerivative } from "./store_derivative.ts";
import { findStandIn } from "./substitute.ts";

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
  /** To whom one of the dashboard's own pages shows the picture: its owner needs no link. null = to nobody. */
  readonly viewer: () => Promise<UserId | null>;
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
  /** Of a private picture: when the link that opened it is over; now, where its owner's session did. */
  readonly privateUntilMs: number | null;
  /** null = the original's own bytes. */
  readonly derivative: DerivativeWanted | null;
  /** As the request has it. */
  readonly path: ImagePath;
  /** Its explicit address, where the request's own is another one. */
  readonly location: Address | null;
  /** Whether it stands in for a derivative that is not made (see substitute.ts). */
  readonly isSubstitute: boolean;
}

/** A derivative by its identity and what makes it. */
export interface DerivativeWanted {
  readonly key: string;
  /** A canonical one. */
  readonly plan: Plan;
  readonly kin: DerivativeKin;
}

const notFound = () => new ServiceError("not_found", "There is no such picture");

/** The record behind a request's path, private or not. */
async function findRecord(deps: Deps, user: UserId, path: ImagePath, reads: PathReads): Promise<ImageRecord | null> {
  return await deps.images.resolve(user, path, () => resolvePath(deps, user, path, reads));
}

/** Until when a public picture may be seen: for good. */
const ALWAYS = Infinity;

/**
 * Until when a picture may be shown, in ms since 1970: a private one by its link, or now to its owner on a page of the
 * dashboard; null = not at all. A refusal costs the same reads whether the picture is there or not.
 */
async function shownUntil(
  deps: Deps,
  user: UserId,
  record: ImageRecord | null,
  { path, proof, viewer }: DeliveryRequest,
  params: TransformParams,
): Promise<number | null> {
  if (record?.visibility === "public") return ALWAYS;
  const isLiving = proof !== null && proof.expiresAt * 1_000 > deps.now();
  const keys = isLiving ? await deps.linkKeys.list(user) : [];
  const isOpened = record !== null && await opensPrivate(keys, deps.now(), record, path, params, proof);
  if (isOpened) return proof!.expiresAt * 1_000;
  return await viewer() === record?.user ? deps.now() : null;
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

type DeliveryContext = Pick<
  Delivery,
  "record" | "isNegotiated" | "presetId" | "privateUntilMs" | "path" | "location" | "isSubstitute"
>;

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

async function derive(deps: Deps, record: ImageRecord, asked: Transform): Promise<Derived> {
  const name = formatTransform(asked);
  const known = derived.get(record) ?? new Map<string, Derived>();
  const before = known.get(name);
  if (before !== undefined) return before;
  const plan = planCanonical(sourceOf(record), asked, deps.config.MAX_PIXELS);
  const key = await derivativeKey(record.hash, plan.transform);
  const { mimeType, extensions } = FORMATS[plan.transform.format];
  const kin = { text: formatTransform(plan.transform), ...kinshipOf(plan) };
  const made = { etag: `"${key}"`, mimeType, extension: extensions[0], derivative: { key, plan, kin } };
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
  const untilMs = await shownUntil(deps, user, record, request, params);
  if (record === null || untilMs === null) {
    await readTheRest(deps, user, request.path, reads);
    throw notFound();
  }
  const privateUntilMs = untilMs === ALWAYS ? null : untilMs;
  const { format, isNegotiated } = chooseFormat(request, record, params, preset?.format ?? null);
  const context: DeliveryContext = {
    record,
    isNegotiated,
    presetId: preset?.id ?? null,
    privateUntilMs,
    path: request.path,
    location: null,
    isSubstitute: false,
  };
  if (format === null) return originalDelivery(context);
  return { ...context, ...await derive(deps, record, { ...params, format }) };
}

/** What becomes of a failed read of an original. */
function refuseDamaged(deps: Deps, record: ImageRecord, error: unknown): never {
  if (!(error instanceof DamagedBlobError)) throw error;
  deps.log.error("original_damaged", { user: record.user, image: record.id, message: error.message });
  throw new ServiceError("upstream", "Stored bytes of this picture are missing or damaged", { cause: error });
}

async function readOriginal(deps: Deps, record: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
  return await deps.originals.get(originalOf(record)).catch((error) => refuseDamaged(deps, record, error));
}

/** An original on its way, which need not be whole. */
type Reading = ReturnType<Deps["originals"]["read"]>;

/** Renders while the bytes are still being verified; of a picture whose bytes are not right nothing is told but that. */
async function make(
  deps: Deps,
  record: ImageRecord,
  plan: Plan,
  reading: Reading,
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const { bytes: original, verified } = await reading.catch((error) => refuseDamaged(deps, record, error));
  const isWhole = () => verified.catch((error) => refuseDamaged(deps, record, error));
  const memoryBytes = estimateMemoryBytes(record.format, record.width * record.height);
  try {
    const job = { kind: "render", plan, sourceFormat: record.format } as const;
    const { bytes, timings } = await deps.pool.render(job, original, { signal, memoryBytes, party: record.user });
    await isWhole();
    return { bytes, timings, from: "made" };
  } catch (error) {
    if (!(error instanceof CodecError) || ["busy", "deadline", "cancelled"].includes(error.code)) throw error;
    await isWhole();
    deps.log.error("render_failed", { image: record.id, code: error.code, message: error.message });
    throw new ServiceError("unprocessable_image", "This picture can't be rendered in this way", { cause: error });
  }
}

/**
 * Takes the right to make a derivative and spends a transformation on it, in one commit: so neither the plan's limit
 * nor the image's is passed, however many come at once.
 */
async function reserve(deps: Deps, delivery: Delivery, { isPreview }: LoadRequest): Promise<Reservation | "full"> {
  const { record, derivative } = delivery;
  const { key, kin } = derivative!;
  const outcome = await deps.derivativeRows.reserve({ original: originalOf(record), key }, kin, async () => {
    const owner = await deps.users.get(record.user);
    if (owner === null) throw notFound();
    return await deps.quota.offer(owner, await isPreview(record) ? "previews" : "transformations");
  });
  if (outcome === "gone") throw notFound();
  return outcome;
}

/** What is served instead of one derivative too many. */
async function standIn(deps: Deps, { record, derivative }: Delivery): Promise<RenderedDerivative> {
  const other = await findStandIn(deps, record, derivative!.plan);
  if (other !== null) return { ...other.found, standsIn: other.stored, timings: null };
  return { bytes: await readOriginal(deps, record), from: "original", standsIn: "original", timings: null };
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
  const found = await deps.derivatives.get(original, key).catch((error) => {
    deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
    return null;
  });
  if (found !== null) return { ...found, timings: null };
  // Read while KV commits: whether it is needed is known then.
  const reading = deps.originals.read(original);
  reading.catch(() => {});
  const reservation = await reserve(deps, delivery, request);
  if (reservation === "full") return await standIn(deps, delivery);
  try {
    const made = await make(deps, record, plan, reading, signal);
    deps.derivatives.remember(original, key, made.bytes);
    deps.background("store_derivative", storeDerivative(deps, reservation, made.bytes));
    return made;
  } catch (error) {
    await deps.derivativeRows.release(reservation);
    throw error;
  }
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
  /** What the bytes are: what was asked for, or what stands in for it. */
  readonly served: Delivery;
}

/** Says what the bytes are that a flight came back with, in the words of one of its callers. */
async function servedBy(deps: Deps, delivery: Delivery, { standsIn }: RenderedDerivative): Promise<Delivery> {
  if (standsIn === undefined) return delivery;
  const { record, path } = delivery;
  if (standsIn === "original") {
    const location = await addressOfOriginal(deps, record, path);
    return { ...originalDelivery(delivery), location, isSubstitute: true };
  }
  const derived = await derive(deps, record, parseTransform(standsIn.text));
  const location = await addressOfDerivative(deps, record, path, derived.derivative!.plan.transform);
  return { ...delivery, ...derived, location, isSubstitute: true };
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
  const served = delivery;
  if (derivative === null) return { bytes: await readOriginal(deps, record), from: "original", timings: null, served };
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) {
    deps.derivativeUses.note(original, derivative.key, derivative.kin);
    return { bytes: cached, from: "memory", timings: null, served };
  }
  const flightKey = `${record.user}/${record.nonce}/${derivative.key}`;
  const flown = await deps.flights.run(flightKey, (signal) => fly(deps, delivery, request, signal), request.signal());
  if (flown.from === "store") deps.derivativeUses.note(original, derivative.key, derivative.kin);
  return { ...flown, served: await servedBy(deps, delivery, flown) };
}

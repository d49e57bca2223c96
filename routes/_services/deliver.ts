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
import type { Place } from "../../codec/held_places.ts";
import { FORMATS, type ImageFormat, isOutputFormat, splitExtension } from "../../codec/formats.ts";
import { estimatePlanBytes } from "../../codec/memory.ts";
import type { Plan } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, formatTransform, type GivenParams, parseTransform } from "../../codec/transform.ts";
import type { Transform, TransformParams } from "../../codec/transform.ts";
import type { Reservation } from "../../kv/derivative_rows.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import type { LocatedImage } from "../../kv/known_paths.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { DerivativeKin, ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { type Address, addressOfDerivative, addressOfOriginal } from "./addresses.ts";
import { imageTag, pathTag, presetTag, userTag } from "./cache_tags.ts";
import { chooseFormat, type FormatRequest, isFormatOpen } from "./choose_format.ts";
import { type ExpandedPreset, expandPreset } from "./expand_preset.ts";
import { versionOf } from "./handed_out.ts";
import { originalOf, sourceOf } from "./image_source.ts";
import { type LinkProof, opensPrivate } from "./link_access.ts";
import { onWidthSteps } from "./on_width_steps.ts";
import { onceInAll } from "./once_in_all.ts";
import { explicitPath, locatePath, type PathReads, plainPath, readTheRest } from "./resolve_path.ts";
import { ServiceError } from "./service_error.ts";
import type { Stage, StageTimes } from "./stages.ts";
import { giveBackReservation, storeDerivative } from "./store_derivative.ts";
import { findStandIn } from "./substitute.ts";

/** A request for a picture, parsed. */
export interface DeliveryRequest extends FormatRequest {
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
}

/** What will be served; its bytes are not loaded yet. */
export interface Delivery {
  readonly record: ImageRecord;
  /** Strong, in its quotes. */
  readonly etag: string;
  readonly mimeType: string;
  /** Ending that fits `mimeType`. */
  readonly extension: string;
  /** Of an open format: the path that names it, where one leads to this very image. */
  readonly explicitPath: string | null;
  /**
   * The latest change of what the URL means, of its preset, of the release; in ms, maybe the second after now. Null for
   * what stands in: it goes without anything having changed.
   */
  readonly modifiedAtMs: number | null;
  /** The value of `v` that is right. */
  readonly version: string;
  /** For copies at the edge; none of a private picture. */
  readonly tags: readonly string[];
  /** Id of the preset that was used. */
  readonly presetId: string | null;
  /** Of a private picture: when the link that opened it is over; now, where its owner's session did. */
  readonly privateUntilMs: number | null;
  /** null = the original's own bytes. */
  readonly derivative: DerivativeWanted | null;
  /** As the request has it, without `.auto`. */
  readonly path: ImagePath;
  /** Its explicit address, where the request's own is another one. */
  readonly location: Address | null;
  /** Whether it stands in for a derivative that is not made (see substitute.ts). */
  readonly isSubstitute: boolean;
  /** What it was worked out from: while both are as they were, so is the delivery. */
  readonly basis: DeliveryBasis;
}

/** State that a delivery without a preset follows from, beside the URL and `Accept`. */
export interface DeliveryBasis {
  readonly located: LocatedImage;
  /** When the owner was last changed, in ms; null where their settings had no say. */
  readonly settingsStampMs: number | null;
}

/** A derivative by its identity and what makes it. */
export interface DerivativeWanted {
  readonly key: string;
  /** A canonical one. */
  readonly plan: Plan;
  readonly kin: DerivativeKin;
}

const notFound = () => new ServiceError("not_found", "There is no such picture");

/** Until when a public picture may be seen: for good. */
const ALWAYS = Infinity;

/**
 * Until when a picture may be shown, in ms since 1970: a private one by its link, or now to its owner on a page of the
 * dashboard; null = not at all. A refusal costs the same reads whether the picture is there or not.
 */
async function shownUntil(
  deps: Deps,
  user: UserId,
  located: LocatedImage | null,
  { path, proof, viewer }: DeliveryRequest,
  params: TransformParams,
): Promise<number | null> {
  const record = located?.record;
  if (record?.visibility === "public") return ALWAYS;
  const isLiving = proof !== null && proof.expiresAt * 1_000 > deps.now();
  const keys = isLiving ? await deps.linkKeys.list(user) : [];
  const isOpened = located !== null &&
    await opensPrivate(keys, deps.now(), located.record, plainPath(path, located), params, proof);
  if (isOpened) return proof!.expiresAt * 1_000;
  return await viewer() === record?.user ? deps.now() : null;
}

type Form = Pick<Delivery, "etag" | "mimeType" | "extension" | "derivative"> & { readonly format: ImageFormat };

function originalForm({ format, hash }: ImageRecord): Form {
  const { mimeType, extensions } = FORMATS[format];
  return { format, etag: `"${hash}"`, mimeType, extension: extensions[0], derivative: null };
}

/** Transforms of a record that are remembered. */
const MAX_DERIVED = 200;
/** What was worked out for a record; it goes with the record, which {@linkcode locatePath} keeps for a second. */
const derived = new WeakMap<ImageRecord, Map<string, Form>>();

function derive(deps: Deps, record: ImageRecord, asked: Transform): Form {
  const name = formatTransform(asked);
  const known = derived.get(record) ?? new Map<string, Form>();
  const before = known.get(name);
  if (before !== undefined) return before;
  const plan = planCanonical(sourceOf(record), asked, deps.config.MAX_PIXELS);
  const key = derivativeKey(record.hash, plan.transform);
  const { format } = plan.transform;
  const { mimeType, extensions } = FORMATS[format];
  const kin = { text: formatTransform(plan.transform), ...kinshipOf(plan) };
  const made = { format, etag: `"${key}"`, mimeType, extension: extensions[0], derivative: { key, plan, kin } };
  if (known.size >= MAX_DERIVED) known.clear();
  derived.set(record, known.set(name, made));
  return made;
}

/** Tags of an answer that anybody may keep. */
async function tagsOf({ user, id }: ImageRecord, path: ImagePath, preset: string | null): Promise<readonly string[]> {
  const tags = [imageTag(user, id), pathTag(user, path), userTag(user)];
  if (preset !== null) tags.push(presetTag(user, preset));
  return await Promise.all(tags);
}

const isBound = ({ proof }: DeliveryRequest) => proof?.token.isBound ?? false;

/** What the URL means beside the bytes: how it is told from another state, and who may keep it. */
async function contextOf(
  deps: Deps,
  request: DeliveryRequest,
  located: LocatedImage,
  preset: ExpandedPreset | null,
  { format, settingsChangedAtMs }: { readonly format: ImageFormat; readonly settingsChangedAtMs: number },
) {
  const { record, changedAtMs } = located;
  const isPrivate = record.visibility === "private";
  const path = plainPath(request.path, located);
  const isNamed = isFormatOpen(request.path) && isOutputFormat(format);
  const explicit = isNamed ? await explicitPath(deps, located, path, format) : null;
  // A link opens the path that it was made for, in any format; a bound one that very path.
  const isOpened = !isPrivate || (explicit !== null && splitExtension(explicit).base === path && !isBound(request));
  return {
    record,
    path,
    explicitPath: isOpened ? explicit : null,
    location: null,
    isSubstitute: false,
    modifiedAtMs: Math.max(changedAtMs, settingsChangedAtMs, preset?.changedAtMs ?? 0, deps.releasedAtMs),
    version: versionOf(record),
    tags: isPrivate ? [] : await tagsOf(record, path, preset?.id ?? null),
    presetId: preset?.id ?? null,
  };
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
  const located = await locatePath(deps, user, request.path, reads);
  const untilMs = await shownUntil(deps, user, located, request, params);
  if (located === null || untilMs === null) {
    await readTheRest(deps, user, request.path, reads);
    throw notFound();
  }
  const { record } = located;
  const isSettled = params.width === null && !isFormatOpen(request.path);
  const owner = isSettled ? null : await deps.users.recent(user);
  const chosen = chooseFormat(request, record, params, preset?.format ?? null, owner);
  const sized = onWidthSteps(owner, params);
  const { format } = chosen;
  const form = format === null ? originalForm(record) : derive(deps, record, { ...sized.params, format });
  const settingsChangedAtMs = Math.max(chosen.settingsChangedAtMs, sized.settingsChangedAtMs);
  const context = await contextOf(deps, request, located, preset, { format: form.format, settingsChangedAtMs });
  const basis = { located, settingsStampMs: owner?.updatedAtMs ?? null };
  return { ...context, ...form, basis, privateUntilMs: untilMs === ALWAYS ? null : untilMs };
}

type Times = Partial<Record<Stage, number>>;

/** Runs a stage and notes how long it took, in ms. */
async function timed<T>(times: Times, stage: Stage, work: Promise<T>): Promise<T> {
  const startMs = performance.now();
  try {
    return await work;
  } finally {
    times[stage] = Math.round((performance.now() - startMs) * 10) / 10;
  }
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
  { reading, times, place }: { reading: Reading; times: Times; place: Place },
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const { bytes: original, verified } = await timed(times, "read", reading)
    .catch((error) => refuseDamaged(deps, record, error));
  const isWhole = () => verified.catch((error) => refuseDamaged(deps, record, error));
  const memoryBytes = estimatePlanBytes(record.format, plan);
  try {
    const job = { kind: "render", plan, sourceFormat: record.format } as const;
    const { bytes, timings, queueMs } = await deps.pool.render(job, original, {
      signal,
      memoryBytes,
      party: record.user,
      place,
    });
    await isWhole();
    const { decodeMs: decode, resizeMs: resize, encodeMs: encode } = timings;
    return { bytes, times: { ...times, queue: queueMs, decode, resize, encode }, from: "made" };
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
  const { record, derivative, presetId } = delivery;
  const { key, kin } = derivative!;
  const ref = { original: originalOf(record), key };
  const asked = presetId === null ? ref : { ...ref, preset: presetId };
  const outcome = await deps.derivativeRows.reserve(asked, kin, async () => {
    const owner = await deps.users.recent(record.user);
    if (owner === null) throw notFound();
    return await deps.quota.offer(owner, await isPreview(record) ? "previews" : "transformations");
  });
  if (outcome === "gone") throw notFound();
  return outcome;
}

/** What is served instead of one derivative too many. */
async function standIn(deps: Deps, { record, derivative }: Delivery, times: Times): Promise<RenderedDerivative> {
  const other = await timed(times, "read", findStandIn(deps, record, derivative!.plan));
  if (other !== null) return { ...other.found, standsIn: other.stored, times };
  const bytes = await timed(times, "read", readOriginal(deps, record));
  return { bytes, from: "original", standsIn: "original", times };
}

const flightName = (record: ImageRecord, key: string) => `${record.user}/${record.nonce}/${key}`;

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
  const times: Times = {};
  const find = async (): Promise<RenderedDerivative | null> => {
    const found = await timed(times, "read", deps.derivatives.get(original, key)).catch((error) => {
      deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
      return null;
    });
    return found === null ? null : { ...found, times };
  };
  const makeHere = async (place: Place) => {
    // Read while KV commits: whether it is needed is known then.
    const reading = deps.originals.read(original);
    reading.catch(() => {});
    const reservation = await timed(times, "quota", reserve(deps, delivery, request));
    if (reservation === "full") return { made: await standIn(deps, delivery, times), stored: Promise.resolve() };
    try {
      const made = await make(deps, record, plan, { reading, times, place }, signal);
      deps.derivatives.remember(original, key, made.bytes);
      const stored = storeDerivative(deps, reservation, made.bytes);
      deps.background("store_derivative", stored);
      return { made, stored };
    } catch (error) {
      await giveBackReservation(deps, reservation);
      throw error;
    }
  };
  const makeIfRoom = async () => {
    // Before anything is read, paid for and given back.
    const place = await deps.pool.hold(record.user);
    return await makeHere(place).finally(() => place.leave());
  };
  return await find() ?? await onceInAll(deps, { name: flightName(record, key), find, make: makeIfRoom }, signal);
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
  readonly times: StageTimes;
  /** What the bytes are: what was asked for, or what stands in for it. */
  readonly served: Delivery;
}

/** Says what the bytes are that a flight came back with, in the words of one of its callers. */
async function servedBy(deps: Deps, delivery: Delivery, { standsIn }: RenderedDerivative): Promise<Delivery> {
  if (standsIn === undefined) return delivery;
  const { record, path } = delivery;
  // What a date says is of the one that was asked for.
  const instead = { ...delivery, modifiedAtMs: null, isSubstitute: true };
  if (standsIn === "original") {
    const location = await addressOfOriginal(deps, record, path);
    return { ...instead, ...originalForm(record), location };
  }
  const derived = derive(deps, record, parseTransform(standsIn.text));
  const location = await addressOfDerivative(deps, record, path, derived.derivative!.plan.transform);
  return { ...instead, ...derived, location };
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
  if (derivative === null) {
    const times: Times = {};
    return { bytes: await timed(times, "read", readOriginal(deps, record)), from: "original", times, served };
  }
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) {
    deps.derivativeUses.note(original, derivative.key, derivative.kin);
    return { bytes: cached, from: "memory", times: {}, served };
  }
  const work = (signal: AbortSignal) => fly(deps, delivery, request, signal);
  const flown = await deps.flights.run(flightName(record, derivative.key), work, request.signal());
  if (flown.from === "store") deps.derivativeUses.note(original, derivative.key, derivative.kin);
  return { ...flown, served: await servedBy(deps, delivery, flown) };
}

/** Whether another one may stand in for a derivative: its image has as many as it may have, or is about to. */
export async function mayStandIn({ derivativeRows, config }: Deps, { record, derivative }: Delivery): Promise<boolean> {
  if (derivative === null) return false;
  return await derivativeRows.count(originalOf(record)) >= config.DERIVATIVE_MAX_PER_IMAGE;
}

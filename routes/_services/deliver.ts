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
import type { DerivativeFormat, ImageFormat, OutputFormat } from "../../codec/formats.ts";
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
import { nextSecond } from "../../kv/change_time.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import type { LocatedImage } from "../../kv/known_paths.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { imageTag, pathTag, presetTag, userTag, withoutAuto } from "./cache_tags.ts";
import { type ExpandedPreset, expandPreset } from "./expand_preset.ts";
import { versionOf } from "./handed_out.ts";
import { originalOf, sourceOf } from "./image_source.ts";
import { type LinkProof, opensPrivate } from "./link_access.ts";
import { explicitPath, locatePath, type PathReads, plainPath, readTheRest } from "./resolve_path.ts";
import { ServiceError } from "./service_error.ts";
import type { Stage, StageTimes } from "./stages.ts";

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
  /**
   * Chooses the format of a URL without an image extension, by the caller's `Accept`.
   *
   * @param formats the account's, best first
   */
  readonly negotiate: (formats: readonly OutputFormat[], hasAlpha: boolean) => OutputFormat;
}

/** Whether the caller's `Accept` may have a say in a path's format: it has no image extension, or `.auto`. */
export function isFormatOpen(path: string): boolean {
  return requestedExtension(path) === null;
}

/** The image extension that decides the format, or null where none does. */
function requestedExtension(path: string): string | null {
  return withoutAuto(path) === null ? splitExtension(path).extension : null;
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
  readonly explicitPath: ImagePath | null;
  /** The latest change of what the URL means, of its preset, of the release; in ms, maybe the second after now. */
  readonly modifiedAtMs: number;
  /** The value of `v` that is right. */
  readonly version: string;
  /** For copies at the edge; none of a private picture. */
  readonly tags: readonly string[];
  /** Id of the preset that was used. */
  readonly presetId: string | null;
  /** Of a private picture: when the link that opened it is over; now, where its owner's session did. */
  readonly privateUntilMs: number | null;
  /** null = the original's own bytes. */
  readonly derivative: { readonly key: string; readonly plan: Plan } | null;
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

interface Choice {
  /** null = the original as it is. */
  readonly format: DerivativeFormat | null;
  /** When the account last changed, where its settings had a say. */
  readonly settingsChangedAtMs: number;
}

/** By the caller's `Accept` and the account's formats. */
async function negotiateFormat(deps: Deps, request: DeliveryRequest, record: ImageRecord) {
  const owner = await deps.users.recent(record.user);
  if (owner === null) throw notFound();
  const formats = owner.settings.deliveryFormats.map(outputOfExtension).filter((format) => format !== null);
  return { format: request.negotiate(formats, record.hasAlpha), settingsChangedAtMs: nextSecond(owner.updatedAtMs) };
}

/**
 * The extension decides; it is compared with the original's sniffed format, never with its stored name. A stored name
 * of a kind that is no output (`.gif`, `.heic`, `.svg` …) serves the original, or WebP once there are parameters.
 */
async function chooseFormat(
  deps: Deps,
  request: DeliveryRequest,
  record: ImageRecord,
  params: TransformParams,
  presetFormat: OutputFormat | null,
): Promise<Choice> {
  const extension = requestedExtension(request.path);
  const isUnchanged = isUntouched(params);
  const orOriginal = (format: DerivativeFormat) => isUnchanged && format === record.format ? null : format;
  const named = extension === null ? presetFormat : formatOfExtension(extension);
  if (extension === null && named === null) {
    const { format, settingsChangedAtMs } = await negotiateFormat(deps, request, record);
    return { format: orOriginal(format), settingsChangedAtMs };
  }
  // `.jpe`, `.apng` … reach this point as stored names only: they stand for their format.
  const isMovingGif = named === "gif" && record.frames > 1;
  const output = isMovingGif ? "gif" : named !== null && isOutputFormat(named) ? named : null;
  if (output !== null) return { format: orOriginal(output), settingsChangedAtMs: 0 };
  return { format: isUnchanged ? null : "webp", settingsChangedAtMs: 0 };
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

async function derive(deps: Deps, record: ImageRecord, transform: Transform): Promise<Form> {
  const name = formatTransform(transform);
  const known = derived.get(record) ?? new Map<string, Form>();
  const before = known.get(name);
  if (before !== undefined) return before;
  const key = await derivativeKey(record.hash, transform);
  const plan = planTransform(sourceOf(record), transform, deps.config.MAX_PIXELS);
  const { format } = plan.transform;
  const { mimeType, extensions } = FORMATS[format];
  const made = { format, etag: `"${key}"`, mimeType, extension: extensions[0], derivative: { key, plan } };
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
  const plain = plainPath(request.path, located);
  // A bound link opens the path as it is, and no other.
  const hasExplicit = isFormatOpen(request.path) && !(isPrivate && request.proof?.token.isBound);
  return {
    record,
    explicitPath: hasExplicit ? await explicitPath(deps, located, plain, format) : null,
    modifiedAtMs: Math.max(changedAtMs, settingsChangedAtMs, preset?.changedAtMs ?? 0, deps.releasedAtMs),
    version: versionOf(record),
    tags: isPrivate ? [] : await tagsOf(record, request.path, preset?.id ?? null),
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
    await readTheRest(deps, user, reads);
    throw notFound();
  }
  const { record } = located;
  const choice = await chooseFormat(deps, request, record, params, preset?.format ?? null);
  const form = choice.format === null
    ? originalForm(record)
    : await derive(deps, record, normalizeTransform({ ...params, format: choice.format }, record));
  const { settingsChangedAtMs } = choice;
  const context = await contextOf(deps, request, located, preset, { format: form.format, settingsChangedAtMs });
  return { ...context, ...form, privateUntilMs: untilMs === ALWAYS ? null : untilMs };
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

async function readOriginal(deps: Deps, record: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await deps.originals.get(originalOf(record));
  } catch (error) {
    if (!(error instanceof DamagedBlobError)) throw error;
    deps.log.error("original_damaged", { user: record.user, image: record.id, message: error.message });
    throw new ServiceError("upstream", "Stored bytes of this picture are missing or damaged", { cause: error });
  }
}

async function make(
  deps: Deps,
  record: ImageRecord,
  plan: Plan,
  times: Times,
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const original = await timed(times, "read", readOriginal(deps, record));
  const memoryBytes = estimateMemoryBytes(record.format, record.width * record.height);
  try {
    const job = { kind: "render", plan, sourceFormat: record.format } as const;
    const { bytes, timings, queueMs } = await deps.pool.render(job, original, { signal, memoryBytes });
    const { decodeMs: decode, resizeMs: resize, encodeMs: encode } = timings;
    return { bytes, times: { ...times, queue: queueMs, decode, resize, encode }, from: "made" };
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
  const times: Times = {};
  const metric = await isPreview(record) ? "previews" : "transformations";
  const receipt = await timed(times, "quota", deps.quota.spend(owner, metric));
  try {
    return await make(deps, record, plan, times, signal);
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
  const times: Times = {};
  const found = await timed(times, "read", deps.derivatives.get(original, key)).catch((error) => {
    deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
    return null;
  });
  if (found !== null) return { ...found, times };
  const made = await makePaid(deps, record, plan, request, signal);
  deps.derivatives.remember(original, key, made.bytes);
  deps.background("store_derivative", deps.derivatives.put(original, key, made.bytes));
  return made;
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
  if (derivative === null) {
    const times: Times = {};
    return { bytes: await timed(times, "read", readOriginal(deps, record)), from: "original", times };
  }
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) return { bytes: cached, from: "memory", times: {} };
  const flightKey = `${record.user}/${record.nonce}/${derivative.key}`;
  return await deps.flights.run(flightKey, (signal) => fly(deps, delivery, request, signal), request.signal());
}

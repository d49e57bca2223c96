/**
 * The first half of a delivery: from a path and parameters to what will be served and its etag, by KV reads only. A 304
 * is answered between it and the second half (load_delivery.ts).
 *
 * @module
 */
import { kinshipOf, planCanonical } from "../../codec/canonical.ts";
import { derivativeKey } from "../../codec/derivative_key.ts";
import { FORMATS, type ImageFormat, isOutputFormat, splitExtension } from "../../codec/formats.ts";
import type { Plan } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, formatTransform, type GivenParams } from "../../codec/transform.ts";
import type { Transform, TransformParams } from "../../codec/transform.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import type { LocatedImage } from "../../kv/known_paths.ts";
import type { DerivativeKin, ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import type { Address } from "./addresses.ts";
import { imageTag, pathTag, presetTag, userTag } from "./cache_tags.ts";
import { chooseFormat, type FormatRequest, isFormatOpen } from "./choose_format.ts";
import { type ExpandedPreset, expandPreset } from "./expand_preset.ts";
import { versionOf } from "./handed_out.ts";
import { sourceOf } from "./image_source.ts";
import { type LinkProof, opensPrivate } from "./link_access.ts";
import { onWidthSteps } from "./on_width_steps.ts";
import { explicitPath, locatePath, type PathReads, plainPath, readTheRest } from "./resolve_path.ts";
import { ServiceError } from "./service_error.ts";

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

/** What is said of a picture that is not there, and of one that is not for the caller. */
export function notFound(): ServiceError {
  return new ServiceError("not_found", "There is no such picture");
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

/** The bytes that are meant, and what they are. */
export type Form = Pick<Delivery, "etag" | "mimeType" | "extension" | "derivative"> & { readonly format: ImageFormat };

/** The original's own bytes. */
export function originalForm({ format, hash }: ImageRecord): Form {
  const { mimeType, extensions } = FORMATS[format];
  return { format, etag: `"${hash}"`, mimeType, extension: extensions[0], derivative: null };
}

/** Transforms of a record that are remembered. */
const MAX_DERIVED = 200;
/** What was worked out for a record; it goes with the record, which {@linkcode locatePath} keeps for a second. */
const derived = new WeakMap<ImageRecord, Map<string, Form>>();

/** A derivative, by its canonical transform. Worked out once for a record as it is now. */
export function derive(deps: Deps, record: ImageRecord, asked: Transform): Form {
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

/**
 * From image records to wire shapes.
 *
 * @module
 */
import {
  type DerivativeFormat,
  FORMATS,
  OUTPUT_FORMATS,
  type OutputFormat,
  outputOfExtension,
  splitExtension,
} from "../../../codec/formats.ts";
import type { ImageId } from "../../../kv/ids.ts";
import type { ImageRecord, UserSettings } from "../../../kv/records.ts";
import { type DeliveryOrigin, deliveryUrl, encodePath } from "../../_http/delivery_url.ts";
import type { PathByFormat } from "../../_services/addresses.ts";
import { handedOutQuery, versionOf } from "../../_services/handed_out.ts";
import { sanitizeFilename } from "../../_services/image_names.ts";
import { displayedSize } from "../../_services/image_source.ts";
import type { Ingested } from "../../_services/ingest.ts";
import type { PurgeReceipt } from "../../_services/purge.ts";
import type { SignedLink } from "../../_services/sign_url.ts";
import type { ImageAnswer, ImageListItem, UploadAnswer, VersionedUrls } from "./_schema/images.ts";
import type { Purged } from "./_schema/purged.ts";

/** What the presenters need to know beside the record. */
export interface PresentContext {
  readonly at: DeliveryOrigin;
  readonly userName: string;
  /** They fill the URLs that are handed out. */
  readonly settings: UserSettings;
  /** Paths of pictures whose name another one shares; see {@linkcode certainPaths}. */
  readonly certainPaths: ReadonlyMap<ImageId, PathByFormat>;
}

const iso = (ms: number) => new Date(ms).toISOString();
const apiUrl = (record: ImageRecord) => `/api/v1/images/${record.id}`;
const links = (record: ImageRecord) => ({ self: apiUrl(record), delete: apiUrl(record) });

/** A picture that moves can be asked for as GIF, but by no address that is certain where others share its name. */
function hasGif(context: PresentContext, record: ImageRecord): boolean {
  return record.frames > 1 && (record.format === "gif" || !context.certainPaths.has(record.id));
}

/**
 * The URL of a path in another format, with what the user's settings add: the image extension is replaced, or added
 * where there is none, or where another picture has the same name (`photo.jpg.webp` beside `photo.png`).
 */
export function formatUrl(
  context: PresentContext,
  record: ImageRecord,
  path: string,
  format: DerivativeFormat,
): string {
  const certain = format === "gif" ? undefined : context.certainPaths.get(record.id)?.[format];
  const named = certain ?? `${splitExtension(path).base}.${FORMATS[format].extensions[0]}`;
  const query = handedOutQuery(context.settings, record);
  return `${deliveryUrl(context.at, context.userName, named)}${query === "" ? "" : `?${query}`}`;
}

function formatUrls(context: PresentContext, record: ImageRecord, path: string): Record<OutputFormat, string> {
  return Object.fromEntries(OUTPUT_FORMATS.map((f) => [f, formatUrl(context, record, path, f)])) as Record<
    OutputFormat,
    string
  >;
}

/**
 * The same, and the original's own, with the version of the picture as it is now: a cache may keep what they give for a
 * year.
 */
function versionedUrls(context: PresentContext, record: ImageRecord, path: string): VersionedUrls {
  const urls = { original: deliveryUrl(context.at, context.userName, path), ...formatUrls(context, record, path) };
  const withVersion = (url: string) => `${url}${url.includes("?") ? "&" : "?"}v=${versionOf(record)}`;
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, withVersion(url)])) as VersionedUrls;
}

/** The format of `cdn_url`: the first of the user's delivery formats. */
function preferredFormat(settings: UserSettings): OutputFormat {
  return outputOfExtension(settings.deliveryFormats[0] ?? "") ?? "webp";
}

function signedUrl(context: PresentContext, link: SignedLink | undefined): ImageListItem["active_signed_url"] {
  if (link === undefined) return null;
  const url = `${deliveryUrl(context.at, context.userName, link.path)}?${link.query}`;
  return { signed_url: url, expires_at: link.expiresAt };
}

function look(record: ImageRecord) {
  return {
    dominant_color: record.dominantColor,
    thumbhash: record.thumbhash,
    blurhash: record.blurhash,
    has_alpha: record.hasAlpha,
    is_animated: record.frames > 1,
    taken_at: record.takenAt,
  };
}

/** `path` of an upload is the one it named, which stands last among the image's. */
export function presentUpload(
  context: PresentContext,
  record: ImageRecord,
  path: string,
  { isNew, purged }: Pick<Ingested, "isNew" | "purged">,
): UploadAnswer {
  return {
    id: record.id,
    hash: record.hash,
    url: `/${context.userName}/${encodePath(path)}`,
    cdn_url: deliveryUrl(context.at, context.userName, path),
    paths: [...record.paths],
    is_new: isNew,
    size: record.size,
    format: record.format,
    dimensions: displayedSize(record),
    available_formats: {
      ...formatUrls(context, record, path),
      ...(hasGif(context, record) ? { gif: formatUrl(context, record, path, "gif") } : {}),
    },
    versioned_urls: versionedUrls(context, record, path),
    original_filename: record.originalFilename,
    sanitized_filename: sanitizeFilename(record.originalFilename),
    uploaded_at: iso(record.uploadedAtMs),
    visibility: record.visibility,
    purged: purged === null ? null : presentPurge(purged),
    _links: links(record),
  };
}

/** The receipt of a purge. */
export function presentPurge(receipt: PurgeReceipt): Purged {
  return { ...receipt, tags: [...receipt.tags] };
}

/** An item of the list. @param link its latest signed link, where it is private and has one */
export function presentListItem(context: PresentContext, record: ImageRecord, link?: SignedLink): ImageListItem {
  return {
    id: record.id,
    original_filename: record.originalFilename,
    sanitized_filename: sanitizeFilename(record.originalFilename),
    size: record.size,
    uploaded_at: iso(record.uploadedAtMs),
    url: apiUrl(record),
    cdn_url: formatUrl(context, record, record.paths[0]!, preferredFormat(context.settings)),
    versioned_urls: versionedUrls(context, record, record.paths[0]!),
    paths: [...record.paths],
    visibility: record.visibility,
    ...look(record),
    active_signed_url: signedUrl(context, link),
  };
}

/** The image with its metadata. */
export function presentImage(
  context: PresentContext,
  record: ImageRecord,
  derivatives: ImageAnswer["derivatives"],
): ImageAnswer {
  const path = record.paths[0]!;
  return {
    id: record.id,
    metadata: {
      hash: record.hash,
      original_filename: record.originalFilename,
      sanitized_filename: sanitizeFilename(record.originalFilename),
      size: record.size,
      uploaded_at: iso(record.uploadedAtMs),
      mime_type: FORMATS[record.format].mimeType,
      ...displayedSize(record),
      ...look(record),
    },
    paths: [...record.paths],
    urls: { original: deliveryUrl(context.at, context.userName, path), ...formatUrls(context, record, path) },
    versioned_urls: versionedUrls(context, record, path),
    visibility: record.visibility,
    derivatives,
    _links: links(record),
  };
}

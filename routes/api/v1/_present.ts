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
import type { ImageRecord, UserSettings } from "../../../kv/records.ts";
import { type DeliveryOrigin, deliveryUrl, encodePath } from "../../_http/delivery_url.ts";
import { handedOutQuery } from "../../_services/handed_out.ts";
import { sanitizeFilename } from "../../_services/image_names.ts";
import { displayedSize } from "../../_services/image_source.ts";
import type { SignedLink } from "../../_services/sign_url.ts";
import type { ImageAnswer, ImageListItem, UploadAnswer } from "./_schema/images.ts";

/** What the presenters need to know beside the record. */
export interface PresentContext {
  readonly at: DeliveryOrigin;
  readonly userName: string;
  /** They fill the URLs that are handed out. */
  readonly settings: UserSettings;
}

const iso = (ms: number) => new Date(ms).toISOString();
const apiUrl = (record: ImageRecord) => `/api/v1/images/${record.id}`;
const links = (record: ImageRecord) => ({ self: apiUrl(record), delete: apiUrl(record) });

/**
 * The URL of a path in another format, with what the user's settings add: the image extension is replaced, or added
 * where there is none.
 */
export function formatUrl(
  context: PresentContext,
  record: ImageRecord,
  path: string,
  format: DerivativeFormat,
): string {
  const named = `${splitExtension(path).base}.${FORMATS[format].extensions[0]}`;
  const query = handedOutQuery(context.settings, record);
  return `${deliveryUrl(context.at, context.userName, named)}${query === "" ? "" : `?${query}`}`;
}

function formatUrls(context: PresentContext, record: ImageRecord, path: string): Record<OutputFormat, string> {
  return Object.fromEntries(OUTPUT_FORMATS.map((f) => [f, formatUrl(context, record, path, f)])) as Record<
    OutputFormat,
    string
  >;
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
  isNew: boolean,
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
      ...(record.frames > 1 ? { gif: formatUrl(context, record, path, "gif") } : {}),
    },
    original_filename: record.originalFilename,
    sanitized_filename: sanitizeFilename(record.originalFilename),
    uploaded_at: iso(record.uploadedAtMs),
    visibility: record.visibility,
    _links: links(record),
  };
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
    paths: [...record.paths],
    visibility: record.visibility,
    ...look(record),
    active_signed_url: signedUrl(context, link),
  };
}

/** The image with its metadata. */
export function presentImage(context: PresentContext, record: ImageRecord): ImageAnswer {
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
    visibility: record.visibility,
    _links: links(record),
  };
}

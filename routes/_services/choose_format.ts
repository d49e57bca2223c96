/**
 * The format of a picture: by the URL's extension, else by a preset, else by the caller's `Accept`.
 *
 * @module
 */
import { formatOfExtension, isOutputFormat, outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { DerivativeFormat, OutputFormat } from "../../codec/formats.ts";
import { isUntouched, type TransformParams } from "../../codec/transform.ts";
import { nextSecond } from "../../kv/change_time.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import { withoutAuto } from "./cache_tags.ts";
import { ServiceError } from "./service_error.ts";

/** The image extension that decides the format, or null where none does. */
function requestedExtension(path: string): string | null {
  return withoutAuto(path) === null ? splitExtension(path).extension : null;
}

/** Whether the caller's `Accept` may have a say in a path's format: it has no image extension, or `.auto`. */
export function isFormatOpen(path: string): boolean {
  return requestedExtension(path) === null;
}

/** What asks for a format. */
export interface FormatRequest {
  readonly path: string;
  /**
   * Chooses the format of a URL without an image extension, by the caller's `Accept`.
   *
   * @param formats the account's, best first
   */
  readonly negotiate: (formats: readonly OutputFormat[], hasAlpha: boolean) => OutputFormat;
}

/** What was chosen. */
export interface FormatChoice {
  /** null = the original as it is. */
  readonly format: DerivativeFormat | null;
  /** When the account last changed, where its settings had a say; else 0. */
  readonly settingsChangedAtMs: number;
}

/** By the caller's `Accept` and the account's formats. */
function negotiateFormat(request: FormatRequest, record: ImageRecord, owner: UserRecord | null) {
  if (owner === null) throw new ServiceError("not_found", "There is no such picture");
  const formats = owner.settings.deliveryFormats.map(outputOfExtension).filter((format) => format !== null);
  return {
    format: request.negotiate(formats, record.hasAlpha),
    settingsChangedAtMs: nextSecond(owner.updatedAtMs),
  };
}

/**
 * The extension decides; it is compared with the original's sniffed format, never with its stored name. A stored name
 * of a kind that is no output (`.gif`, `.heic`, `.svg` …) serves the original, or WebP once there are parameters.
 *
 * @param params all of them, those of a preset too
 * @param owner of the picture; read only where the format is open
 * @throws {ServiceError} `not_found` where it is open and the owner is gone
 */
export function chooseFormat(
  request: FormatRequest,
  record: ImageRecord,
  params: TransformParams,
  presetFormat: OutputFormat | null,
  owner: UserRecord | null,
): FormatChoice {
  const extension = requestedExtension(request.path);
  const isUnchanged = isUntouched(params);
  const orOriginal = (format: DerivativeFormat) => isUnchanged && format === record.format ? null : format;
  const named = extension === null ? presetFormat : formatOfExtension(extension);
  if (extension === null && named === null) {
    const { format, settingsChangedAtMs } = negotiateFormat(request, record, owner);
    return { format: orOriginal(format), settingsChangedAtMs };
  }
  // `.jpe`, `.apng` … reach this point as stored names only: they stand for their format.
  const isMovingGif = named === "gif" && record.frames > 1;
  const output = isMovingGif ? "gif" : named !== null && isOutputFormat(named) ? named : null;
  if (output !== null) return { format: orOriginal(output), settingsChangedAtMs: 0 };
  return { format: isUnchanged ? null : "webp", settingsChangedAtMs: 0 };
}

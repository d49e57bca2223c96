/**
 * Where an upload goes and what its file is called.
 *
 * @module
 */
import { splitExtension } from "../../codec/formats.ts";
import { type ImagePath, NameError, parseImagePath, parsePathSegments } from "../../kv/ids.ts";
import { ServiceError } from "./service_error.ts";

const FALLBACK_NAME = "image";

/** The last part of a client's file name (either slash), NFC; `image` where nothing usable is left. */
export function baseFilename(filename: string): string {
  const last = filename.split(/[/\\]/).at(-1)!.normalize("NFC").trim();
  return last === "" || last === "." || last === ".." ? FALLBACK_NAME : last;
}

/**
 * The path of an upload.
 *
 * - no path: the file's name at the root;
 * - a path whose last segment ends in an image extension: the full path;
 * - any other path: a folder, the file's name is appended.
 *
 * Form fields are literal: `%20` is four characters, `+` is a plus.
 *
 * @throws {ServiceError} `validation`
 */
export function uploadPath(field: string | null, filename: string): ImagePath {
  try {
    const segments = parsePathSegments(field ?? "");
    const last = segments.at(-1);
    const isFullPath = last !== undefined && splitExtension(last).extension !== null;
    return parseImagePath((isFullPath ? segments : [...segments, baseFilename(filename)]).join("/"));
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ServiceError("validation", `Field "path": ${error.message}`);
  }
}

const MAX_SANITIZED_CHARS = 100;

/**
 * A file name for downloads: ASCII letters, digits, `.`, `-`, `_`; accents are dropped, anything else becomes `-`.
 * Never empty, never with a leading dot.
 */
export function sanitizeFilename(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/-+/g, "-");
  const { base, extension } = splitExtension(plain);
  const stem = base.replace(/^[.-]+/, "").slice(0, MAX_SANITIZED_CHARS).replace(/[.-]+$/, "") || FALLBACK_NAME;
  return extension === null ? stem : `${stem}.${extension}`;
}

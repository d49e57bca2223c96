/**
 * THE table of picture formats: what is taken, what is served, and under which names.
 * Upload rules, URL parsing, documentation and tests all read it.
 *
 * @module
 */

/** One row: everything the product knows about a format without decoding. */
export interface FormatRow {
  /** IANA media type, sent as `Content-Type`. */
  readonly mimeType: string;
  /** File name endings, lower case, without the dot; the first is the one handed out in URLs. */
  readonly extensions: readonly [string, ...string[]];
  /** Can be asked for by extension as a derivative. GIF is one for animated originals alone. */
  readonly isOutput: boolean;
  /** Can hold transparency as an output. */
  readonly hasAlpha: boolean;
  /** Largest side an encoder of the format can write, in px. 0 where it is no output. */
  readonly maxSidePx: number;
}

const row = (mimeType: string, extensions: readonly [string, ...string[]]): FormatRow => ({
  mimeType,
  extensions,
  isOutput: false,
  hasAlpha: true,
  maxSidePx: 0,
});

/**
 * Sides: WebP RFC 9649 section 2.7 (14 bits), JPEG ITU-T T.81 B.2.2 (16 bits), the rest by the product's own cap
 * of 16,383 px (reliability: one figure for every output).
 */
export const FORMATS = {
  webp: { ...row("image/webp", ["webp"]), isOutput: true, maxSidePx: 16_383 },
  avif: { ...row("image/avif", ["avif", "avifs"]), isOutput: true, maxSidePx: 4_000 },
  jpeg: { ...row("image/jpeg", ["jpg", "jpeg", "jpe", "jfif"]), isOutput: true, hasAlpha: false, maxSidePx: 16_383 },
  png: { ...row("image/png", ["png", "apng"]), isOutput: true, maxSidePx: 16_383 },
  jxl: { ...row("image/jxl", ["jxl"]), isOutput: true, maxSidePx: 16_383 },
  gif: { ...row("image/gif", ["gif"]), maxSidePx: 16_383 },
  bmp: row("image/bmp", ["bmp", "dib"]),
  tiff: row("image/tiff", ["tif", "tiff"]),
  ico: row("image/x-icon", ["ico", "cur"]),
  svg: row("image/svg+xml", ["svg", "svgz"]),
  heic: row("image/heic", ["heic", "heif", "hif"]),
  tga: row("image/x-tga", ["tga"]),
  pnm: row("image/x-portable-anymap", ["pnm", "pbm", "pgm", "ppm", "pam", "pfm"]),
  qoi: row("image/qoi", ["qoi"]),
  hdr: row("image/vnd.radiance", ["hdr"]),
  exr: row("image/x-exr", ["exr"]),
} as const satisfies Record<string, FormatRow>;

/** A format that an upload may have, as told by its bytes. */
export type ImageFormat = keyof typeof FORMATS;

/** A format that a URL may ask for. */
export type OutputFormat = "webp" | "avif" | "jpeg" | "png" | "jxl";

/** What a derivative can be: an output, or GIF for an original that moves. */
export type DerivativeFormat = OutputFormat | "gif";

/** Every output, in the order in which documentation lists them. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = ["webp", "avif", "jpeg", "png", "jxl"];

/** AVIF outputs past this many pixels are served as WebP (contract section 3). */
export const MAX_AVIF_PIXELS = 8_000_000;

const FORMAT_BY_EXTENSION: ReadonlyMap<string, ImageFormat> = new Map(
  (Object.keys(FORMATS) as ImageFormat[]).flatMap((f) => FORMATS[f].extensions.map((e) => [e, f] as const)),
);

/** Whether `value` names a format of the table. */
export function isImageFormat(value: string): value is ImageFormat {
  return Object.hasOwn(FORMATS, value);
}

/** The format that an extension stands for (any case, no dot), or null when it is none of ours. */
export function formatOfExtension(extension: string): ImageFormat | null {
  return FORMAT_BY_EXTENSION.get(extension.toLowerCase()) ?? null;
}

/** Whether a format can be served as a derivative. */
export function isOutputFormat(format: ImageFormat): format is OutputFormat {
  return FORMATS[format].isOutput;
}

/**
 * The output an extension asks for, or null. Only the spellings of the contract count: `.webp .avif .jpg .jpeg .png
 * .jxl`; `.jpe`, `.jfif`, `.apng` and `.avifs` are names of originals, not requests.
 */
export function outputOfExtension(extension: string): OutputFormat | null {
  const lower = extension.toLowerCase();
  if (lower === "jpg") return "jpeg";
  return (OUTPUT_FORMATS as readonly string[]).includes(lower) ? (lower as OutputFormat) : null;
}

/**
 * Splits a name at its image extension: `a/b.JPG` → `{base: "a/b", extension: "jpg"}`. A dot in a folder, a leading
 * dot and endings that are no image's stay part of the base (`extension: null`).
 */
export function splitExtension(path: string): { base: string; extension: string | null } {
  const dot = path.lastIndexOf(".");
  if (dot <= path.lastIndexOf("/") + 1) return { base: path, extension: null };
  const extension = path.slice(dot + 1).toLowerCase();
  return FORMAT_BY_EXTENSION.has(extension) ? { base: path.slice(0, dot), extension } : { base: path, extension: null };
}

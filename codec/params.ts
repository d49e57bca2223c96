/**
 * THE table of URL parameters. Parsing, formatting, OpenAPI, documentation, dashboard controls and tests read it.
 *
 * To add one: a row here, a field in {@linkcode TransformParams} (transform.ts), a use in plan.ts; the tests of the
 * table then cover its range, default, round trip and documentation.
 *
 * @module
 */

/** A whole number within a range. */
export interface IntegerParam {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly default: number | null;
}

/** One of a few words. */
export interface EnumParam {
  readonly kind: "enum";
  readonly values: readonly string[];
  readonly default: string | null;
}

/** `true` or `false` (`1` and `0` too). */
export interface BooleanParam {
  readonly kind: "boolean";
  readonly default: false;
}

/** `rgb`, `rrggbb` or `rrggbbaa` in hex, without `#`; canonical with 6 or 8 lower-case digits. */
export interface ColorParam {
  readonly kind: "color";
  readonly default: null;
}

/** `x,y` as shares of width and height, 0–1 with up to four decimals. */
export interface PointParam {
  readonly kind: "point";
  readonly default: null;
}

/**
 * Which state of the picture a URL was made for: no part of the transform, so it never makes a second derivative. Any
 * text is taken; one that is not the picture's is out of date.
 */
export interface VersionParam {
  readonly kind: "version";
  readonly default: null;
}

/** What every parameter says of itself. */
export interface ParamDoc {
  /** The name in the URL. */
  readonly key: string;
  /** One sentence for people. */
  readonly doc: string;
  /** A value that the documentation shows. */
  readonly example: string;
}

/** A row of the table. */
export type ParamRow =
  & (IntegerParam | EnumParam | BooleanParam | ColorParam | PointParam | VersionParam)
  & ParamDoc;

/** A value of any row, canonical; null = not given, where there is no default. */
export type ParamValue = number | string | boolean | null;

/** Ways in which a picture meets the box of `w` × `h`. CSS words; meanings of the contract. */
export const FITS = ["cover", "contain", "fill", "scale-down"] as const;
/** A value of `fit`. */
export type Fit = (typeof FITS)[number];

/** What survives a crop: a side, a corner, or what the picture itself says. */
export const GRAVITIES = [
  "center",
  "top",
  "bottom",
  "left",
  "right",
  "top-left",
  "top-right",
  "bottom-left",
  "bottom-right",
  "attention",
  "entropy",
] as const;
/** A value of `crop`. */
export type Gravity = (typeof GRAVITIES)[number];

/** Ratios of `aspect`. */
export const ASPECTS = ["original", "1:1", "4:3", "16:9", "3:2", "21:9"] as const;
/** A value of `aspect`. */
export type Aspect = (typeof ASPECTS)[number];

const side = { kind: "integer", min: 1, max: 10_000, default: null } as const;
const strength = { kind: "integer", min: 0, max: 100, default: 0 } as const;
const balance = { kind: "integer", min: -100, max: 100, default: 0 } as const;

/** Every parameter of the transform path, in canonical order. */
export const PARAMS = {
  width: { key: "w", ...side, doc: "Width in pixels; alone it keeps the aspect ratio", example: "800" },
  height: { key: "h", ...side, doc: "Height in pixels; alone it keeps the aspect ratio", example: "600" },
  fit: {
    key: "fit",
    kind: "enum",
    values: FITS,
    default: "contain",
    doc: "How the picture meets the box: `cover` crops to fill it, `contain` stays inside it, `fill` stretches, " +
      "`scale-down` is contain that never enlarges",
    example: "cover",
  },
  aspect: {
    key: "aspect",
    kind: "enum",
    values: ASPECTS,
    default: "original",
    doc: "Crops the picture to this ratio before it meets the box",
    example: "16:9",
  },
  dpr: {
    key: "dpr",
    kind: "enum",
    values: ["1", "1.5", "2", "3"],
    default: "1",
    doc: "Pixel density: `w`, `h` and `pad` are multiplied by it",
    example: "2",
  },
  gravity: {
    key: "crop",
    kind: "enum",
    values: GRAVITIES,
    default: "center",
    doc: "What survives a crop: a side, a corner, `attention` (skin, colour, edges) or `entropy` (detail)",
    example: "attention",
  },
  focus: {
    key: "fp",
    kind: "point",
    default: null,
    doc: "Focal point that a crop keeps in its middle, as shares of width and height; wins over `crop`",
    example: "0.5,0.25",
  },
  rotate: {
    key: "rotate",
    kind: "enum",
    values: ["0", "90", "180", "270", "auto"],
    default: "0",
    doc: "Turns clockwise, after the turn that EXIF asks for; `auto` is that turn alone, as `0`",
    example: "90",
  },
  flip: {
    key: "flip",
    kind: "enum",
    values: ["h", "v", "both"],
    default: null,
    doc: "Mirrors left to right, top to bottom, or both; after `rotate`",
    example: "h",
  },
  trim: {
    key: "trim",
    kind: "integer",
    min: 1,
    max: 100,
    default: null,
    doc: "Cuts off the even border first: how much a pixel may differ from the corner, in percent",
    example: "10",
  },
  pad: {
    key: "pad",
    kind: "integer",
    min: 0,
    max: 1_000,
    default: 0,
    doc: "Border around the result in pixels, of the colour `bg`; added to its size",
    example: "20",
  },
  background: {
    key: "bg",
    kind: "color",
    default: null,
    doc: "Colour behind transparent parts and of the border, as hex; without it transparent, white for JPEG",
    example: "ffcc00",
  },
  grayscale: { key: "grayscale", kind: "boolean", default: false, doc: "Takes the colour away", example: "true" },
  brightness: { key: "brightness", ...balance, doc: "Darker or brighter, in percent", example: "20" },
  contrast: { key: "contrast", ...balance, doc: "Flatter or harder, in percent", example: "20" },
  saturation: { key: "saturation", ...balance, doc: "Paler or more colourful, in percent", example: "-50" },
  blur: { key: "blur", ...strength, doc: "Gaussian blur, sigma in pixels of the result", example: "10" },
  sharpen: { key: "sharpen", ...strength, doc: "Sharpens edges by an unsharp mask", example: "30" },
  quality: {
    key: "q",
    kind: "integer",
    min: 1,
    max: 100,
    default: 80,
    doc: "Quality of lossy formats in percent",
    example: "85",
  },
  lossless: {
    key: "lossless",
    kind: "boolean",
    default: false,
    doc: "Loses nothing, for WebP, AVIF and JXL",
    example: "true",
  },
  progressive: {
    key: "progressive",
    kind: "boolean",
    default: false,
    doc: "JPEG that sharpens while it loads",
    example: "true",
  },
  icc: {
    key: "icc",
    kind: "enum",
    values: ["srgb", "keep"],
    default: "srgb",
    doc: "Colours as sRGB, or a wide-gamut original (Display P3) kept with a small profile (not in JXL and GIF)",
    example: "keep",
  },
  meta: {
    key: "meta",
    kind: "enum",
    values: ["none", "rights", "all"],
    default: "rights",
    doc: "What stays of EXIF, XMP and IPTC: nothing, copyright with creator and AI label, or all but GPS positions, " +
      "serial numbers, thumbnails and maker notes",
    example: "none",
  },
  frame: {
    key: "frame",
    kind: "integer",
    min: 0,
    max: 9_999,
    default: null,
    doc: "One frame of an animation as a still, counted from 0; the last one when there are fewer",
    example: "0",
  },
  version: {
    key: "v",
    kind: "version",
    default: null,
    doc: "The first 8 hex digits of the original's hash: lets caches keep the answer for a year; with another value " +
      "the answer is a redirect to the current one",
    example: "9f86d081",
  },
} as const satisfies Record<string, ParamRow>;

/** Name of a parameter inside the program. */
export type ParamName = keyof typeof PARAMS;
/** One that changes the picture. */
export type TransformParamName = Exclude<ParamName, "version">;
/** A row of one that changes the picture. */
export type TransformParamRow = Exclude<ParamRow, VersionParam>;

/** The rows with their names, in canonical order. */
export const PARAM_ENTRIES = Object.entries(PARAMS) as readonly (readonly [ParamName, ParamRow])[];

/** Those rows that change the picture, and so are part of a derivative's key. */
export const TRANSFORM_ENTRIES = PARAM_ENTRIES.filter(([, row]) =>
  row.kind !== "version"
) as readonly (readonly [TransformParamName, TransformParamRow])[];

/** A parameter whose value is not allowed. */
export class ParamError extends Error {
  override readonly name = "ParamError";
  /** @param param the key as in the URL @param message what was given and what is allowed */
  constructor(readonly param: string, message: string) {
    super(message);
  }
}

/** What a row allows, in words: `a whole number from 1 to 100`, `one of cover, contain`. */
export function describeAllowed(row: ParamRow): string {
  switch (row.kind) {
    case "integer":
      return `a whole number from ${row.min} to ${row.max.toLocaleString("en-US")}`;
    case "enum":
      return `one of ${row.values.join(", ")}`;
    case "boolean":
      return "true or false";
    case "color":
      return "hex digits rgb, rrggbb or rrggbbaa without #";
    case "point":
      return "x,y with each from 0 to 1";
    case "version":
      return "8 hex digits";
  }
}

const SHOWN_VALUE_CHARS = 40;

function fail(row: ParamRow, value: string): never {
  const shown = value.length > SHOWN_VALUE_CHARS ? `${value.slice(0, SHOWN_VALUE_CHARS)}…` : value;
  throw new ParamError(row.key, `Parameter "${row.key}" must be ${describeAllowed(row)}, got "${shown}"`);
}

function parseInteger(row: IntegerParam & ParamDoc, value: string): number {
  const isPlain = row.min < 0 ? /^-?\d{1,9}$/.test(value) : /^\d{1,9}$/.test(value);
  // `-0` is 0.
  const number = isPlain ? Number(value) + 0 : NaN;
  return number >= row.min && number <= row.max ? number : fail(row, value);
}

function parseColor(row: ColorParam & ParamDoc, value: string): string {
  if (!/^([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value)) fail(row, value);
  const lower = value.toLowerCase();
  return lower.length === 3 ? lower.replace(/./g, "$&$&") : lower.replace(/^(.{6})ff$/, "$1");
}

/** A share without needless zeros: `0.50` and `.5` are `0.5`. */
function parseShare(text: string): string | null {
  if (!/^(0|1|0?\.\d{1,4}|0\.\d{1,4}|1\.0{1,4})$/.test(text)) return null;
  return String(Number(text));
}

function parsePoint(row: PointParam & ParamDoc, value: string): string {
  const shares = value.split(",").map(parseShare);
  return shares.length === 2 && !shares.includes(null) ? shares.join(",") : fail(row, value);
}

/**
 * Parses one value by its row.
 *
 * @returns the canonical value: two spellings of the same are the same
 * @throws {ParamError} when the value is outside what the row allows; decimals, exponents and blanks in whole numbers
 * are
 */
export function parseParamValue(row: ParamRow, value: string): number | string | boolean {
  switch (row.kind) {
    case "integer":
      return parseInteger(row, value);
    case "enum":
      return row.values.includes(value) ? value : fail(row, value);
    case "boolean":
      return value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : fail(row, value);
    case "color":
      return parseColor(row, value);
    case "point":
      return parsePoint(row, value);
    case "version":
      return value;
  }
}

/** The table as Markdown, for the README. */
export function paramsMarkdown(): string {
  const rows = PARAM_ENTRIES.map(([, row]) =>
    `| \`${row.key}\` | ${row.doc} | ${describeAllowed(row)} | ${row.default ?? "–"} | \`?${row.key}=${row.example}\` |`
  );
  return ["| key | meaning | allowed | default | example |", "|---|---|---|---|---|", ...rows].join("\n");
}

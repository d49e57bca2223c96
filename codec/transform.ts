/**
 * The canonical request: what a delivery URL asks for, free of spelling.
 *
 * @module
 */
import type { DerivativeFormat } from "./formats.ts";
import {
  type Aspect,
  type Fit,
  type Gravity,
  ParamError,
  PARAMS,
  type ParamValue,
  parseParamValue,
  TRANSFORM_ENTRIES,
  type TransformParamName,
} from "./params.ts";

/** Values of the parameter table; null or the default where the URL says nothing. */
export interface TransformParams {
  /** Box width in px, 1–10,000; null = by aspect ratio, or the original's. */
  readonly width: number | null;
  /** Box height in px, 1–10,000; null = by aspect ratio, or the original's. */
  readonly height: number | null;
  /** Default `contain`. */
  readonly fit: Fit;
  /** Ratio to crop to before the box; default `original`. */
  readonly aspect: Aspect;
  /** Multiplies `width`, `height` and `pad`; default `1`. */
  readonly dpr: "1" | "1.5" | "2" | "3";
  /** Default `center`. */
  readonly gravity: Gravity;
  /** `x,y` as shares; null = by gravity. */
  readonly focus: string | null;
  /** Degrees clockwise after EXIF; `auto` is `0`. */
  readonly rotate: "0" | "90" | "180" | "270" | "auto";
  /** After `rotate`. */
  readonly flip: "h" | "v" | "both" | null;
  /** Tolerance in percent, 1–100; null = no trim. */
  readonly trim: number | null;
  /** Border in px, 0–1,000. */
  readonly pad: number;
  /** `rrggbb` or `rrggbbaa`; null = transparent, white for JPEG. */
  readonly background: string | null;
  readonly grayscale: boolean;
  /** −100–100. */
  readonly brightness: number;
  /** −100–100. */
  readonly contrast: number;
  /** −100–100. */
  readonly saturation: number;
  /** Sigma in px of the output, 0–100. */
  readonly blur: number;
  /** 0–100. */
  readonly sharpen: number;
  /** 1–100, default 80. */
  readonly quality: number;
  readonly lossless: boolean;
  readonly progressive: boolean;
  readonly icc: "srgb" | "keep";
  readonly meta: "none" | "rights" | "all";
  /** From 0; null = all of an animation where the format can, else the first. */
  readonly frame: number | null;
}

/** Parameters plus the output format that the extension (or negotiation) chose. */
export interface Transform extends TransformParams {
  readonly format: DerivativeFormat;
}

/** The parameters of a bare URL. */
export const DEFAULT_PARAMS: TransformParams = Object.freeze(
  Object.fromEntries(TRANSFORM_ENTRIES.map(([name, row]) => [name, row.default])),
) as unknown as TransformParams;

/** Those parameters that somebody named, and no others. */
export type GivenParams = Partial<TransformParams>;

/**
 * Reads the known parameters of a query; unknown keys are ignored. A known key with an empty value is an error, a key
 * given twice with different values as well (which one was meant?).
 *
 * @throws {ParamError} naming the key, the range and the value given
 */
export function parseGivenParams(query: URLSearchParams): GivenParams {
  const out: Partial<Record<TransformParamName, ParamValue>> = {};
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const values = query.getAll(row.key);
    if (values.length === 0) continue;
    if (values.some((v) => v !== values[0])) {
      throw new ParamError(row.key, `Parameter "${row.key}" is given ${values.length} times with different values`);
    }
    out[name] = parseParamValue(row, values[0]!);
  }
  return out as GivenParams;
}

/** As {@linkcode parseGivenParams}, with the default of what is not named. @throws {ParamError} */
export function parseParams(query: URLSearchParams): TransformParams {
  return { ...DEFAULT_PARAMS, ...parseGivenParams(query) };
}

/** Writes parameters in canonical order, defaults left out: the inverse of {@linkcode parseParams}. */
export function formatParams(params: TransformParams): string {
  return TRANSFORM_ENTRIES
    .filter(([name, row]) => params[name] !== null && params[name] !== row.default)
    .map(([name, row]) => `${row.key}=${params[name]}`)
    .join("&");
}

/** Whether a bare URL would ask for the same. */
export function isUntouched(params: TransformParams): boolean {
  return TRANSFORM_ENTRIES.every(([name, row]) => params[name] === row.default);
}

/** What a transform's meaning depends on beside itself. */
export interface TransformSubject {
  /** 1 for stills. */
  readonly frames: number;
  readonly hasAlpha: boolean;
}

const LOSSLESS_FORMATS: ReadonlySet<DerivativeFormat> = new Set(["webp", "avif", "jxl"]);
/** Formats that can't carry a profile here: libjxl's encoder takes sRGB numbers only, GIF has no place for one. */
const PROFILELESS_FORMATS: ReadonlySet<DerivativeFormat> = new Set(["jxl", "gif"]);
/** Never an animation, whatever the size: AVIF is not among them, since a large one is served as WebP. */
const STILL_FORMATS: ReadonlySet<DerivativeFormat> = new Set(["jpeg", "png", "jxl"]);

/** A frame that is there; null where it is the one that would be taken anyway. */
function normalizeFrame({ frame, format }: Transform, frames: number): number | null {
  if (frames === 1 || frame === null) return null;
  return frame === 0 && STILL_FORMATS.has(format) ? null : Math.min(frame, frames - 1);
}

function normalizeBox(t: Transform): Partial<Transform> {
  const hasBox = t.width !== null && t.height !== null;
  const hasSide = t.width !== null || t.height !== null;
  const fit = hasBox || (t.fit === "scale-down" && hasSide) ? t.fit : PARAMS.fit.default;
  const isCropped = (hasBox && fit === "cover") || t.aspect !== "original";
  const focus = isCropped ? t.focus : null;
  return {
    fit,
    focus,
    gravity: isCropped && focus === null ? t.gravity : PARAMS.gravity.default,
    dpr: hasSide || t.pad > 0 ? t.dpr : PARAMS.dpr.default,
  };
}

/**
 * Drops what makes no difference, so that two URLs that mean the same are one derivative: fit without a box, gravity
 * without a crop, quality of a lossless output, a background that nothing shows, frames of a still …
 */
export function normalizeTransform(t: Transform, subject: TransformSubject): Transform {
  const lossless = t.lossless && LOSSLESS_FORMATS.has(t.format);
  const showsBackground = t.pad > 0 || subject.hasAlpha;
  return {
    ...t,
    ...normalizeBox(t),
    rotate: t.rotate === "auto" ? "0" : t.rotate,
    background: showsBackground ? t.background : null,
    saturation: t.grayscale ? 0 : t.saturation,
    quality: lossless || t.format === "png" || t.format === "gif" ? PARAMS.quality.default : t.quality,
    lossless,
    progressive: t.progressive && t.format === "jpeg",
    icc: PROFILELESS_FORMATS.has(t.format) ? PARAMS.icc.default : t.icc,
    frame: normalizeFrame(t, subject.frames),
  };
}

/** Reads what {@linkcode formatTransform} wrote. */
export function parseTransform(text: string): Transform {
  const [format, query] = text.split("?");
  return { ...parseParams(new URLSearchParams(query)), format: format as DerivativeFormat };
}

/** The canonical text of a transform, e.g. `webp?w=800&q=85`: part of every derivative key and etag. */
export function formatTransform(transform: Transform): string {
  const params = formatParams(transform);
  return params === "" ? transform.format : `${transform.format}?${params}`;
}

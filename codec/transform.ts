/**
 * The canonical request: what a delivery URL asks for, free of spelling.
 *
 * @module
 */
import type { OutputFormat } from "./formats.ts";
import { type Fit, PARAM_ENTRIES, ParamError, type ParamName, PARAMS, parseParamValue } from "./params.ts";

/** Values of the parameter table; null or the default where the URL says nothing. */
export interface TransformParams {
  /** Box width in px, 1–10,000; null = by aspect ratio, or the original's. */
  readonly width: number | null;
  /** Box height in px, 1–10,000; null = by aspect ratio, or the original's. */
  readonly height: number | null;
  /** Default `contain`. */
  readonly fit: Fit;
  /** 1–100, default 80. */
  readonly quality: number;
}

/** Parameters plus the output format that the extension (or negotiation) chose. */
export interface Transform extends TransformParams {
  readonly format: OutputFormat;
}

/** The parameters of a bare URL. */
export const DEFAULT_PARAMS: TransformParams = Object.freeze(
  Object.fromEntries(PARAM_ENTRIES.map(([name, row]) => [name, row.default])),
) as unknown as TransformParams;

/**
 * Reads the known parameters of a query; unknown keys are ignored. A known key with an empty value is an error, a key
 * given twice with different values as well (which one was meant?).
 *
 * @throws {ParamError} naming the key, the range and the value given
 */
export function parseParams(query: URLSearchParams): TransformParams {
  const out: Partial<Record<ParamName, number | string>> = {};
  for (const [name, row] of PARAM_ENTRIES) {
    const values = query.getAll(row.key);
    if (values.length === 0) continue;
    if (values.some((v) => v !== values[0])) {
      throw new ParamError(row.key, `Parameter "${row.key}" is given ${values.length} times with different values`);
    }
    out[name] = parseParamValue(row, values[0]!);
  }
  return { ...DEFAULT_PARAMS, ...out } as TransformParams;
}

/** Writes parameters in canonical order, defaults left out: the inverse of {@linkcode parseParams}. */
export function formatParams(params: TransformParams): string {
  return PARAM_ENTRIES
    .filter(([name, row]) => params[name] !== null && params[name] !== row.default)
    .map(([name, row]) => `${row.key}=${params[name]}`)
    .join("&");
}

/** Whether a bare URL would ask for the same. */
export function isUntouched(params: TransformParams): boolean {
  return PARAM_ENTRIES.every(([name, row]) => params[name] === row.default);
}

/** Quality is no part of a lossless output; fit is none where one side follows from the other. */
export function normalizeTransform(transform: Transform): Transform {
  const hasBox = transform.width !== null && transform.height !== null;
  const hasSide = transform.width !== null || transform.height !== null;
  const mayShrinkOnly = transform.fit === "scale-down" && hasSide;
  return {
    ...transform,
    fit: hasBox || mayShrinkOnly ? transform.fit : PARAMS.fit.default,
    quality: transform.format === "png" ? PARAMS.quality.default : transform.quality,
  };
}

/** The canonical text of a transform, e.g. `webp?w=800&q=85`: part of every derivative key and etag. */
export function formatTransform(transform: Transform): string {
  const params = formatParams(transform);
  return params === "" ? transform.format : `${transform.format}?${params}`;
}

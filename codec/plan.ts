/**
 * Plan, then execute: everything a codec process must do, worked out as numbers before any pixel is touched.
 *
 * @module
 */
import { FORMATS, MAX_AVIF_PIXELS, type OutputFormat } from "./formats.ts";
import { capSize, orientedSize, type Rect, resolveFit, type Size } from "./geometry.ts";
import { MAX_ENLARGED_PIXELS, MAX_OUTPUT_SIDE_PX } from "./limits.ts";
import type { Transform } from "./transform.ts";

/** What is known of an original before it is decoded. */
export interface Source extends Size {
  /** As stored; the sides above are as stored too. 1–8. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
}

/** The work of one derivative. Sent to a codec process as JSON. */
export interface Plan {
  /** Most pixels the original may have, checked on its header. */
  readonly maxPixels: number;
  /** EXIF orientation to undo, 1–8. */
  readonly orientation: number;
  /** Part of the upright original to keep, in its px; null = all of it. */
  readonly crop: Rect | null;
  /** Size of the output in px. */
  readonly output: Size;
  /** The format that is really written: not always the one asked for (AVIF that is too large). */
  readonly format: OutputFormat;
  /** 1–100. */
  readonly quality: number;
}

const isWhole = (crop: Rect, source: Size) =>
  crop.left === 0 && crop.top === 0 && crop.width === source.width && crop.height === source.height;

/** The format that can hold an output of this size: AVIF past 8 MP or 4,000 px a side becomes WebP. */
export function writableFormat(format: OutputFormat, output: Size): OutputFormat {
  if (format !== "avif") return format;
  const isTooLarge = output.width * output.height > MAX_AVIF_PIXELS ||
    Math.max(output.width, output.height) > FORMATS.avif.maxSidePx;
  return isTooLarge ? "webp" : format;
}

/**
 * Works out a derivative.
 *
 * @param source the original as its record describes it
 * @param transform the canonical request
 * @param maxPixels the cap on decoded and written pixels (MAX_PIXELS); enlargements are held to 16 MP as well
 */
export function planTransform(source: Source, transform: Transform, maxPixels: number): Plan {
  const upright = orientedSize(source, source.orientation);
  const fitted = resolveFit(upright, transform.width, transform.height, transform.fit);
  const isEnlarged = fitted.output.width * fitted.output.height > upright.width * upright.height;
  const output = capSize(fitted.output, {
    maxPixels: isEnlarged
      ? Math.min(maxPixels, Math.max(MAX_ENLARGED_PIXELS, upright.width * upright.height))
      : maxPixels,
    maxSidePx: MAX_OUTPUT_SIDE_PX,
  });
  return {
    maxPixels,
    orientation: source.orientation,
    crop: isWhole(fitted.crop, upright) ? null : fitted.crop,
    output,
    format: writableFormat(transform.format, output),
    quality: transform.quality,
  };
}

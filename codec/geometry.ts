/**
 * Sizes and boxes: numbers in, numbers out.
 *
 * @module
 */
import type { Fit } from "./params.ts";

/** A size in whole px, each side at least 1. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in px, in floats: a crop may begin between two pixels. */
export interface Rect extends Size {
  readonly left: number;
  readonly top: number;
}

/** The size of the output, and the part of the source that fills it. */
export interface FitResult {
  readonly output: Size;
  /** In source px, oriented. The whole picture except for `cover`. */
  readonly crop: Rect;
}

/** Rounds half up, to at least 1 px. */
export function roundSide(value: number): number {
  return Math.max(1, Math.floor(value + 0.5));
}

/** Swaps the sides for the EXIF orientations that lie on their side (5–8). */
export function orientedSize(size: Size, orientation: number): Size {
  return orientation >= 5 ? { width: size.height, height: size.width } : { width: size.width, height: size.height };
}

/** Scales a size by one factor, each side rounded half up. */
export function scaleSize(size: Size, factor: number): Size {
  return { width: roundSide(size.width * factor), height: roundSide(size.height * factor) };
}

/** Bounds of an output. */
export interface OutputCaps {
  readonly maxPixels: number;
  readonly maxSidePx: number;
}

/**
 * Shrinks a size into the caps with its ratio kept; a size inside them comes back as it is. The sides are rounded
 * down after rounding would overshoot, so the result never passes a cap (unless a side is 1 px already).
 */
export function capSize(size: Size, caps: OutputCaps): Size {
  const bySide = caps.maxSidePx / Math.max(size.width, size.height);
  const byPixels = Math.sqrt(caps.maxPixels / (size.width * size.height));
  const factor = Math.min(1, bySide, byPixels);
  if (factor === 1) return { width: size.width, height: size.height };
  const rounded = scaleSize(size, factor);
  if (Math.max(rounded.width, rounded.height) <= caps.maxSidePx && rounded.width * rounded.height <= caps.maxPixels) {
    return rounded;
  }
  return { width: Math.max(1, Math.floor(size.width * factor)), height: Math.max(1, Math.floor(size.height * factor)) };
}

function wholeOf(source: Size): Rect {
  return { left: 0, top: 0, width: source.width, height: source.height };
}

function insideBox(source: Size, width: number | null, height: number | null): number {
  return Math.min(
    width === null ? Infinity : width / source.width,
    height === null ? Infinity : height / source.height,
  );
}

/** The centred part of `source` with the ratio of `box`. */
export function coverRect(source: Size, box: Size): Rect {
  const scale = Math.max(box.width / source.width, box.height / source.height);
  const width = Math.min(source.width, box.width / scale);
  const height = Math.min(source.height, box.height / scale);
  return { left: (source.width - width) / 2, top: (source.height - height) / 2, width, height };
}

/**
 * Resolves `w`, `h` and `fit` against an upright source.
 *
 * - neither side: the source's size;
 * - one side: the other by aspect ratio (with `scale-down` never larger than the source);
 * - both: `cover` and `fill` give exactly the box, `contain` and `scale-down` stay inside it.
 */
export function resolveFit(source: Size, width: number | null, height: number | null, fit: Fit): FitResult {
  if (width === null && height === null) return { output: source, crop: wholeOf(source) };
  const box = width !== null && height !== null ? { width, height } : null;
  if (box !== null && fit === "fill") return { output: box, crop: wholeOf(source) };
  if (box !== null && fit === "cover") return { output: box, crop: coverRect(source, box) };
  const inside = insideBox(source, width, height);
  const factor = fit === "scale-down" ? Math.min(1, inside) : inside;
  const scaled = scaleSize(source, factor);
  // The side that decided is taken as asked: 1000 × 0.333… must not round to 332.
  const output = factor === inside
    ? {
      width: width !== null && factor === width / source.width ? width : scaled.width,
      height: height !== null && factor === height / source.height ? height : scaled.height,
    }
    : scaled;
  return { output, crop: wholeOf(source) };
}

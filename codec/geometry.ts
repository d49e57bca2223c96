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

/**
 * A side times a ratio of whole numbers, rounded half up, to at least 1 px. Multiplied before it is divided: 9 × (1 / 6)
 * in floats is 1.4999…, which would round to 1 instead of 2.
 */
export function scaleSide(side: number, numerator: number, denominator: number): number {
  return Math.max(1, Math.floor((2 * side * numerator + denominator) / (2 * denominator)));
}

/** Bounds of an output. */
export interface OutputCaps {
  readonly maxPixels: number;
  readonly maxSidePx: number;
}

/**
 * Shrinks a size into the caps with its ratio kept; a size inside them comes back as it is. The sides are rounded
 * down where rounding half up would overshoot, so the result never passes a cap.
 */
export function capSize(size: Size, caps: OutputCaps): Size {
  const { width, height } = size;
  const { maxPixels, maxSidePx } = caps;
  const isInside = (s: Size) => Math.max(s.width, s.height) <= maxSidePx && s.width * s.height <= maxPixels;
  if (isInside(size)) return { width, height };
  const longest = Math.max(width, height);
  const byPixels = Math.sqrt(maxPixels / (width * height));
  const rounded = maxSidePx / longest < byPixels
    ? { width: scaleSide(width, maxSidePx, longest), height: scaleSide(height, maxSidePx, longest) }
    : { width: roundSide(width * byPixels), height: roundSide(height * byPixels) };
  return isInside(rounded) ? rounded : floorSize(size, Math.min(byPixels, maxSidePx / longest), caps);
}

/** A side that would be less than 1 px becomes 1; the other one is then held to the caps by itself. */
function floorSize(size: Size, factor: number, { maxPixels, maxSidePx }: OutputCaps): Size {
  const floored = (side: number) => Math.min(maxSidePx, Math.max(1, Math.floor(side * factor)));
  const [width, height] = [floored(size.width), floored(size.height)];
  return width <= height
    ? { width, height: Math.max(1, Math.min(height, Math.floor(maxPixels / width))) }
    : { width: Math.max(1, Math.min(width, Math.floor(maxPixels / height))), height };
}

function wholeOf(source: Size): Rect {
  return { left: 0, top: 0, width: source.width, height: source.height };
}

/** The largest size of the source's ratio inside a box, null = no bound; the side that decides is taken as asked. */
function insideBox(source: Size, width: number | null, height: number | null): Size {
  const isByWidth = height === null || (width !== null && width * source.height <= height * source.width);
  return isByWidth
    ? { width: width!, height: scaleSide(source.height, width!, source.width) }
    : { width: scaleSide(source.width, height, source.height), height };
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
  const isLarger = inside.width > source.width || inside.height > source.height;
  const output = fit === "scale-down" && isLarger ? { width: source.width, height: source.height } : inside;
  return { output, crop: wholeOf(source) };
}

/**
 * Sizes and boxes: numbers in, numbers out.
 *
 * @module
 */
import type { Fit, Gravity } from "./params.ts";

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

/** A position as shares of the free space: 0 = left or top, 1 = right or bottom. */
export interface Share {
  readonly x: number;
  readonly y: number;
}

/** Where each fixed gravity puts a window. */
export const GRAVITY_SHARES: Readonly<Record<Exclude<Gravity, "attention" | "entropy">, Share>> = {
  "center": { x: 0.5, y: 0.5 },
  "top": { x: 0.5, y: 0 },
  "bottom": { x: 0.5, y: 1 },
  "left": { x: 0, y: 0.5 },
  "right": { x: 1, y: 0.5 },
  "top-left": { x: 0, y: 0 },
  "top-right": { x: 1, y: 0 },
  "bottom-left": { x: 0, y: 1 },
  "bottom-right": { x: 1, y: 1 },
};

/** The largest size of a ratio inside `source`; the side that follows is a float. */
export function largestOfRatio(source: Size, ratio: Size): Size {
  const isByWidth = source.width * ratio.height <= source.height * ratio.width;
  return isByWidth
    ? { width: source.width, height: (source.width * ratio.height) / ratio.width }
    : { width: (source.height * ratio.width) / ratio.height, height: source.height };
}

/** A window of a size, its free space shared out. */
export function placeByShare(source: Size, window: Size, share: Share): Rect {
  return {
    left: (source.width - window.width) * share.x,
    top: (source.height - window.height) * share.y,
    ...window,
  };
}

/** A window of a size with `focus` (shares of the source) in its middle, or as near as the edges allow. */
export function placeByFocus(source: Size, window: Size, focus: Share): Rect {
  const clamp = (value: number, max: number) => Math.min(Math.max(0, value), Math.max(0, max));
  return {
    left: clamp(focus.x * source.width - window.width / 2, source.width - window.width),
    top: clamp(focus.y * source.height - window.height / 2, source.height - window.height),
    ...window,
  };
}

/** Box of a request; a null side follows from the other. */
export interface Box {
  readonly width: number | null;
  readonly height: number | null;
}

/** What {@linkcode resolveFit} works out: the size of the output and of the part of the source that fills it. */
export interface FitResult {
  readonly output: Size;
  /** In floats, in px of the source. Where it lies is another question. */
  readonly window: Size;
}

/** The largest size of a ratio inside a box, null = no bound; the side that decides is taken as asked. */
function insideBox(ratio: Size, { width, height }: Box): Size {
  const isByWidth = height === null || (width !== null && width * ratio.height <= height * ratio.width);
  return isByWidth
    ? { width: width!, height: scaleSide(ratio.height, width!, ratio.width) }
    : { width: scaleSide(ratio.width, height, ratio.height), height };
}

/**
 * Resolves ratio, box and fit against an upright source.
 *
 * - `aspect` crops first: what follows sees the largest part of that ratio;
 * - no side: the source's size;
 * - one side: the other by ratio (with `scale-down` never larger than the source);
 * - both: `cover` and `fill` give exactly the box, `contain` and `scale-down` stay inside it.
 *
 * @param aspect a ratio in small whole numbers, or null for the source's own
 */
export function resolveFit(source: Size, aspect: Size | null, box: Box, fit: Fit): FitResult {
  const ratio = aspect ?? source;
  const part = aspect === null ? { width: source.width, height: source.height } : largestOfRatio(source, aspect);
  const own = { width: roundSide(part.width), height: roundSide(part.height) };
  if (box.width === null && box.height === null) return { output: own, window: part };
  if (box.width !== null && box.height !== null && (fit === "fill" || fit === "cover")) {
    const output = { width: box.width, height: box.height };
    return { output, window: fit === "fill" ? part : largestOfRatio(part, output) };
  }
  const inside = insideBox(ratio, box);
  const isLarger = inside.width > own.width || inside.height > own.height;
  return { output: fit === "scale-down" && isLarger ? own : inside, window: part };
}

/** The eight ways to lay a picture, as EXIF numbers them, as matrices on (x right, y down): stored → upright. */
const ORIENTATIONS: readonly (readonly [number, number, number, number])[] = [
  [1, 0, 0, 1],
  [-1, 0, 0, 1],
  [-1, 0, 0, -1],
  [1, 0, 0, -1],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, -1, -1, 0],
  [0, 1, -1, 0],
];
const TURNS: Readonly<Record<string, number>> = { "0": 1, "90": 6, "180": 3, "270": 8 };
const FLIPS: Readonly<Record<string, number>> = { none: 1, h: 2, v: 4, both: 3 };

/** The orientation of doing `first`, then `second`. Both and the result are 1–8. */
export function composeOrientations(first: number, second: number): number {
  const [a, b, c, d] = ORIENTATIONS[first - 1]!;
  const [e, f, g, h] = ORIENTATIONS[second - 1]!;
  const product = [e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d];
  return ORIENTATIONS.findIndex((m) => m.every((value, at) => value === product[at])) + 1;
}

/** The turn and mirror of a request as one orientation: first `rotate`, then `flip`. */
export function requestedOrientation(rotate: string, flip: string | null): number {
  return composeOrientations(TURNS[rotate] ?? 1, FLIPS[flip ?? "none"]!);
}

/** Where a rectangle of `size` lies once the picture is laid by `orientation`. */
export function orientRect(rect: Rect, size: Size, orientation: number): Rect {
  const [a, b, c, d] = ORIENTATIONS[orientation - 1]!;
  const laid = orientedSize(size, orientation);
  const [cx, cy] = [rect.left + rect.width / 2 - size.width / 2, rect.top + rect.height / 2 - size.height / 2];
  const turned = orientedSize(rect, orientation);
  return {
    left: a * cx + b * cy + laid.width / 2 - turned.width / 2,
    top: c * cx + d * cy + laid.height / 2 - turned.height / 2,
    ...turned,
  };
}

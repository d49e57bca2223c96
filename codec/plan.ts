/**
 * Plan, then execute: everything a codec process must do, worked out as numbers before any pixel is touched.
 *
 * What only the pixels can tell (the border that `trim` cuts off, the place that `attention` finds) is left open and
 * closed by {@linkcode planGeometry} in the process, with the same rules.
 *
 * @module
 */
import { type DerivativeFormat, FORMATS, MAX_AVIF_PIXELS } from "./formats.ts";
import {
  capSize,
  composeOrientations,
  GRAVITY_SHARES,
  orientedSize,
  type OutputCaps,
  placeByFocus,
  placeByShare,
  type Rect,
  requestedOrientation,
  resolveFit,
  roundSide,
  type Size,
} from "./geometry.ts";
import {
  MAX_CLEAR_WEBP_PIXELS,
  MAX_ENLARGED_PIXELS,
  MAX_JPEG_OUTPUT_PIXELS,
  MAX_JXL_OUTPUT_PIXELS,
  MAX_LOSSLESS_AVIF_PIXELS,
  MAX_LOSSLESS_WEBP_PIXELS,
  MAX_OUTPUT_SIDE_PX,
  MAX_PNG_OUTPUT_PIXELS,
} from "./limits.ts";
import type { Transform } from "./transform.ts";

/** What is known of an original before it is decoded. */
export interface Source extends Size {
  /** As stored; the sides above are as stored too. 1–8. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** 1 for stills. */
  readonly frames: number;
}

/** The work of one derivative. Sent to a codec process as JSON. */
export interface Plan {
  /** Most pixels the original may have, checked on its header. */
  readonly maxPixels: number;
  readonly source: Source;
  /** As asked for, but with the format that is really written (an AVIF that is too large is WebP). */
  readonly transform: Transform;
  /** As far as it is known before the pixels are. */
  readonly geometry: Geometry;
}

/** Sizes and places of a derivative. */
export interface Geometry {
  /** EXIF's turn and the request's as one, 1–8: stored → laid as it is wanted. */
  readonly orientation: number;
  /** Part of the laid picture to keep, in its px; null = all of it. */
  readonly crop: Rect | null;
  /** Size after the resize, without the border. */
  readonly resize: Size;
  /** Border on each side in px. */
  readonly pad: number;
  /** Size of the result, border included. */
  readonly output: Size;
}

/** Where the picture wants its crop: only the pixels know. */
export type FindFocus = (kind: "attention" | "entropy", laid: Size, window: Size) => { left: number; top: number };

const byCenter: FindFocus = (_kind, laid, window) => placeByShare(laid, window, GRAVITY_SHARES.center);

function ratioOf(aspect: string): Size | null {
  if (aspect === "original") return null;
  const [width, height] = aspect.split(":").map(Number);
  return { width: width!, height: height! };
}

function placeWindow(transform: Transform, part: Rect, window: Size, find: FindFocus): Rect {
  if (transform.focus !== null) {
    const [x, y] = transform.focus.split(",").map(Number);
    return placeByFocus(part, window, { x: x!, y: y! });
  }
  const { gravity } = transform;
  if (gravity === "attention" || gravity === "entropy") return { ...window, ...find(gravity, part, window) };
  return placeByShare(part, window, GRAVITY_SHARES[gravity]);
}

/** A crop of less than this many px is rounding. */
const CROP_EPSILON_PX = 1e-6;

function orWhole(crop: Rect, laid: Size): Rect | null {
  const isWhole = Math.abs(crop.width - laid.width) < CROP_EPSILON_PX &&
    Math.abs(crop.height - laid.height) < CROP_EPSILON_PX;
  return isWhole ? null : crop;
}

/** The format that can hold an output of this size: AVIF past 8 MP or 4,000 px a side becomes WebP. */
export function writableFormat(format: DerivativeFormat, output: Size): DerivativeFormat {
  if (format !== "avif") return format;
  const isTooLarge = output.width * output.height > MAX_AVIF_PIXELS ||
    Math.max(output.width, output.height) > FORMATS.avif.maxSidePx;
  return isTooLarge ? "webp" : format;
}

/** A border may take half of each side of the largest output, not more. */
function padOf(transform: Transform, maxPixels: number): number {
  const most = Math.floor((Math.sqrt(maxPixels) - 2) / 4);
  return Math.max(0, Math.min(Math.round(transform.pad * Number(transform.dpr)), most));
}

/** Shrinks a size so that it fits the caps with its border; the border itself is not scaled. */
function capWithPad(size: Size, caps: OutputCaps, pad: number): Size {
  const inner = { maxPixels: caps.maxPixels, maxSidePx: caps.maxSidePx - 2 * pad };
  for (let maxPixels = caps.maxPixels;; maxPixels = Math.floor(maxPixels * 0.95)) {
    const capped = capSize(size, { ...inner, maxPixels });
    const withPad = (capped.width + 2 * pad) * (capped.height + 2 * pad);
    if (withPad <= caps.maxPixels || maxPixels <= 1) return capped;
  }
}

/** Caps of formats below that of every output. */
const MAX_OUTPUT_PIXELS: Readonly<Partial<Record<DerivativeFormat, number>>> = {
  avif: MAX_AVIF_PIXELS,
  jpeg: MAX_JPEG_OUTPUT_PIXELS,
  jxl: MAX_JXL_OUTPUT_PIXELS,
  png: MAX_PNG_OUTPUT_PIXELS,
};

const RRGGBB_CHARS = 6;

/** WebP's lossless coder, which also packs alpha and all of quality 100, needs more than that of photos. */
function maxOutputPixels({ hasAlpha }: Source, transform: Transform): number {
  const { format, lossless, quality, pad, background } = transform;
  if (format === "avif" && lossless) return MAX_LOSSLESS_AVIF_PIXELS;
  if (format !== "webp") return MAX_OUTPUT_PIXELS[format] ?? Infinity;
  if (lossless || quality === 100) return MAX_LOSSLESS_WEBP_PIXELS;
  const isFilled = background?.length === RRGGBB_CHARS;
  return !isFilled && (hasAlpha || pad > 0) ? MAX_CLEAR_WEBP_PIXELS : Infinity;
}

/** The picture itself is held to the cap of enlargements, picture and border together to the cap of outputs. */
function capOutput(wanted: Size, part: Size, transform: Transform, maxPixels: number, pad: number): Size {
  const partPixels = part.width * part.height;
  const isEnlarged = wanted.width * wanted.height > partPixels;
  const caps = {
    maxPixels,
    maxSidePx: Math.min(MAX_OUTPUT_SIDE_PX, FORMATS[transform.format].maxSidePx),
  };
  const enlarged = { ...caps, maxPixels: Math.max(MAX_ENLARGED_PIXELS, partPixels) };
  return capWithPad(isEnlarged ? capSize(wanted, enlarged) : wanted, caps, pad);
}

/**
 * Works out sizes and places.
 *
 * @param part what is left of the laid original once the even border is cut off, in its px; the whole without trim
 * @param find finds the place of a content-aware crop inside `part`
 */
export function planGeometry(
  source: Source,
  transform: Transform,
  maxPixels: number,
  part: Rect | null = null,
  find: FindFocus = byCenter,
): Geometry {
  const orientation = composeOrientations(source.orientation, requestedOrientation(transform.rotate, transform.flip));
  const laid = orientedSize(source, orientation);
  const whole: Rect = part ?? { left: 0, top: 0, ...laid };
  const dpr = Number(transform.dpr);
  const scaled = (side: number | null) => side === null ? null : roundSide(side * dpr);
  const box = { width: scaled(transform.width), height: scaled(transform.height) };
  const { output: wanted, window } = resolveFit(whole, ratioOf(transform.aspect), box, transform.fit);
  const inPart = placeWindow(transform, whole, window, find);
  const mostPixels = Math.min(maxPixels, maxOutputPixels(source, transform));
  const pad = padOf(transform, mostPixels);
  const resize = capOutput(wanted, whole, transform, mostPixels, pad);
  return {
    orientation,
    crop: orWhole({ ...inPart, left: whole.left + inPart.left, top: whole.top + inPart.top }, laid),
    resize,
    pad,
    output: { width: resize.width + 2 * pad, height: resize.height + 2 * pad },
  };
}

const PLAIN_WEBP = { format: "webp", lossless: false, quality: 80 } as const;

/**
 * Plans a derivative.
 *
 * @param source the original as its record describes it
 * @param transform the canonical request
 * @param maxPixels the cap on decoded and written pixels (MAX_PIXELS); enlargements are held to 16 MP as well
 */
export function planTransform(source: Source, transform: Transform, maxPixels: number): Plan {
  // Judged by the size that was asked for, before caps of lossless outputs.
  const asked = transform.format === "avif" ? { ...transform, ...PLAIN_WEBP } : transform;
  const { output } = planGeometry(source, asked, maxPixels);
  const format = writableFormat(transform.format, output);
  const written = { ...transform, format };
  return { maxPixels, source, transform: written, geometry: planGeometry(source, written, maxPixels) };
}

/**
 * What the documentation says of sizes and places, worked out the slow and obvious way: exact fractions, and pictures
 * as grids of letters. Shares no code with codec/geometry.ts.
 *
 * @module
 */

/** A size in whole px. */
export interface GridSize {
  readonly width: number;
  readonly height: number;
}

/** A fraction: numerator and denominator. */
type Fraction = readonly [bigint, bigint];

const whole = (n: number): Fraction => [BigInt(n), 1n];
const times = (a: Fraction, b: Fraction): Fraction => [a[0] * b[0], a[1] * b[1]];
const over = (a: Fraction, b: Fraction): Fraction => [a[0] * b[1], a[1] * b[0]];
const isLess = (a: Fraction, b: Fraction) => a[0] * b[1] < b[0] * a[1];
const toNumber = ([n, d]: Fraction) => Number(n) / Number(d);
/** Half up, at least 1. */
const rounded = ([n, d]: Fraction) => Math.max(1, Number((2n * n + d) / (2n * d)));

interface FractionSize {
  readonly width: Fraction;
  readonly height: Fraction;
}

/** The largest size of a ratio in a space. */
function largest(space: FractionSize, ratio: Fraction): FractionSize {
  const widthWanted = times(space.height, ratio);
  return isLess(space.width, widthWanted)
    ? { width: space.width, height: over(space.width, ratio) }
    : { width: widthWanted, height: space.height };
}

/** A request for a box. */
export interface BoxRequest {
  readonly width: number | null;
  readonly height: number | null;
  readonly fit: string;
  /** `original` or `a:b`. */
  readonly aspect: string;
}

/** Size of the output and, in floats, of the part of the source that fills it. */
export interface FitReference {
  readonly output: GridSize;
  readonly window: { readonly width: number; readonly height: number };
}

function ratioOf(source: GridSize, aspect: string): Fraction {
  if (aspect === "original") return [BigInt(source.width), BigInt(source.height)];
  const [a, b] = aspect.split(":").map(Number);
  return [BigInt(a!), BigInt(b!)];
}

/** What the contract says of box, fit and ratio. */
export function referenceFit(source: GridSize, { width, height, fit, aspect }: BoxRequest): FitReference {
  const ratio = ratioOf(source, aspect);
  const part = largest({ width: whole(source.width), height: whole(source.height) }, ratio);
  const own = { width: rounded(part.width), height: rounded(part.height) };
  const shown = (size: FractionSize) => ({ width: toNumber(size.width), height: toNumber(size.height) });
  if (width === null && height === null) return { output: own, window: shown(part) };
  if (width !== null && height !== null && fit === "cover") {
    return { output: { width, height }, window: shown(largest(part, [BigInt(width), BigInt(height)])) };
  }
  if (width !== null && height !== null && fit === "fill") return { output: { width, height }, window: shown(part) };
  const byWidth = width === null ? null : { width, height: rounded(over(whole(width), ratio)) };
  const byHeight = height === null ? null : { width: rounded(times(whole(height), ratio)), height };
  const widthDecides = byHeight === null ||
    (byWidth !== null && !isLess(times(whole(height!), ratio), whole(width!)));
  const enlarges = widthDecides ? isLess(part.width, whole(width!)) : isLess(part.height, whole(height!));
  const output = fit === "scale-down" && enlarges ? own : widthDecides ? byWidth! : byHeight;
  return { output, window: shown(part) };
}

/** Where a window begins along one side, by the word of a gravity. */
function begin(free: number, word: string, atStart: string, atEnd: string): number {
  if (word.split("-").includes(atStart)) return 0;
  return word.split("-").includes(atEnd) ? free : free / 2;
}

/** Left and top of a window in a space: by gravity, or with the focal point as near its middle as the edges allow. */
export function referencePlace(
  space: GridSize,
  window: GridSize,
  gravity: string,
  focus: string | null,
): { left: number; top: number } {
  const free = { x: space.width - window.width, y: space.height - window.height };
  if (focus === null) {
    return { left: begin(free.x, gravity, "left", "right"), top: begin(free.y, gravity, "top", "bottom") };
  }
  const [x, y] = focus.split(",").map(Number);
  const nearest = (middle: number, side: number, most: number) => {
    const ideal = middle - side / 2;
    return ideal < 0 ? 0 : ideal > most ? most : ideal;
  };
  return {
    left: nearest(x! * space.width, window.width, free.x),
    top: nearest(y! * space.height, window.height, free.y),
  };
}

/** A picture: rows of cells, each a name. */
export type Grid<T = string> = readonly (readonly T[])[];

/** A grid of cells that all differ. */
export function numberedGrid({ width, height }: GridSize): Grid {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => `${x},${y}`));
}

/** Mirrored left to right. */
export function mirrored<T>(grid: Grid<T>): Grid<T> {
  return grid.map((row) => row.toReversed());
}

/** Turned by 90° clockwise: the left column, read upwards, is the top row. */
export function turned<T>(grid: Grid<T>): Grid<T> {
  return grid[0]!.map((_, x) => grid.map((row) => row[x]!).toReversed());
}

const turnedBy = <T>(grid: Grid<T>, quarters: number): Grid<T> =>
  quarters === 0 ? grid : turnedBy(turned(grid), quarters - 1);

/** What EXIF 2.32 says must be done to a stored picture to show it: quarters of a turn, then perhaps a mirror. */
const EXIF: Readonly<Record<number, readonly [quarters: number, isMirrored: boolean]>> = {
  1: [0, false],
  2: [0, true],
  3: [2, false],
  4: [2, true],
  5: [1, true],
  6: [1, false],
  7: [3, true],
  8: [3, false],
};

/** A stored grid as an EXIF orientation shows it. */
export function shownBy<T>(grid: Grid<T>, orientation: number): Grid<T> {
  const [quarters, isMirrored] = EXIF[orientation]!;
  const laid = turnedBy(grid, quarters);
  return isMirrored ? mirrored(laid) : laid;
}

/** A shown grid after a request's `rotate` and `flip`. */
export function requested<T>(grid: Grid<T>, rotate: string, flip: string | null): Grid<T> {
  const laid = turnedBy(grid, rotate === "auto" ? 0 : Number(rotate) / 90);
  const sideways = flip === "h" || flip === "both" ? mirrored(laid) : laid;
  return flip === "v" || flip === "both" ? sideways.toReversed() : sideways;
}

/** Whether two grids are the same. */
export function isSameGrid<T>(a: Grid<T>, b: Grid<T>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

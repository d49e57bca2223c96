/**
 * The canonical transform of one original: requests that provably give the same pixels of it become one derivative.
 *
 * {@linkcode normalizeTransform} drops what makes no difference to any original of a kind. Here the original's size is
 * known as well: what is planned for it (format, turn, crop, size, border) is compared, and the shortest way to say the
 * same is taken. `flip=both` is `rotate=180`, `w=400&dpr=2` is `w=800`, a box around a picture of its ratio is a width,
 * any width past the caps is the capped one, an AVIF that is too large is the WebP that it becomes.
 *
 * @module
 */
import { requestedOrientation, roundSide } from "./geometry.ts";
import { GRAVITIES, PARAMS } from "./params.ts";
import { type Geometry, type Plan, planGeometry, planTransform, type Source } from "./plan.ts";
import { formatTransform, normalizeTransform, type Transform } from "./transform.ts";

type Turn = Pick<Transform, "rotate" | "flip">;

/** The eight ways to lay a picture, each in its shortest words, by {@linkcode requestedOrientation}. */
const TURNS: ReadonlyMap<number, Turn> = new Map(
  ([
    ["0", null],
    ["90", null],
    ["180", null],
    ["270", null],
    ["0", "h"],
    ["0", "v"],
    ["90", "h"],
    ["90", "v"],
  ] as const).map(([rotate, flip]) => [requestedOrientation(rotate, flip), { rotate, flip }]),
);

/** Whether only the pixels can tell where the crop lies. */
function isPlacedByPixels({ gravity, focus }: Transform, { crop }: Geometry): boolean {
  return crop !== null && focus === null && (gravity === "attention" || gravity === "entropy");
}

function isSameGeometry(a: Geometry, b: Geometry): boolean {
  const isSameCrop = a.crop === null || b.crop === null
    ? a.crop === b.crop
    : (["left", "top", "width", "height"] as const).every((side) => a.crop![side] === b.crop![side]);
  return isSameCrop && a.orientation === b.orientation && a.pad === b.pad &&
    a.resize.width === b.resize.width && a.resize.height === b.resize.height;
}

/** `dpr` multiplied into sides and border, unless a product is more than the parameter takes. */
function withoutDpr(t: Transform): Transform {
  const dpr = Number(t.dpr);
  const scaled = (side: number | null) => side === null ? null : roundSide(side * dpr);
  const [width, height, pad] = [scaled(t.width), scaled(t.height), Math.round(t.pad * dpr)];
  const isTooLarge = Math.max(width ?? 0, height ?? 0) > PARAMS.width.max || pad > PARAMS.pad.max;
  return isTooLarge ? t : { ...t, width, height, pad, dpr: PARAMS.dpr.default };
}

/** Shorter words for a box, the shortest first; which of them mean the same is for the geometry to say. */
function* boxes(t: Transform, { resize, pad }: Geometry): Generator<Transform> {
  const { width, height } = resize;
  if (Math.max(width, height) > PARAMS.width.max || pad > PARAMS.pad.max) return;
  const base = { ...t, dpr: PARAMS.dpr.default, pad, fit: PARAMS.fit.default };
  for (const aspect of new Set([PARAMS.aspect.default, t.aspect])) {
    yield { ...base, aspect, width: null, height: null };
    yield { ...base, aspect, width, height: null };
    yield { ...base, aspect, width: null, height };
    yield { ...base, aspect, width, height, fit: "fill" };
    yield { ...base, aspect, width, height, fit: "cover" };
  }
}

/** Other words for the place of a crop. */
function* places(t: Transform): Generator<Transform> {
  for (const gravity of GRAVITIES) {
    if (gravity !== "attention" && gravity !== "entropy") yield { ...t, gravity, focus: null };
  }
}

/**
 * Plans a request in its canonical words; `plan.transform` is the canonical transform, and its text
 * ({@linkcode formatTransform}) gives the same when it is asked for.
 *
 * @param maxPixels as for {@linkcode planTransform}
 */
export function planCanonical(source: Source, asked: Transform, maxPixels: number): Plan {
  const first = planTransform(source, normalizeTransform(asked, source), maxPixels);
  const turn = TURNS.get(requestedOrientation(first.transform.rotate, first.transform.flip))!;
  const normal = normalizeTransform(withoutDpr({ ...first.transform, ...turn }), source);
  const { geometry } = first;
  const isOpen = normal.trim !== null || isPlacedByPixels(normal, geometry);
  const transform = isOpen ? normal : simplest(source, normal, geometry, maxPixels);
  return { ...first, transform };
}

function simplest(source: Source, t: Transform, geometry: Geometry, maxPixels: number): Transform {
  const means = (other: Transform) => isSameGeometry(planGeometry(source, other, maxPixels), geometry);
  const firstOf = (candidates: Iterable<Transform>, otherwise: Transform) => {
    for (const candidate of candidates) {
      const normal = normalizeTransform(candidate, source);
      if (means(normal)) return normal;
    }
    return otherwise;
  };
  const boxed = firstOf(boxes(t, geometry), t);
  return geometry.crop === null
    ? normalizeTransform({ ...boxed, gravity: "center", focus: null }, source)
    : firstOf(places(boxed), boxed);
}

/** Where a derivative stands among those of its original. */
export interface Kinship {
  /** Text of everything but the size, or but the width where both sides were asked for. */
  readonly family: string;
  /** Width of the picture in px, border included; as far as it is known before `trim` has seen the pixels. */
  readonly width: number;
}

/** Derivatives of one original and one family differ in their width alone. @param plan a canonical one */
export function kinshipOf({ transform, geometry }: Plan): Kinship {
  const hasBox = transform.width !== null && transform.height !== null;
  const rest = { ...transform, width: null, height: hasBox ? transform.height : null };
  return { family: formatTransform(rest), width: geometry.output.width };
}

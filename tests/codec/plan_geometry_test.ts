/** Every fit × gravity × aspect × dpr × rotate × flip, against the slow reference. */
import { assert, assertEquals } from "@std/assert";
import { ASPECTS, FITS, GRAVITIES, PARAMS } from "../../codec/params.ts";
import { planTransform, type Source } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, type Transform } from "../../codec/transform.ts";
import {
  type GridSize,
  isSameGrid,
  numberedGrid,
  referenceFit,
  referencePlace,
  requested,
  shownBy,
} from "../doubles/geometry_reference.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

const MAX_PIXELS = 64_000_000;
const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const FLIPS = [null, ...PARAMS.flip.values] as const;

const SAMPLE = numberedGrid({ width: 3, height: 2 });
/** The one orientation that shows a picture as EXIF and then the request lay it; looked up in a table. */
const LAID: ReadonlyMap<string, { orientation: number; isSwapped: boolean }> = new Map(
  ORIENTATIONS.flatMap((stored) =>
    PARAMS.rotate.values.flatMap((rotate) =>
      FLIPS.map((flip) => {
        const shown = requested(shownBy(SAMPLE, stored), rotate, flip);
        const orientation = ORIENTATIONS.find((o) => isSameGrid(shownBy(SAMPLE, o), shown))!;
        return [`${stored} ${rotate} ${flip}`, { orientation, isSwapped: shown.length === 3 }] as const;
      })
    )
  ),
);

interface Expected {
  readonly orientation: number;
  readonly crop: { left: number; top: number; width: number; height: number } | null;
  readonly resize: GridSize;
  readonly pad: number;
}

/** Without caps: the cases below stay inside them. */
function reference(source: Source, t: Transform): Expected {
  const { orientation, isSwapped } = LAID.get(`${source.orientation} ${t.rotate} ${t.flip}`)!;
  const { width, height } = source;
  const laid = isSwapped ? { width: height, height: width } : { width, height };
  const dpr = Number(t.dpr);
  // Twice a side times dpr is whole: half up without floats.
  const scaled = (side: number | null) => side === null ? null : Math.max(1, Math.floor((side * dpr * 2 + 1) / 2));
  const box = { width: scaled(t.width), height: scaled(t.height), fit: t.fit, aspect: t.aspect };
  const { output, window } = referenceFit(laid, box);
  const isWhole = Math.abs(window.width - laid.width) < 1e-6 && Math.abs(window.height - laid.height) < 1e-6;
  const gravity = t.gravity === "attention" || t.gravity === "entropy" ? "center" : t.gravity;
  return {
    orientation,
    crop: isWhole ? null : { ...window, ...referencePlace(laid, window, gravity, t.focus) },
    resize: output,
    pad: Math.floor((t.pad * dpr * 2 + 1) / 2),
  };
}

function assertPlan(source: Source, transform: Transform): void {
  const { geometry } = planTransform(source, transform, MAX_PIXELS);
  const expected = reference(source, transform);
  const label = JSON.stringify({ source, transform, geometry, expected });
  const { crop, orientation, resize, pad, output } = geometry;
  assertEquals([orientation, resize, pad], [expected.orientation, expected.resize, expected.pad], label);
  assertEquals(output, { width: resize.width + 2 * pad, height: resize.height + 2 * pad }, label);
  assertEquals(crop === null, expected.crop === null, label);
  for (const side of ["left", "top", "width", "height"] as const) {
    if (crop === null) break;
    assert(Math.abs(crop[side] - expected.crop![side]) < 1e-6, `${side} ${label}`);
  }
}

const randomSource = (random: SeededRandom): Source => ({
  width: random.pick([random.integer(1, 40), random.integer(1, 2_500)]),
  height: random.pick([random.integer(1, 40), random.integer(1, 2_500)]),
  orientation: random.integer(1, 8),
  hasAlpha: false,
  frames: 1,
});
const side = (random: SeededRandom) => random.integer(0, 3) === 0 ? null : random.integer(1, 900);
const share = (random: SeededRandom) => random.integer(0, 10_000) / 10_000;
const boxOf = (random: SeededRandom): Partial<Transform> => ({
  width: side(random),
  height: side(random),
  pad: random.integer(0, 2) === 0 ? random.integer(0, 60) : 0,
});

/** The caps have tests of their own: here a case that would meet one is drawn again. */
function drawCase(random: SeededRandom, fixed: Partial<Transform>): [Source, Transform] {
  for (;;) {
    const source = randomSource(random);
    const transform: Transform = { ...DEFAULT_PARAMS, format: "webp", ...fixed, ...boxOf(random) };
    const { width, height } = reference(source, transform).resize;
    if (Math.max(width, height) < 16_000 && width * height <= 16_000_000) return [source, transform];
  }
}

for (const fit of FITS) {
  for (const gravity of GRAVITIES) {
    Deno.test(`planTransform() gives the documented box and crop when fit is ${fit} and gravity ${gravity}`, () => {
      const random = seededRandom(70);
      for (const aspect of ASPECTS) {
        for (const dpr of PARAMS.dpr.values) {
          for (const rotate of PARAMS.rotate.values) {
            for (const flip of FLIPS) {
              for (const focus of [null, `${share(random)},${share(random)}`]) {
                assertPlan(...drawCase(random, { fit, gravity, aspect, dpr, rotate, flip, focus }));
              }
            }
          }
        }
      }
    });
  }
}

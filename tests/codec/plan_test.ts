import { assert, assertEquals } from "@std/assert";
import { OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import { FITS } from "../../codec/params.ts";
import { type FindFocus, planGeometry, planTransform, type Source, writableFormat } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, type Transform } from "../../codec/transform.ts";
import { randomParams } from "../doubles/param_values.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const MAX_PIXELS = 64_000_000;
const sourceOf = (width: number, height: number, orientation = 1): Source => ({
  width,
  height,
  orientation,
  hasAlpha: false,
  frames: 1,
});
const transformOf = (changes: Partial<Transform>): Transform => ({ ...DEFAULT_PARAMS, format: "webp", ...changes });
/** A border without clear px. */
const filled = { background: "ffffff" };
function plan(source: Source, changes: Partial<Transform>, maxPixels = MAX_PIXELS) {
  const { transform, geometry } = planTransform(source, transformOf(changes), maxPixels);
  return { format: transform.format, ...geometry };
}

/** Width, height, what AVIF becomes. 8 MP and 4,000 px a side are the contract's. */
const AVIF_EDGES: readonly (readonly [number, number, OutputFormat])[] = [
  [4_000, 2_000, "avif"],
  [2_000, 4_000, "avif"],
  [4_000, 2_001, "webp"],
  [3_999, 2_000, "avif"],
  [4_001, 1, "webp"],
  [1, 4_001, "webp"],
  [4_000, 1, "avif"],
  [2_828, 2_828, "avif"],
  [2_829, 2_828, "webp"],
  [3_200, 2_500, "avif"],
  [3_200, 2_501, "webp"],
  // The nearest products below and above 8 MP: 7,999,998 and 8,000,010.
  [2_001, 3_998, "avif"],
  [2_589, 3_090, "webp"],
];

for (const [width, height, expected] of AVIF_EDGES) {
  Deno.test(`writableFormat() gives ${expected} when AVIF is asked for at ${width}×${height}`, () => {
    assertEquals(writableFormat("avif", { width, height }), expected);
    assertEquals(plan(sourceOf(width, height), { format: "avif" }).format, expected);
  });
}

Deno.test("writableFormat() changes nothing but AVIF", () => {
  for (const format of OUTPUT_FORMATS.filter((f) => f !== "avif")) {
    assertEquals(writableFormat(format, { width: 16_383, height: 16_383 }), format);
  }
});

Deno.test("planTransform() judges AVIF by the output, not by the original", () => {
  assertEquals(plan(sourceOf(8_000, 6_000), { format: "avif", width: 800 }).format, "avif");
  assertEquals(plan(sourceOf(400, 300), { format: "avif", width: 4_001 }).format, "webp");
});

Deno.test("planTransform() works in upright pixels when the orientation is 5 to 8", () => {
  const lying = plan(sourceOf(4_000, 3_000, 6), { width: 300 });
  assertEquals([lying.output, lying.orientation], [{ width: 300, height: 400 }, 6]);
  const standing = plan(sourceOf(4_000, 3_000, 3), { width: 300 });
  assertEquals(standing.output, { width: 300, height: 225 });
});

Deno.test("planTransform() has a crop only when cover leaves something out", () => {
  assertEquals(plan(sourceOf(400, 300), { width: 200, height: 200 }).crop, null);
  assertEquals(plan(sourceOf(400, 300), { width: 200, height: 150, fit: "cover" }).crop, null);
  const { crop } = plan(sourceOf(400, 300), { width: 200, height: 200, fit: "cover" });
  assertEquals(crop, { left: 50, top: 0, width: 300, height: 300 });
  const turned = plan(sourceOf(400, 300, 8), { width: 200, height: 200, fit: "cover" });
  assertEquals(turned.crop, { left: 0, top: 50, width: 300, height: 300 });
});

Deno.test("planTransform() holds an enlargement to 16 MP and keeps its ratio", () => {
  const { output } = plan(sourceOf(100, 100), { width: 10_000 });
  assertEquals(output, { width: 4_000, height: 4_000 });
});

Deno.test("planTransform() lets an original above 16 MP keep its size but not grow", () => {
  assertEquals(plan(sourceOf(5_000, 4_000), {}).output, { width: 5_000, height: 4_000 });
  const { output } = plan(sourceOf(5_000, 4_000), { width: 10_000 });
  assertEquals(output, { width: 5_000, height: 4_000 });
});

Deno.test("planTransform() keeps the transform as it is but for its format", () => {
  const transform = transformOf({ format: "avif", width: 4_001, height: 10, fit: "fill", quality: 33, blur: 5 });
  const planned = planTransform(sourceOf(400, 300), transform, MAX_PIXELS);
  assertEquals(planned.transform, { ...transform, format: "webp" });
  assertEquals([planned.maxPixels, planned.source], [MAX_PIXELS, sourceOf(400, 300)]);
});

Deno.test("planTransform() multiplies w, h and pad by dpr", () => {
  const { resize, pad, output } = plan(sourceOf(4_000, 3_000), {
    width: 101,
    height: 51,
    pad: 3,
    dpr: "1.5",
    fit: "fill",
  });
  // 151.5 and 76.5 and 4.5, half up.
  assertEquals([resize, pad], [{ width: 152, height: 77 }, 5]);
  assertEquals(output, { width: 162, height: 87 });
  const bare = plan(sourceOf(400, 300), { dpr: "3" });
  assertEquals(bare.output, { width: 400, height: 300 });
});

Deno.test("planTransform() adds the border to the size, also where the picture is enlarged", () => {
  const middling = plan(sourceOf(100, 100), { ...filled, width: 200, pad: 1_000, dpr: "1.5" });
  assertEquals([middling.resize.width, middling.output.width], [300, 3_300]);
  // 4,398 × 4,398 is more than the cap of enlargements; the border is none.
  const wide = plan(sourceOf(100, 100), { ...filled, width: 200, pad: 1_000, dpr: "2" });
  assertEquals([wide.resize.width, wide.pad, wide.output.width], [400, 1_999, 4_398]);
  const full = plan(sourceOf(100, 100), { ...filled, width: 10_000, pad: 500 });
  assertEquals([full.resize.width, full.output.width], [4_000, 5_000]);
});

Deno.test("planTransform() shrinks the picture and not its border when both are past a cap", () => {
  const { resize, pad, output } = plan(sourceOf(8_000, 8_000), { ...filled, pad: 100 });
  assertEquals(pad, 100);
  assert(output.width === resize.width + 200 && output.width * output.height <= MAX_PIXELS);
  assert(resize.width > 7_600 && resize.width === resize.height, `${resize.width}`);
  const long = plan(sourceOf(16_383, 100), { pad: 50 });
  assertEquals([long.output.width, long.pad], [16_383, 50]);
});

Deno.test("planGeometry() works inside what trim has left", () => {
  const source = sourceOf(400, 300);
  const part = { left: 40, top: 30, width: 200, height: 100 };
  const geometry = (changes: Partial<Transform>) => planGeometry(source, transformOf(changes), MAX_PIXELS, part);
  assertEquals(geometry({}).crop, part);
  assertEquals(geometry({}).resize, { width: 200, height: 100 });
  const square = geometry({ width: 50, height: 50, fit: "cover", gravity: "right" });
  assertEquals([square.crop, square.resize], [{ left: 140, top: 30, width: 100, height: 100 }, {
    width: 50,
    height: 50,
  }]);
  assertEquals(geometry({ aspect: "1:1", focus: "0,0.5" }).crop, { left: 40, top: 30, width: 100, height: 100 });
  assertEquals(geometry({ width: 300, fit: "scale-down" }).resize, { width: 200, height: 100 });
  const whole = { left: 0, top: 0, width: 400, height: 300 };
  assertEquals(planGeometry(source, transformOf({}), MAX_PIXELS, whole).crop, null);
});

Deno.test("planGeometry() asks for the place of attention and entropy only where something is cropped", () => {
  const asked: unknown[] = [];
  const find: FindFocus = (kind, laid, window) => {
    asked.push([kind, laid.width, laid.height, window.width, window.height]);
    return { left: 7, top: 9 };
  };
  const geometry = (changes: Partial<Transform>) =>
    planGeometry(sourceOf(400, 300, 6), transformOf(changes), MAX_PIXELS, null, find);
  const box = { width: 100, height: 100, fit: "cover" } as const;
  assertEquals(geometry({ ...box, gravity: "attention" }).crop, { left: 7, top: 9, width: 300, height: 300 });
  assertEquals(geometry({ ...box, gravity: "entropy" }).crop, { left: 7, top: 9, width: 300, height: 300 });
  assertEquals(asked, [["attention", 300, 400, 300, 300], ["entropy", 300, 400, 300, 300]]);
  geometry({ ...box, gravity: "attention", focus: "0.5,0.5" });
  geometry({ ...box, gravity: "top" });
  assertEquals(asked.length, 2, "a focal point and a side need no look");
});

Deno.test("planTransform() never passes a cap, whatever is asked for", () => {
  const random = seededRandom(30);
  for (let i = 0; i < 20_000; i++) {
    const maxPixels = random.pick([MAX_PIXELS, 1_000_000, 1_000]);
    const width = random.integer(1, random.pick([50, 5_000, 60_000]));
    const height = random.integer(1, Math.max(1, Math.floor(maxPixels / width)));
    const side = () => random.integer(0, 3) === 0 ? null : random.integer(1, 10_000);
    const changes: Partial<Transform> = {
      ...randomParams(random),
      width: side(),
      height: side(),
      fit: random.pick(FITS),
      format: random.pick(OUTPUT_FORMATS),
    };
    const source = sourceOf(width, height, random.integer(1, 8));
    const { output, crop, format, resize, pad } = plan(source, changes, maxPixels);
    const label = `${width}×${height} of ${maxPixels} by ${JSON.stringify(changes)}: ${JSON.stringify(output)}`;
    const pixels = output.width * output.height;
    assert(Number.isInteger(output.width) && Number.isInteger(output.height), label);
    assert(output.width >= 1 && output.height >= 1 && Math.max(output.width, output.height) <= 16_383, label);
    if (Math.max(width, height) <= 16_383) assert(pixels <= maxPixels, label);
    const inner = resize.width * resize.height;
    if (inner > width * height) assert(inner <= 16_000_000, label);
    assertEquals(output, { width: resize.width + 2 * pad, height: resize.height + 2 * pad });
    assert(format !== "avif" || (pixels <= 8_000_000 && Math.max(output.width, output.height) <= 4_000), label);
    assert(format !== "jxl" || pixels <= 2_500_000, label);
    assert(format !== "png" || pixels <= 22_000_000, label);
    assert(crop === null || (crop.width > 0 && crop.height > 0), label);
  }
});

Deno.test("planTransform() scales down what an encoder has no memory for, and keeps the ratio", () => {
  const large = sourceOf(10_000, 6_400);
  const cases: [Partial<Source>, Partial<Transform>, number][] = [
    [{}, { format: "webp" }, 64_000_000],
    [{ hasAlpha: true }, { format: "webp" }, 16_000_000],
    [{ hasAlpha: true }, { format: "webp", background: "ffffff" }, 64_000_000],
    [{}, { format: "webp", lossless: true }, 7_000_000],
    [{}, { format: "webp", quality: 100 }, 7_000_000],
    [{}, { format: "avif", lossless: true, width: 3_500 }, 6_000_000],
    [{}, { format: "jpeg" }, 44_000_000],
    [{ hasAlpha: true }, { format: "png" }, 22_000_000],
    [{}, { format: "jxl" }, 2_500_000],
    [{}, { format: "jxl", width: 500 }, 160_000],
  ];
  for (const [source, changes, most] of cases) {
    const { width, height } = plan({ ...large, hasAlpha: false, ...source }, changes).output;
    assert(width * height <= most && width * height > most * 0.99, `${width}×${height} for ${JSON.stringify(changes)}`);
    assert(Math.abs(width / height - 10_000 / 6_400) < 0.001);
  }
});

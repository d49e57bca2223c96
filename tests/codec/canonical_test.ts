import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { kinshipOf, planCanonical } from "../../codec/canonical.ts";
import type { DerivativeFormat } from "../../codec/formats.ts";
import { TRANSFORM_ENTRIES } from "../../codec/params.ts";
import { planTransform, type Source } from "../../codec/plan.ts";
import {
  DEFAULT_PARAMS,
  formatParams,
  formatTransform,
  normalizeTransform,
  parseParams,
  type Transform,
} from "../../codec/transform.ts";
import { randomParams } from "../doubles/param_values.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

const FORMATS: readonly DerivativeFormat[] = ["webp", "avif", "jpeg", "png", "jxl", "gif"];
const MAX_PIXELS = 64_000_000;
const STILL: Source = { width: 400, height: 300, orientation: 1, hasAlpha: false, frames: 1 };

const randomSource = (random: SeededRandom): Source => ({
  width: random.integer(1, 5_000),
  height: random.integer(1, 5_000),
  orientation: random.integer(1, 8),
  hasAlpha: random.integer(0, 1) === 1,
  frames: random.pick([1, 1, 2, 30]),
});
const randomTransform = (random: SeededRandom): Transform => ({
  ...randomParams(random),
  format: random.pick(FORMATS),
});

/** What of a transform the plan's geometry does not hold. */
function effectsOf(t: Transform) {
  const { width: _w, height: _h, fit: _f, aspect: _a, dpr: _d, gravity: _g, focus: _p, rotate: _r, flip: _m, ...rest } =
    t;
  const { pad: _b, ...effects } = rest;
  return effects;
}

Deno.test("planCanonical() plans the same picture as the request's own words, whatever they are", () => {
  const random = seededRandom(11);
  for (let i = 0; i < 20_000; i++) {
    const [asked, source] = [randomTransform(random), randomSource(random)];
    const plain = planTransform(source, normalizeTransform(asked, source), MAX_PIXELS);
    const plan = planCanonical(source, asked, MAX_PIXELS);
    const says = formatTransform(asked);
    assertEquals(plan.geometry, plain.geometry, says);
    // The canonical words by themselves give that picture too.
    const alone = planTransform(source, plan.transform, MAX_PIXELS);
    assertEquals([alone.geometry, alone.transform], [plain.geometry, plan.transform], says);
    const written = normalizeTransform(plain.transform, source);
    assertEquals(effectsOf(plan.transform), effectsOf(written), says);
    const isSmart = plan.geometry.crop !== null && written.focus === null && /attention|entropy/.test(written.gravity);
    if (isSmart || written.trim !== null) {
      assertEquals([plan.transform.gravity, plan.transform.focus], [written.gravity, written.focus], says);
    }
  }
});

Deno.test("planCanonical() gives text that parses to itself", () => {
  const random = seededRandom(12);
  for (let i = 0; i < 5_000; i++) {
    const [asked, source] = [randomTransform(random), randomSource(random)];
    const { transform } = planCanonical(source, asked, MAX_PIXELS);
    const parsed = { ...parseParams(new URLSearchParams(formatParams(transform))), format: transform.format };
    assertEquals(parsed, transform, formatTransform(asked));
    assertEquals(planCanonical(source, parsed, MAX_PIXELS).transform, transform, formatTransform(asked));
  }
});

Deno.test("planCanonical() sees neither unknown keys nor the order nor the spelling of any parameter", () => {
  const random = seededRandom(13);
  const shuffled = <T>(items: readonly T[]) =>
    items.map((item) => [random.integer(0, 1e9), item] as const).sort(([a], [b]) => a - b).map(([, item]) => item);
  const text = (query: URLSearchParams, format: DerivativeFormat, source: Source) =>
    formatTransform(planCanonical(source, { ...parseParams(query), format }, MAX_PIXELS).transform);
  const seen = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const [params, source, format] = [randomParams(random), randomSource(random), random.pick(FORMATS)];
    const given = TRANSFORM_ENTRIES.filter(([name]) => params[name] !== null)
      .map(([name, row]) => [row.key, String(params[name])] as [string, string]);
    given.forEach(([key]) => seen.add(key));
    const asked = text(new URLSearchParams(given), format, source);
    const noise: [string, string][] = [
      ["utm_source", "x"],
      ["W", "5"],
      ["v", "abcd"],
      [`k${i}`, ""],
      random.pick(given),
    ];
    assertEquals(text(new URLSearchParams(shuffled([...given, ...noise])), format, source), asked);
  }
  assertEquals([...seen].sort(), TRANSFORM_ENTRIES.map(([, row]) => row.key).sort());
});

function text(t: Partial<Transform>, source: Partial<Source> = {}): string {
  const asked: Transform = { ...DEFAULT_PARAMS, format: "webp", ...t };
  return formatTransform(planCanonical({ ...STILL, ...source }, asked, MAX_PIXELS).transform);
}

Deno.test("planCanonical() joins what gives the same pixels of this original", () => {
  const box = { width: 200, height: 150 } as const;
  const square = { width: 100, height: 100, fit: "cover" } as const;
  const same: [Partial<Transform>, string, Partial<Source>?][] = [
    [{ flip: "both" }, "webp?rotate=180"],
    [{ rotate: "180", flip: "both" }, "webp"],
    [{ rotate: "180", flip: "h" }, "webp?flip=v"],
    [{ rotate: "270", flip: "h" }, "webp?rotate=90&flip=v"],
    [{ rotate: "270", flip: "both" }, "webp?rotate=90"],
    [{ width: 400 }, "webp"],
    [{ height: 300 }, "webp"],
    [{ width: 100, dpr: "2" }, "webp?w=200"],
    [{ width: 67, dpr: "1.5" }, "webp?w=101"],
    [box, "webp?w=200"],
    [{ height: 150 }, "webp?w=200"],
    [{ ...box, fit: "cover" }, "webp?w=200"],
    [{ ...box, fit: "fill" }, "webp?w=200"],
    [{ width: 200, height: 999 }, "webp?w=200"],
    [{ width: 999, height: 999, fit: "scale-down" }, "webp"],
    [{ aspect: "4:3" }, "webp"],
    [{ ...box, fit: "cover", gravity: "attention" }, "webp?w=200"],
    [{ ...square, gravity: "top" }, "webp?w=100&h=100&fit=cover"],
    [{ ...square, gravity: "top-left" }, "webp?w=100&h=100&fit=cover&crop=left"],
    [{ ...square, focus: "0,0.3" }, "webp?w=100&h=100&fit=cover&crop=left"],
    [{ ...square, focus: "0.5,0.5" }, "webp?w=100&h=100&fit=cover"],
    [{ width: 9_000 }, text({ width: 10_000 })],
    [{ width: 100, pad: 4, dpr: "2" }, "webp?w=200&pad=8"],
    [{ format: "avif", width: 4_500 }, "webp?w=4500"],
  ];
  for (const [asked, expected, source] of same) assertEquals(text(asked, source), expected, JSON.stringify(asked));
});

Deno.test("planCanonical() keeps apart what differs in a pixel", () => {
  const square = { width: 100, height: 100, fit: "cover" } as const;
  const texts = [
    {},
    { width: 399 },
    { width: 100 },
    { height: 100 },
    square,
    { ...square, gravity: "left" },
    { ...square, gravity: "attention" },
    { ...square, fit: "fill" },
    { flip: "h" },
    { flip: "v" },
    { rotate: "90" },
    { rotate: "90", flip: "h" },
    { trim: 1 },
    { trim: 1, width: 400 },
    { pad: 1 },
    { format: "avif" },
    { width: 10_000, dpr: "3", format: "png", pad: 1_000 },
  ].map((t) => text(t as Partial<Transform>));
  assertEquals(new Set(texts).size, texts.length, texts.join("\n"));
  // An upright picture of a turned file is as wide as it is shown.
  assertNotEquals(text({ width: 400 }, { orientation: 6 }), text({}, { orientation: 6 }));
});

Deno.test("kinshipOf() is one family for all widths of a picture, and keeps height, format and effects apart", () => {
  const kin = (t: Partial<Transform>) =>
    kinshipOf(planCanonical(STILL, { ...DEFAULT_PARAMS, format: "webp", ...t }, MAX_PIXELS));
  assertEquals(kin({ width: 200 }), { family: "webp", width: 200 });
  assertEquals([kin({}).width, kin({}).family], [400, "webp"]);
  assertEquals(kin({ height: 31 }), { family: "webp", width: 41 });
  const cover = { height: 50, fit: "cover" } as const;
  assertEquals(kin({ ...cover, width: 100 }), { family: "webp?h=50&fit=cover", width: 100 });
  const others: Partial<Transform>[] = [{ format: "png" }, { blur: 1 }, { rotate: "90" }, { quality: 70 }];
  for (const other of others) assertNotEquals(kin({ width: 200, ...other }).family, "webp");
  assert(kin({ width: 200, height: 200, fit: "cover" }).family !== kin({ ...cover, width: 200 }).family);
});

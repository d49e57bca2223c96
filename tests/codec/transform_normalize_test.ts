/** What may be dropped from a transform, and what may not. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { DerivativeFormat } from "../../codec/formats.ts";
import { FITS, GRAVITIES } from "../../codec/params.ts";
import { planTransform, type Source } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, formatTransform, normalizeTransform, type Transform } from "../../codec/transform.ts";
import { randomParams } from "../doubles/param_values.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

const FORMATS: readonly DerivativeFormat[] = ["webp", "avif", "jpeg", "png", "jxl", "gif"];
const MAX_PIXELS = 64_000_000;
const STILL: Source = { width: 400, height: 300, orientation: 1, hasAlpha: false, frames: 1 };

/**
 * Everything that decides how a picture looks, said another way than normalizeTransform() does: what the plan is, and
 * for each parameter that some pictures don't show, whether this one does.
 */
function pictureOf(source: Source, t: Transform) {
  const { geometry, transform } = planTransform(source, t, MAX_PIXELS);
  const looksForPlace = geometry.crop !== null && t.focus === null && ["attention", "entropy"].includes(t.gravity);
  const isMoving = source.frames > 1 && t.frame === null && ["webp", "gif"].includes(transform.format);
  const isLossless = t.lossless && ["webp", "avif", "jxl"].includes(t.format);
  return {
    geometry,
    format: transform.format,
    place: looksForPlace ? t.gravity : "known",
    background: geometry.pad > 0 || source.hasAlpha ? t.background : "unseen",
    trim: t.trim,
    effects: [t.grayscale, t.brightness, t.contrast, t.blur, t.sharpen],
    saturation: t.grayscale ? "no colour" : t.saturation,
    loss: isLossless || t.format === "png" || t.format === "gif" ? isLossless : t.quality,
    progressive: t.format === "jpeg" && t.progressive,
    kept: [["jxl", "gif"].includes(t.format) ? "srgb" : t.icc, t.meta],
    frame: isMoving ? "all" : Math.min(t.frame ?? 0, source.frames - 1),
  };
}

const randomSource = (random: SeededRandom): Source => ({
  width: random.integer(1, 5_000),
  height: random.integer(1, 5_000),
  orientation: random.integer(1, 8),
  hasAlpha: random.integer(0, 1) === 1,
  frames: random.pick([1, 1, 2, 30]),
});

Deno.test("normalizeTransform() is idempotent and never changes the picture", () => {
  const random = seededRandom(2);
  for (let i = 0; i < 20_000; i++) {
    const transform: Transform = { ...randomParams(random), format: random.pick(FORMATS) };
    const source = randomSource(random);
    const normal = normalizeTransform(transform, source);
    assertEquals(normalizeTransform(normal, source), normal);
    assertEquals(pictureOf(source, normal), pictureOf(source, transform), formatTransform(transform));
    assertEquals(normal.format, transform.format);
  }
});

Deno.test("normalizeTransform() leaves as much or more at its default", () => {
  const random = seededRandom(6);
  for (let i = 0; i < 2_000; i++) {
    const transform: Transform = { ...randomParams(random), format: random.pick(FORMATS) };
    const normal = normalizeTransform(transform, randomSource(random));
    for (const [name, value] of Object.entries(DEFAULT_PARAMS)) {
      const [before, after] = [transform[name as keyof Transform], normal[name as keyof Transform]];
      if (before === value) assertEquals(after, value, name);
    }
  }
});

function text(t: Partial<Transform>, source: Partial<Source> = {}): string {
  return formatTransform(normalizeTransform({ ...DEFAULT_PARAMS, format: "webp", ...t }, { ...STILL, ...source }));
}

Deno.test("normalizeTransform() joins what gives the same picture", () => {
  const cover = { width: 100, height: 100, fit: "cover" } as const;
  const same: [Partial<Transform>, Partial<Transform>][] = [
    [{ width: 100, fit: "cover" }, { width: 100 }],
    [{ fit: "fill" }, {}],
    [{ fit: "scale-down" }, {}],
    [{ format: "png", quality: 10 }, { format: "png" }],
    [{ format: "gif", quality: 10 }, { format: "gif" }],
    [{ lossless: true, quality: 10 }, { lossless: true }],
    [{ format: "jpeg", lossless: true }, { format: "jpeg" }],
    [{ progressive: true }, {}],
    [{ dpr: "2" }, {}],
    [{ gravity: "top" }, {}],
    [{ width: 100, height: 100, gravity: "top" }, { width: 100, height: 100 }],
    [{ focus: "0,0" }, {}],
    [{ ...cover, gravity: "top", focus: "0,0" }, { ...cover, focus: "0,0" }],
    [{ rotate: "auto" }, {}],
    [{ background: "ff0000" }, {}],
    [{ grayscale: true, saturation: 50 }, { grayscale: true }],
    [{ frame: 3 }, {}],
    [{ format: "jxl", icc: "keep" }, { format: "jxl" }],
  ];
  for (const [a, b] of same) assertEquals(text(a), text(b), JSON.stringify(a));
});

Deno.test("normalizeTransform() counts the frames of an animation", () => {
  const moving = { frames: 4 };
  assertEquals(text({ frame: 9_999 }, moving), text({ frame: 3 }, moving));
  assertNotEquals(text({ frame: 0 }, moving), text({}, moving));
  assertEquals(text({ format: "png", frame: 0 }, moving), text({ format: "png" }, moving));
  // A large AVIF becomes WebP, which moves.
  assertNotEquals(text({ format: "avif", frame: 0 }, moving), text({ format: "avif" }, moving));
  assertNotEquals(text({ format: "png", frame: 1 }, moving), text({ format: "png" }, moving));
});

Deno.test("normalizeTransform() keeps apart what differs", () => {
  const cover = { width: 100, height: 50, fit: "cover" } as const;
  const different: [Partial<Transform>, Partial<Transform>, Partial<Source>?][] = [
    [{ width: 100, fit: "scale-down" }, { width: 100 }],
    [{ quality: 10 }, {}],
    [{ width: 100, dpr: "2" }, { width: 100 }],
    [{ pad: 10, dpr: "2" }, { pad: 10 }],
    [{ ...cover, focus: "0,0" }, cover],
    [{ aspect: "1:1", focus: "0,0" }, { aspect: "1:1" }],
    [{ pad: 1, background: "ff0000" }, { pad: 1 }],
    [{ background: "ff0000" }, {}, { hasAlpha: true }],
    [{ format: "jpeg", progressive: true }, { format: "jpeg" }],
    [{ saturation: 50 }, {}],
    [{ lossless: true }, {}],
    [{ rotate: "90" }, {}],
    [{ flip: "v" }, { flip: "h" }],
    [{ trim: 1 }, {}],
    [{ icc: "keep" }, {}],
    [{ meta: "none" }, {}],
  ];
  for (const [a, b, source] of different) assertNotEquals(text(a, source), text(b, source), JSON.stringify(a));
  assertEquals(new Set(FITS.map((fit) => text({ ...cover, fit }))).size, FITS.length);
  assertEquals(new Set(GRAVITIES.map((gravity) => text({ ...cover, gravity }))).size, GRAVITIES.length);
  assertEquals(new Set(GRAVITIES.map((gravity) => text({ aspect: "1:1", gravity }))).size, GRAVITIES.length);
  assert(text(cover).startsWith("webp?"));
});

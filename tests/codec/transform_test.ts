import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { OUTPUT_FORMATS } from "../../codec/formats.ts";
import { resolveFit } from "../../codec/geometry.ts";
import { FITS, PARAM_ENTRIES, ParamError, PARAMS } from "../../codec/params.ts";
import {
  DEFAULT_PARAMS,
  formatParams,
  formatTransform,
  isUntouched,
  normalizeTransform,
  parseParams,
  type Transform,
  type TransformParams,
} from "../../codec/transform.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const parse = (query: string) => parseParams(new URLSearchParams(query));

function randomParams(random: ReturnType<typeof seededRandom>): TransformParams {
  const side = () => random.integer(0, 2) === 0 ? null : random.integer(1, 10_000);
  return {
    width: side(),
    height: side(),
    fit: random.pick(FITS),
    quality: random.integer(0, 2) === 0 ? PARAMS.quality.default : random.integer(1, 100),
  };
}

Deno.test("parseParams() gives the defaults when the query is empty", () => {
  assertEquals(parse(""), { width: null, height: null, fit: "contain", quality: 80 });
  assert(isUntouched(parse("")));
});

Deno.test("parseParams() undoes formatParams() for each value of each row", () => {
  for (const [name, row] of PARAM_ENTRIES) {
    const values = row.kind === "enum" ? row.values : [row.min, row.min + 1, row.max - 1, row.max];
    for (const value of values) {
      const params = { ...DEFAULT_PARAMS, [name]: value } as TransformParams;
      assertEquals(parse(formatParams(params)), params);
    }
  }
});

Deno.test("parseParams() undoes formatParams() for 2,000 random parameters", () => {
  const random = seededRandom(1);
  for (let i = 0; i < 2_000; i++) {
    const params = randomParams(random);
    assertEquals(parse(formatParams(params)), params);
    assertEquals(isUntouched(params), formatParams(params) === "");
  }
});

Deno.test("formatParams() gives one text when order and spelling differ", () => {
  assertEquals(formatParams(parse("q=85&w=0800&fit=cover&h=600&x=1")), "w=800&h=600&fit=cover&q=85");
  assertEquals(formatParams(parse("q=80&fit=contain")), "");
});

Deno.test("parseParams() ignores unknown keys, whatever they hold", () => {
  assertEquals(parse("W=5&width=-1&constructor=1&__proto__=2&utm_source=x"), DEFAULT_PARAMS);
});

Deno.test("parseParams() refuses a key that is given twice with different values", () => {
  assertEquals(assertThrows(() => parse("w=100&w=200"), ParamError).param, "w");
  assertEquals(parse("w=100&w=100").width, 100);
});

Deno.test("parseParams() refuses a known key without a value", () => {
  for (const [, row] of PARAM_ENTRIES) {
    assertEquals(assertThrows(() => parse(`${row.key}=`), ParamError).param, row.key);
    assertEquals(assertThrows(() => parse(row.key), ParamError).param, row.key);
  }
});

Deno.test("DEFAULT_PARAMS cannot be changed", () => {
  assertThrows(() => Object.assign(DEFAULT_PARAMS, { quality: 1 }), TypeError);
});

Deno.test("normalizeTransform() is idempotent and never changes the geometry of the output", () => {
  const random = seededRandom(2);
  for (let i = 0; i < 2_000; i++) {
    const transform: Transform = { ...randomParams(random), format: random.pick(OUTPUT_FORMATS) };
    const normal = normalizeTransform(transform);
    assertEquals(normalizeTransform(normal), normal);
    const source = { width: random.integer(1, 5_000), height: random.integer(1, 5_000) };
    const fitOf = (t: Transform) => resolveFit(source, t.width, t.height, t.fit);
    assertEquals(fitOf(normal), fitOf(transform), formatTransform(transform));
    assertEquals(normal.format, transform.format);
  }
});

Deno.test("normalizeTransform() joins what gives the same picture", () => {
  const text = (t: Partial<Transform>) =>
    formatTransform(normalizeTransform({ ...DEFAULT_PARAMS, format: "webp", ...t }));
  assertEquals(text({ width: 100, fit: "cover" }), text({ width: 100 }));
  assertEquals(text({ fit: "fill" }), text({}));
  assertEquals(text({ fit: "scale-down" }), text({}));
  assertEquals(text({ format: "png", quality: 10 }), text({ format: "png" }));
});

Deno.test("normalizeTransform() keeps apart what differs", () => {
  const text = (t: Partial<Transform>) =>
    formatTransform(normalizeTransform({ ...DEFAULT_PARAMS, format: "webp", ...t }));
  assertNotEquals(text({ width: 100, fit: "scale-down" }), text({ width: 100 }));
  assertNotEquals(text({ quality: 10 }), text({}));
  const boxed = FITS.map((fit) => text({ width: 100, height: 50, fit }));
  assertEquals(new Set(boxed).size, FITS.length);
});

Deno.test("formatTransform() gives different texts when anything differs", () => {
  const random = seededRandom(3);
  const seen = new Map<string, string>();
  for (let i = 0; i < 2_000; i++) {
    const transform: Transform = { ...randomParams(random), format: random.pick(OUTPUT_FORMATS) };
    const identity = JSON.stringify(Object.entries(transform).toSorted());
    const text = formatTransform(transform);
    assertEquals(seen.get(text) ?? identity, identity);
    seen.set(text, identity);
  }
});

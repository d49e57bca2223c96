import { assert, assertEquals, assertThrows } from "@std/assert";
import type { DerivativeFormat } from "../../codec/formats.ts";
import { ParamError, type ParamValue, TRANSFORM_ENTRIES, type TransformParamRow } from "../../codec/params.ts";
import {
  DEFAULT_PARAMS,
  formatParams,
  formatTransform,
  isUntouched,
  parseParams,
  type Transform,
  type TransformParams,
} from "../../codec/transform.ts";
import { randomParams } from "../doubles/param_values.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const FORMATS: readonly DerivativeFormat[] = ["webp", "avif", "jpeg", "png", "jxl", "gif"];
const parse = (query: string) => parseParams(new URLSearchParams(query));

/** The ends of a row's range and what lies beside them. */
function edgeValues(row: TransformParamRow): readonly ParamValue[] {
  switch (row.kind) {
    case "integer":
      return [row.min, row.min + 1, -1, 0, 1, row.max - 1, row.max].filter((v) => v >= row.min && v <= row.max);
    case "enum":
      return row.values;
    case "boolean":
      return [true, false];
    case "color":
      return ["000000", "ffffff", "00000000", "fffffffe", "123456", "abcdef01"];
    case "point":
      return ["0,0", "1,1", "0,1", "0.0001,0.9999", "0.5,0.25"];
  }
}

Deno.test("parseParams() gives the defaults when the query is empty", () => {
  assertEquals(parse(""), {
    width: null,
    height: null,
    fit: "contain",
    aspect: "original",
    dpr: "1",
    gravity: "center",
    focus: null,
    rotate: "0",
    flip: null,
    trim: null,
    pad: 0,
    background: null,
    grayscale: false,
    brightness: 0,
    contrast: 0,
    saturation: 0,
    blur: 0,
    sharpen: 0,
    quality: 80,
    lossless: false,
    progressive: false,
    icc: "srgb",
    meta: "rights",
    frame: null,
  });
  assert(isUntouched(parse("")));
});

for (const [name, row] of TRANSFORM_ENTRIES) {
  Deno.test(`parseParams() undoes formatParams() for ${name}`, () => {
    for (const value of edgeValues(row)) {
      const params = { ...DEFAULT_PARAMS, [name]: value } as TransformParams;
      assertEquals(parse(formatParams(params)), params);
      assertEquals(formatParams(params) === "", value === row.default);
      assertEquals(isUntouched(params), value === row.default);
    }
  });
}

Deno.test("parseParams() undoes formatParams() for 5,000 random parameters", () => {
  const random = seededRandom(1);
  for (let i = 0; i < 5_000; i++) {
    const params = randomParams(random);
    assertEquals(parse(formatParams(params)), params);
    assertEquals(isUntouched(params), formatParams(params) === "");
  }
});

Deno.test("parseParams() reads a query in any order and as a browser writes it", () => {
  const random = seededRandom(4);
  for (let i = 0; i < 500; i++) {
    const params = randomParams(random);
    const pairs = [...new URLSearchParams(formatParams(params))];
    pairs.sort(() => random.integer(0, 1) - 0.5);
    // URLSearchParams writes the comma of a point as %2C.
    assertEquals(parse(new URLSearchParams(pairs).toString()), params);
  }
});

Deno.test("formatParams() gives one text when order and spelling differ", () => {
  assertEquals(formatParams(parse("q=85&w=0800&fit=cover&h=600&x=1")), "w=800&h=600&fit=cover&q=85");
  assertEquals(formatParams(parse("q=80&fit=contain&blur=0&grayscale=0&crop=center&dpr=1&pad=00&brightness=-0")), "");
  assertEquals(formatParams(parse("bg=FC0&fp=.50,1.0&grayscale=1")), "fp=0.5,1&bg=ffcc00&grayscale=true");
});

Deno.test("formatParams() gives text that needs no escape in a URL", () => {
  const random = seededRandom(5);
  for (let i = 0; i < 2_000; i++) {
    const text = formatParams(randomParams(random));
    assertEquals(new URL(`https://example.com/?${text}`).search.slice(1), text);
    assert(/^[\w&=,.:-]*$/.test(text), text);
  }
});

Deno.test("parseParams() ignores unknown keys, whatever they hold", () => {
  const query = "W=5&width=-1&constructor=1&__proto__=2&utm_source=x&gravity=moon&focus=9&background=red&quality=0";
  assertEquals(parse(query), DEFAULT_PARAMS);
});

Deno.test("parseParams() refuses a key that is given twice with different values", () => {
  assertEquals(assertThrows(() => parse("w=100&w=200"), ParamError).param, "w");
  assertEquals(parse("w=100&w=100").width, 100);
});

Deno.test("parseParams() refuses a known key without a value", () => {
  for (const [, row] of TRANSFORM_ENTRIES) {
    assertEquals(assertThrows(() => parse(`${row.key}=`), ParamError).param, row.key);
    assertEquals(assertThrows(() => parse(row.key), ParamError).param, row.key);
  }
});

Deno.test("DEFAULT_PARAMS cannot be changed", () => {
  assertThrows(() => Object.assign(DEFAULT_PARAMS, { quality: 1 }), TypeError);
});

Deno.test("formatTransform() gives different texts when anything differs", () => {
  const random = seededRandom(3);
  const seen = new Map<string, string>();
  for (let i = 0; i < 5_000; i++) {
    const transform: Transform = { ...randomParams(random), format: random.pick(FORMATS) };
    const identity = JSON.stringify(Object.entries(transform).toSorted());
    const text = formatTransform(transform);
    assertEquals(seen.get(text) ?? identity, identity);
    seen.set(text, identity);
  }
});

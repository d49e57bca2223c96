import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ASPECTS,
  describeAllowed,
  GRAVITIES,
  PARAM_ENTRIES,
  ParamError,
  PARAMS,
  paramsMarkdown,
  parseParamValue,
  TRANSFORM_ENTRIES,
} from "../../codec/params.ts";
import { BAD_VALUES } from "../doubles/param_values.ts";

Deno.test("PARAMS gives every row an own key, a documentation and an example that it takes", () => {
  const keys = PARAM_ENTRIES.map(([, row]) => row.key);
  assertEquals(new Set(keys).size, keys.length);
  for (const [name, row] of PARAM_ENTRIES) {
    assert(row.doc.length > 10 && !row.doc.endsWith("."), name);
    assertEquals(String(parseParamValue(row, row.example)), row.example);
  }
});

Deno.test("PARAMS gives no example that asks for nothing", () => {
  for (const [name, row] of PARAM_ENTRIES) assert(row.example !== String(row.default), name);
});

Deno.test("PARAMS has defaults that its rows take themselves", () => {
  for (const [name, row] of PARAM_ENTRIES) {
    if (row.default !== null) assertEquals(parseParamValue(row, String(row.default)), row.default, name);
  }
});

Deno.test("PARAMS holds the ranges and defaults of the contract", () => {
  for (const side of [PARAMS.width, PARAMS.height]) assertEquals([side.min, side.max, side.default], [1, 10_000, null]);
  assertEquals([PARAMS.quality.min, PARAMS.quality.max, PARAMS.quality.default], [1, 100, 80]);
  assertEquals([...PARAMS.fit.values], ["cover", "contain", "fill", "scale-down"]);
  assertEquals(PARAMS.fit.default, "contain");
  assertEquals([...PARAMS.aspect.values], ["original", "1:1", "4:3", "16:9", "3:2", "21:9"]);
  assertEquals([...PARAMS.dpr.values], ["1", "1.5", "2", "3"]);
  assertEquals([...PARAMS.rotate.values], ["0", "90", "180", "270", "auto"]);
  assertEquals([...PARAMS.flip.values], ["h", "v", "both"]);
  for (const effect of [PARAMS.blur, PARAMS.sharpen]) {
    assertEquals([effect.min, effect.max, effect.default], [0, 100, 0]);
  }
  for (const effect of [PARAMS.brightness, PARAMS.contrast, PARAMS.saturation]) {
    assertEquals([effect.min, effect.max, effect.default], [-100, 100, 0]);
  }
  assertEquals([PARAMS.aspect.values, PARAMS.gravity.values], [ASPECTS, GRAVITIES]);
  assertEquals(GRAVITIES.length, 11, "nine places and two that look at the picture");
});

for (const [name, row] of TRANSFORM_ENTRIES) {
  Deno.test(`parseParamValue() names key, range and value when ${name} is wrong`, () => {
    const { message } = assertThrows(() => parseParamValue(row, "nonsense"), ParamError);
    for (const part of [`"${row.key}"`, describeAllowed(row), '"nonsense"']) assertStringIncludes(message, part);
  });

  Deno.test(`parseParamValue() refuses what ${name} does not allow`, () => {
    for (const value of BAD_VALUES[row.kind](row)) {
      const error = assertThrows(() => parseParamValue(row, value), ParamError);
      assertEquals(error.param, row.key, value);
    }
  });

  if (row.kind === "integer") {
    Deno.test(`parseParamValue() takes the ends of the range of ${name} and nothing past them`, () => {
      assertEquals(parseParamValue(row, String(row.min)), row.min);
      assertEquals(parseParamValue(row, String(row.max)), row.max);
      for (const bad of [row.min - 1, row.max + 1]) assertThrows(() => parseParamValue(row, String(bad)), ParamError);
    });
    Deno.test(`parseParamValue() reads leading zeros of ${name} as the same number`, () => {
      assertEquals(parseParamValue(row, "007"), 7);
      if (row.min < 0) assertEquals(parseParamValue(row, "-007"), -7);
      if (row.min < 0) assert(Object.is(parseParamValue(row, "-0"), 0), "-0 is 0");
    });
  }

  if (row.kind === "enum") {
    Deno.test(`parseParamValue() takes the words of ${name}`, () => {
      for (const value of row.values) assertEquals(parseParamValue(row, value), value);
    });
  }

  if (row.kind === "boolean") {
    Deno.test(`parseParamValue() reads the two spellings of ${name}`, () => {
      const values = ["true", "1", "false", "0"].map((value) => parseParamValue(row, value));
      assertEquals(values, [true, true, false, false]);
    });
  }
}

Deno.test("parseParamValue() gives one colour for every spelling of it", () => {
  const { background } = PARAMS;
  const cases = [
    ["fc0", "ffcc00"],
    ["FC0", "ffcc00"],
    ["FfCc00", "ffcc00"],
    ["ffcc00ff", "ffcc00"],
    ["ffcc00FF", "ffcc00"],
    ["FFCC0080", "ffcc0080"],
    ["000000ff", "000000"],
    ["00000000", "00000000"],
    ["0000fffe", "0000fffe"],
    ["ffffffff", "ffffff"],
  ] as const;
  for (const [value, expected] of cases) assertEquals(parseParamValue(background, value), expected, value);
});

Deno.test("parseParamValue() gives one point for every spelling of it", () => {
  const { focus } = PARAMS;
  const cases = [
    ["0,1", "0,1"],
    [".5,.25", "0.5,0.25"],
    ["0.50,0.2500", "0.5,0.25"],
    ["1.0,0.0", "1,0"],
    ["1.0000,0.0001", "1,0.0001"],
    ["0.9999,.1", "0.9999,0.1"],
  ] as const;
  for (const [value, expected] of cases) assertEquals(parseParamValue(focus, value), expected, value);
});

Deno.test("parseParamValue() never writes a share with an exponent", () => {
  for (let n = 0; n <= 10_000; n++) {
    const share = String(parseParamValue(PARAMS.focus, `${(n / 10_000).toFixed(4)},0`)).split(",")[0]!;
    assert(/^(0|1|0\.\d{1,4})$/.test(share), share);
    assertEquals(Number(share), n / 10_000);
  }
});

Deno.test("parseParamValue() shows the beginning only when the value is long", () => {
  const { message } = assertThrows(() => parseParamValue(PARAMS.width, "x".repeat(5_000)), ParamError);
  assertStringIncludes(message, `"${"x".repeat(40)}…"`);
  assert(message.length < 200);
});

Deno.test("PARAMS has one row that changes no picture and takes any text: the version", () => {
  const others = PARAM_ENTRIES.filter((entry) => !(TRANSFORM_ENTRIES as readonly unknown[]).includes(entry));
  assertEquals(others.map(([, row]) => row.key), ["v"]);
  for (const value of ["", "1", "9f86d081", "nonsense"]) assertEquals(parseParamValue(PARAMS.version, value), value);
});

Deno.test("describeAllowed() says the range, the words or the form", () => {
  assertEquals(describeAllowed(PARAMS.width), "a whole number from 1 to 10,000");
  assertEquals(describeAllowed(PARAMS.contrast), "a whole number from -100 to 100");
  assertEquals(describeAllowed(PARAMS.fit), "one of cover, contain, fill, scale-down");
  assertEquals(describeAllowed(PARAMS.grayscale), "true or false");
  assertEquals(describeAllowed(PARAMS.background), "hex digits rgb, rrggbb or rrggbbaa without #");
  assertEquals(describeAllowed(PARAMS.focus), "x,y with each from 0 to 1");
});

Deno.test("paramsMarkdown() has one line of five cells for each row", () => {
  const lines = paramsMarkdown().split("\n");
  assertEquals(lines.length, PARAM_ENTRIES.length + 2);
  lines.slice(2).forEach((line, at) => {
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    const [, row] = PARAM_ENTRIES[at]!;
    assertEquals(cells.length, 5, line);
    assertEquals([cells[0], cells[1]], [`\`${row.key}\``, row.doc]);
  });
});

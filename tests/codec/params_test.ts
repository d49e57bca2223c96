import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describeAllowed, PARAM_ENTRIES, ParamError, PARAMS, parseParamValue } from "../../codec/params.ts";

Deno.test("PARAMS gives every row an own key, a documentation and an example that it takes", () => {
  const keys = PARAM_ENTRIES.map(([, row]) => row.key);
  assertEquals(new Set(keys).size, keys.length);
  for (const [name, row] of PARAM_ENTRIES) {
    assert(row.doc.length > 10 && !row.doc.endsWith("."), name);
    assertEquals(String(parseParamValue(row, row.example)), row.example);
  }
});

Deno.test("PARAMS holds the ranges and defaults of the contract", () => {
  for (const side of [PARAMS.width, PARAMS.height]) assertEquals([side.min, side.max, side.default], [1, 10_000, null]);
  assertEquals([PARAMS.quality.min, PARAMS.quality.max, PARAMS.quality.default], [1, 100, 80]);
  assertEquals([...PARAMS.fit.values], ["cover", "contain", "fill", "scale-down"]);
  assertEquals(PARAMS.fit.default, "contain");
});

for (const [name, row] of PARAM_ENTRIES) {
  if (row.kind === "integer") {
    Deno.test(`parseParamValue() takes the ends of the range of ${name} and nothing past them`, () => {
      assertEquals(parseParamValue(row, String(row.min)), row.min);
      assertEquals(parseParamValue(row, String(row.max)), row.max);
      for (const bad of [row.min - 1, row.max + 1]) assertThrows(() => parseParamValue(row, String(bad)), ParamError);
    });
    Deno.test(`parseParamValue() refuses what is no plain whole number when it is for ${name}`, () => {
      const bad = [
        "",
        " ",
        "+5",
        "-5",
        "5.0",
        "5.",
        "1e2",
        "0x10",
        "5 ",
        " 5",
        "٥",
        "5px",
        "NaN",
        "Infinity",
        "9".repeat(40),
      ];
      for (const value of bad) {
        const error = assertThrows(() => parseParamValue(row, value), ParamError);
        assertEquals(error.param, row.key);
      }
    });
    Deno.test(`parseParamValue() reads leading zeros of ${name} as the same number`, () => {
      assertEquals(parseParamValue(row, "007"), 7);
    });
  } else {
    Deno.test(`parseParamValue() takes the words of ${name} only`, () => {
      for (const value of row.values) assertEquals(parseParamValue(row, value), value);
      for (const bad of ["", row.values[0]!.toUpperCase(), `${row.values[0]} `, "toString"]) {
        assertThrows(() => parseParamValue(row, bad), ParamError);
      }
    });
  }
  Deno.test(`parseParamValue() names key, range and value when ${name} is wrong`, () => {
    const { message } = assertThrows(() => parseParamValue(row, "nonsense"), ParamError);
    for (const part of [`"${row.key}"`, describeAllowed(row), '"nonsense"']) assertStringIncludes(message, part);
  });
}

Deno.test("parseParamValue() shows the beginning only when the value is long", () => {
  const { message } = assertThrows(() => parseParamValue(PARAMS.width, "x".repeat(5_000)), ParamError);
  assertStringIncludes(message, `"${"x".repeat(40)}…"`);
  assert(message.length < 200);
});

Deno.test("describeAllowed() says the range or the words", () => {
  assertEquals(describeAllowed(PARAMS.width), "a whole number from 1 to 10,000");
  assertEquals(describeAllowed(PARAMS.fit), "one of cover, contain, fill, scale-down");
});

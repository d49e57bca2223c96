import { assertEquals, assertThrows } from "@std/assert";
import { parseJsonParams } from "../../codec/json_params.ts";
import { ParamError, TRANSFORM_ENTRIES } from "../../codec/params.ts";
import { parseGivenParams } from "../../codec/transform.ts";

Deno.test("parseJsonParams() reads every row of the table as the URL does", () => {
  for (const [, row] of TRANSFORM_ENTRIES) {
    const fromUrl = parseGivenParams(new URLSearchParams([[row.key, row.example]]));
    assertEquals(Object.keys(fromUrl).length, 1);
    assertEquals(parseJsonParams({ [row.key]: row.example }), { params: fromUrl, format: null }, row.key);
    const number = Number(row.example);
    if (!Number.isNaN(number)) assertEquals(parseJsonParams({ [row.key]: number }).params, fromUrl, row.key);
  }
  assertEquals(parseJsonParams({ grayscale: true }).params, { grayscale: true });
});

Deno.test("parseJsonParams() takes long names, and short ones first", () => {
  assertEquals(parseJsonParams({ width: 9, height: "8", quality: 7 }).params, { width: 9, height: 8, quality: 7 });
  assertEquals(parseJsonParams({ w: 1, width: 2 }).params, { width: 1 });
  assertEquals(parseJsonParams({ w: null, width: 2 }).params, { width: 2 });
});

Deno.test("parseJsonParams() ignores nulls and unknown keys", () => {
  assertEquals(parseJsonParams({}), { params: {}, format: null });
  assertEquals(parseJsonParams({ w: null, format: null, other: {}, constructor: 1, toString: 2 }).params, {});
  assertEquals(parseJsonParams(JSON.parse('{"__proto__":{"w":5}}')).params, {});
});

Deno.test("parseJsonParams() knows the outputs by name and ending", () => {
  const cases = [["webp", "webp"], ["jpg", "jpeg"], ["JPEG", "jpeg"], ["avif", "avif"], ["png", "png"], ["jxl", "jxl"]];
  for (const [given, format] of cases) assertEquals(parseJsonParams({ format: given }).format as string, format);
  for (const format of ["gif", "", "tiff", 1, {}]) assertThrows(() => parseJsonParams({ format }), ParamError);
});

Deno.test("parseJsonParams() names the key that is wrong", () => {
  const cases: [string, unknown][] = [["w", 0], ["w", 1.5], ["w", NaN], ["w", [1]], ["w", {}], ["width", -1], [
    "fit",
    "x",
  ]];
  for (const [key, value] of cases) {
    const error = assertThrows(() => parseJsonParams({ [key]: value }), ParamError) as unknown as ParamError;
    assertEquals(error.param, key);
  }
});

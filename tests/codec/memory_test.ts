import { assert, assertEquals } from "@std/assert";
import { FORMATS, type ImageFormat } from "../../codec/formats.ts";
import { estimateMemoryBytes, estimatePlanBytes } from "../../codec/memory.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, type TransformParams } from "../../codec/transform.ts";

const FORMAT_NAMES = Object.keys(FORMATS) as ImageFormat[];

Deno.test("estimateMemoryBytes() holds at least the decoded picture for every format", () => {
  for (const format of FORMAT_NAMES) {
    for (const pixels of [1, 1_000_000, 64_000_000]) assert(estimateMemoryBytes(format, pixels) >= pixels * 4, format);
  }
});

Deno.test("estimateMemoryBytes() grows in proportion to the pixels", () => {
  for (const format of FORMAT_NAMES) {
    const [none, one, two] = [0, 1_000_000, 2_000_000].map((n) => estimateMemoryBytes(format, n)) as [
      number,
      number,
      number,
    ];
    assert(none > 0 && one > none, format);
    assertEquals(two - one, one - none);
  }
});

Deno.test("estimatePlanBytes() counts an output that takes more than its source", () => {
  const bytesOf = (width: number, changes: Partial<TransformParams>) => {
    const source = { width, height: width, orientation: 1, hasAlpha: false, frames: 1 };
    return estimatePlanBytes(
      "jpeg",
      planTransform(source, { ...DEFAULT_PARAMS, ...changes, format: "png" }, 64_000_000),
    );
  };
  assertEquals(bytesOf(8_000, { width: 100 }), estimateMemoryBytes("jpeg", 64_000_000));
  assert(bytesOf(500, { width: 3_000 }) - bytesOf(500, { width: 500 }) > 8_750_000 * 10);
});

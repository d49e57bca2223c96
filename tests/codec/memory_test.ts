import { assert, assertEquals } from "@std/assert";
import { FORMATS, type ImageFormat } from "../../codec/formats.ts";
import { estimateMemoryBytes } from "../../codec/memory.ts";

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

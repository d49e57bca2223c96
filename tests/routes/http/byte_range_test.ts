import { assertEquals } from "@std/assert";
import { contentRange, parseByteRange, type Part } from "../../../routes/_http/byte_range.ts";
import { type SeededRandom, seededRandom } from "../../doubles/seeded_random.ts";

const SIZE = 1_000;
const part = (start: number, end: number): Part => ({ start, end });
const CASES: readonly (readonly [string | null, ReturnType<typeof parseByteRange>])[] = [
  [null, "whole"],
  ["bytes=0-0", part(0, 1)],
  ["bytes=0-499", part(0, 500)],
  ["bytes=500-", part(500, 1_000)],
  ["bytes=-200", part(800, 1_000)],
  ["bytes=-5000", part(0, 1_000)],
  ["bytes=999-999", part(999, 1_000)],
  ["bytes=0-999999", part(0, 1_000)],
  ["BYTES=1-2", part(1, 3)],
  ["bytes= 1-2 ", part(1, 3)],
  ["bytes=,1-2,", part(1, 3)],
  [`bytes=0-${"9".repeat(400)}`, part(0, 1_000)],
  [`bytes=${"9".repeat(400)}-`, "unsatisfiable"],
  ["bytes=1000-", "unsatisfiable"],
  ["bytes=1000-1001", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=0-0,5-6", "whole"],
  ["bytes=2000-,3000-", "whole"],
  ["bytes=5-4", "whole"],
  ["bytes=-", "whole"],
  ["bytes=", "whole"],
  ["bytes", "whole"],
  ["bytes=a-b", "whole"],
  ["bytes=1", "whole"],
  ["bytes=1-2-3", "whole"],
  ["bytes=--1", "whole"],
  ["bytes=1 -2", "whole"],
  ["bytes=0x1-2", "whole"],
  ["items=0-1", "whole"],
  ["", "whole"],
];

for (const [header, expected] of CASES) {
  Deno.test(`parseByteRange() gives ${JSON.stringify(expected)} for ${header?.slice(0, 40)}`, () => {
    assertEquals(parseByteRange(header, SIZE), expected);
  });
}

/** Slow and obvious: every byte is asked whether it is wanted. */
function reference(specs: readonly (readonly [string, string])[], size: number): readonly number[] | string {
  if (specs.length !== 1) return "whole";
  const [first, last] = specs[0]!;
  if (first === "" && last === "") return "whole";
  if (first !== "" && last !== "" && BigInt(last) < BigInt(first)) return "whole";
  const wanted: number[] = [];
  for (let at = 0; at < size; at++) {
    const isIn = first === ""
      ? BigInt(size - at) <= BigInt(last)
      : BigInt(at) >= BigInt(first) && (last === "" || BigInt(at) <= BigInt(last));
    if (isIn) wanted.push(at);
  }
  return wanted.length === 0 ? "unsatisfiable" : wanted;
}

const digits = (random: SeededRandom) =>
  random.integer(0, 5) === 0 ? "" : String(random.integer(0, random.pick([3, 12, 40, 1_000_000])));

Deno.test("parseByteRange() does what a look at every byte says", () => {
  const random = seededRandom(233);
  for (let n = 0; n < 20_000; n++) {
    const size = random.integer(1, 30);
    const specs = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => [digits(random), digits(random)] as const);
    const blank = () => random.pick(["", "", " ", "\t"]);
    const header = `bytes=${specs.map(([a, b]) => `${blank()}${a}-${b}${blank()}`).join(",")}`;
    const got = parseByteRange(header, size);
    const bytes = typeof got === "string"
      ? got
      : Array.from({ length: got.end - got.start }, (_, at) => got.start + at);
    assertEquals(bytes, reference(specs, size), `${header} of ${size}`);
  }
});

Deno.test("parseByteRange() never throws, and never gives a part outside of the whole", () => {
  const random = seededRandom(7);
  const letters = [...'bytes=0123456789-, \t"*;W/é'];
  for (let n = 0; n < 20_000; n++) {
    const header = (random.integer(0, 1) === 0 ? "bytes=" : "") +
      Array.from({ length: random.integer(0, 12) }, () => random.pick(letters)).join("");
    const size = random.integer(1, 200);
    const got = parseByteRange(header, size);
    if (typeof got === "string") continue;
    const isInside = 0 <= got.start && got.start < got.end && got.end <= size;
    assertEquals(isInside, true, `${header} of ${size}: ${JSON.stringify(got)}`);
  }
});

Deno.test("contentRange() names first and last byte, or the size alone", () => {
  assertEquals([contentRange(part(0, 1), 10), contentRange(null, 10)], ["bytes 0-0/10", "bytes */10"]);
});

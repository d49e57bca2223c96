import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { CODEC_VERSION, derivativeKey } from "../../codec/derivative_key.ts";
import { OUTPUT_FORMATS } from "../../codec/formats.ts";
import { DEFAULT_PARAMS, type Transform } from "../../codec/transform.ts";

const HASH = "ab".repeat(32);
const transform: Transform = { ...DEFAULT_PARAMS, format: "webp", width: 800 };

Deno.test("derivativeKey() is 40 hex characters of a SHA-256 over version, hash and transform", () => {
  const expected = createHash("sha256").update(`${CODEC_VERSION}\n${HASH}\nwebp?w=800`).digest("hex").slice(0, 40);
  assertEquals(derivativeKey(HASH, transform), expected);
  assertMatch(expected, /^[0-9a-f]{40}$/);
});

Deno.test("derivativeKey() differs when the original or any part of the transform differs", () => {
  const others: Transform[] = [
    ...OUTPUT_FORMATS.map((format) => ({ ...transform, format })),
    { ...transform, width: 801 },
    { ...transform, height: 800 },
    { ...transform, quality: 81 },
    { ...transform, fit: "scale-down" },
  ];
  const keys = others.map((t) => derivativeKey(HASH, t));
  assertEquals(new Set(keys).size, others.length);
  assertNotEquals(derivativeKey("cd".repeat(32), transform), derivativeKey(HASH, transform));
});

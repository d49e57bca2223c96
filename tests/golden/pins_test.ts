/** A change of bytes is a decision: raise CODEC_VERSION, then `deno task pins --write`. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { makePins, pinName, PINNED, readPins } from "./pins.ts";

Deno.test("PINNED names 60 derivatives of ten originals over six formats", () => {
  assertEquals(new Set(PINNED.map((pin) => pinName(...pin))).size, 60);
  assertEquals(new Set(PINNED.map(([original]) => original)).size, 10);
  assertEquals(new Set(PINNED.map(([, format]) => format)).size, 6);
});

Deno.test("pins.json holds a hash for each pinned derivative and for nothing else", async () => {
  const pins = await readPins();
  assertEquals(Object.keys(pins), PINNED.map((pin) => pinName(...pin)));
  for (const hash of Object.values(pins)) assertMatch(hash, /^[0-9a-f]{64}$/);
  assert(new Set(Object.values(pins)).size > 50, "Pictures that differ have hashes that differ");
});

Deno.test("makePins() gives the bytes that are pinned", async () => {
  assertEquals(await makePins(), await readPins());
});

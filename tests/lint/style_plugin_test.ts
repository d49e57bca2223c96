import { assertEquals } from "@std/assert";
import plugin from "./style_plugin.ts";

const ids = (source: string) => Deno.lint.runPlugin(plugin, "a.ts", source).map((d) => d.id);

const MESSAGES: readonly (readonly [string, number])[] = [
  [`new Error("Disk is full")`, 0],
  [`new Error("disk is full")`, 1],
  [`new Error("Disk is full.")`, 1],
  [`new Error("disk is full.")`, 2],
  [`new CodecError("busy", "Pool is closing")`, 0],
  [`new CodecError("busy", "pool is closing")`, 1],
  [`new BlobError("full", "Disk is full.", { cause })`, 1],
  [`new Error("disk is full", { cause })`, 1],
  ["new RangeError(`${name} must be positive`)", 0],
  ["new RangeError(`${name} must be positive.`)", 1],
  ["new RangeError(`frame of ${n} bytes`)", 1],
  ["new RangeError(`Frame of ${n} bytes`)", 0],
  [`new Error('"q" must be a number')`, 0],
  [`new Error("Waiting…")`, 0],
  [`new Error(text)`, 0],
  [`new Error()`, 0],
  [`new Thing("lower case.")`, 0],
];

for (const [source, faults] of MESSAGES) {
  Deno.test(`style/error-message reports ${faults} when given ${source}`, () => {
    assertEquals(ids(source), Array(faults).fill("style/error-message"));
  });
}

const EXPORTS: readonly (readonly [string, number])[] = [
  [`export const f = () => 1`, 1],
  [`export const f = async (x: number): Promise<number> => await x, g = 2`, 1],
  [`export const f = function () {}`, 1],
  [`export function f() { return () => 1 }`, 0],
  [`export const n = 1`, 0],
  [`export const TABLE = { f: () => 1 }`, 0],
  [`const f = () => 1`, 0],
];

for (const [source, faults] of EXPORTS) {
  Deno.test(`style/exported-function reports ${faults} when given ${source}`, () => {
    assertEquals(ids(source), Array(faults).fill("style/exported-function"));
  });
}

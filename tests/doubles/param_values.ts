/**
 * Values of the parameter table for tests: bad ones of every kind, and random good ones.
 *
 * @module
 */
import { type ParamValue, TRANSFORM_ENTRIES, type TransformParamRow } from "../../codec/params.ts";
import type { TransformParams } from "../../codec/transform.ts";
import type { SeededRandom } from "./seeded_random.ts";

const NO_INTEGERS = ["", " ", "+5", "5.0", "5.", "1e2", "0x10", "5 ", " 5", "٥", "5px", "NaN", "Infinity", "--5", "5-"];
const NO_COLOURS = ["", "#fc0", "fc", "fc0f", "ffcc0", "ffcc000", "ffcc00fff", "gggggg", "red", " ffcc00", "ｆｆｆ"];
const NO_POINTS = [
  ...["", ",", "0.5", "0.5,", ",0.5", "0.5,0.5,0.5", "1.1,0", "0,1.0001", "-0.1,0", "0.12345,0", "5e-1,0"],
  ...["0.5;0.5", "0.5, 0.5", "00.5,0", "0.,0", "2,0", "+0.5,0", "0.5,NaN", "1.00000,0"],
];

/** What no row of a kind takes. */
export const BAD_VALUES: Readonly<Record<TransformParamRow["kind"], (row: TransformParamRow) => readonly string[]>> = {
  integer: (row) => {
    const { min, max } = row as TransformParamRow & { kind: "integer" };
    const past = [String(min - 1), String(max + 1), "9".repeat(40), `-${"9".repeat(40)}`];
    return [...NO_INTEGERS, ...past, ...(min < 0 ? [] : ["-5", "-0"])];
  },
  enum: (row) => {
    const [first] = (row as TransformParamRow & { kind: "enum" }).values;
    const upper = first!.toUpperCase();
    return ["", `${first} `, "toString", "__proto__", "none of them", ...(upper === first ? [] : [upper])];
  },
  boolean: () => ["", "True", "TRUE", "yes", "on", "2", "00", "true ", "-0"],
  color: () => NO_COLOURS,
  point: () => NO_POINTS,
};

const share = (random: SeededRandom) => String(random.integer(0, random.pick([1, 10, 10_000])) / 10_000);

/** A canonical value that a row takes. */
export function randomValue(random: SeededRandom, row: TransformParamRow): ParamValue {
  switch (row.kind) {
    case "integer":
      return random.integer(row.min, random.pick([row.max, Math.min(row.max, row.min + 20)]));
    case "enum":
      return random.pick(row.values);
    case "boolean":
      return random.integer(0, 1) === 1;
    case "color": {
      const hex = Array.from(random.bytes(4), (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.endsWith("ff") || random.integer(0, 1) === 0 ? hex.slice(0, 6) : hex;
    }
    case "point":
      return `${share(random)},${share(random)}`;
  }
}

/** Parameters of which about half are left alone. */
export function randomParams(random: SeededRandom): TransformParams {
  const values = TRANSFORM_ENTRIES.map(([name, row]) =>
    [name, random.integer(0, 1) === 0 ? row.default : randomValue(random, row)] as const
  );
  return Object.fromEntries(values) as unknown as TransformParams;
}

/**
 * THE table of URL parameters. Parsing, formatting, OpenAPI, documentation, dashboard controls and tests read it.
 *
 * To add one: a row here, a field in {@linkcode Transform} (transform.ts), a use in plan.ts; the tests of the table
 * then cover its range, default, round trip and documentation.
 *
 * @module
 */

/** A whole number within a range. */
export interface IntegerParam {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly default: number | null;
}

/** One of a few words. */
export interface EnumParam {
  readonly kind: "enum";
  readonly values: readonly string[];
  readonly default: string;
}

/** What every parameter says of itself. */
export interface ParamDoc {
  /** The name in the URL. */
  readonly key: string;
  /** One sentence for people. */
  readonly doc: string;
  /** A value that the documentation shows. */
  readonly example: string;
}

/** A row of the table. */
export type ParamRow = (IntegerParam | EnumParam) & ParamDoc;

/** Ways in which a picture meets the box of `w` × `h`. CSS words; meanings of the contract. */
export const FITS = ["cover", "contain", "fill", "scale-down"] as const;

/** A value of `fit`. */
export type Fit = (typeof FITS)[number];

/** Every parameter of the transform path, in canonical order. */
export const PARAMS = {
  width: {
    key: "w",
    kind: "integer",
    min: 1,
    max: 10_000,
    default: null,
    doc: "Width in pixels; alone it keeps the aspect ratio",
    example: "800",
  },
  height: {
    key: "h",
    kind: "integer",
    min: 1,
    max: 10_000,
    default: null,
    doc: "Height in pixels; alone it keeps the aspect ratio",
    example: "600",
  },
  fit: {
    key: "fit",
    kind: "enum",
    values: FITS,
    default: "contain",
    doc: "How the picture meets the box: `cover` crops to fill it, `contain` stays inside it, `fill` stretches, " +
      "`scale-down` is contain that never enlarges",
    example: "cover",
  },
  quality: {
    key: "q",
    kind: "integer",
    min: 1,
    max: 100,
    default: 80,
    doc: "Quality of lossy formats in percent",
    example: "85",
  },
} as const satisfies Record<string, ParamRow>;

/** Name of a parameter inside the program. */
export type ParamName = keyof typeof PARAMS;

/** The rows with their names, in canonical order. */
export const PARAM_ENTRIES = Object.entries(PARAMS) as readonly (readonly [ParamName, ParamRow])[];

/** A parameter whose value is not allowed. */
export class ParamError extends Error {
  override readonly name = "ParamError";
  /** @param param the key as in the URL @param message what was given and what is allowed */
  constructor(readonly param: string, message: string) {
    super(message);
  }
}

/** What a row allows, in words: `a whole number from 1 to 100`, `one of cover, contain`. */
export function describeAllowed(row: ParamRow): string {
  return row.kind === "integer"
    ? `a whole number from ${row.min} to ${row.max.toLocaleString("en-US")}`
    : `one of ${row.values.join(", ")}`;
}

const SHOWN_VALUE_CHARS = 40;

function fail(row: ParamRow, value: string): never {
  const shown = value.length > SHOWN_VALUE_CHARS ? `${value.slice(0, SHOWN_VALUE_CHARS)}…` : value;
  throw new ParamError(row.key, `Parameter "${row.key}" must be ${describeAllowed(row)}, got "${shown}"`);
}

/**
 * Parses one value by its row.
 *
 * @throws {ParamError} when the value is outside what the row allows; signs, decimals, exponents and blanks are
 */
export function parseParamValue(row: ParamRow, value: string): number | string {
  if (row.kind === "enum") return row.values.includes(value) ? value : fail(row, value);
  if (!/^\d{1,9}$/.test(value)) fail(row, value);
  const number = Number(value);
  return number >= row.min && number <= row.max ? number : fail(row, value);
}

/** The table as Markdown, for the README. */
export function paramsMarkdown(): string {
  const rows = PARAM_ENTRIES.map(([, row]) =>
    `| \`${row.key}\` | ${row.doc} | ${describeAllowed(row)} | ${row.default ?? "–"} | \`?${row.key}=${row.example}\` |`
  );
  return ["| key | meaning | allowed | default | example |", "|---|---|---|---|---|", ...rows].join("\n");
}

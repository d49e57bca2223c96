/**
 * Parameters of the transform path as JSON: in presets and in the body of a signed link.
 *
 * @module
 */
import { type OutputFormat, outputOfExtension } from "./formats.ts";
import { ParamError, type ParamValue, parseParamValue, TRANSFORM_ENTRIES, type TransformParamName } from "./params.ts";
import type { GivenParams } from "./transform.ts";

/** Long names that clients use beside those of the URL. */
const LONG_NAMES: Readonly<Record<string, string>> = { w: "width", h: "height", q: "quality" };

/** What such an object says. */
export interface JsonTransform {
  readonly params: GivenParams;
  /** null = not said. */
  readonly format: OutputFormat | null;
}

function textOf(key: string, value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  throw new ParamError(key, `Parameter "${key}" must be a number, a text, true or false`);
}

function parseFormat(value: unknown): OutputFormat | null {
  if (value === undefined || value === null) return null;
  const text = textOf("format", value);
  const format = outputOfExtension(text);
  if (format !== null) return format;
  throw new ParamError("format", `Parameter "format" must be one of webp, avif, jpeg, png, jxl, got "${text}"`);
}

/**
 * Reads the keys of the parameter table and `format`; null is the same as absent, unknown keys are ignored.
 *
 * @throws {ParamError} naming the key, the range and the value given
 */
export function parseJsonParams(json: Readonly<Record<string, unknown>>): JsonTransform {
  const values = new Map(Object.entries(json).filter(([, value]) => value !== null && value !== undefined));
  const params: Partial<Record<TransformParamName, ParamValue>> = {};
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const key = values.has(row.key) ? row.key : LONG_NAMES[row.key];
    if (key === undefined || !values.has(key)) continue;
    params[name] = parseParamValue({ ...row, key }, textOf(key, values.get(key)));
  }
  return { params: params as GivenParams, format: parseFormat(values.get("format")) };
}

/**
 * What the playground is set to: texts of its controls, one a row of the parameter table, and the output format; to and
 * from the query of its page and of the picture's address.
 *
 * @module
 */
import { OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import {
  ParamError,
  parseParamValue,
  TRANSFORM_ENTRIES,
  type TransformParamName,
  type TransformParamRow,
} from "../../codec/params.ts";

/** Key of the format in the page's address; in the picture's it is the ending. */
export const FORMAT_KEY = "format";

/** What is set. */
export interface Settings {
  /** null = the original's own. */
  readonly format: OutputFormat | null;
  /** Texts as typed; absent = not set. */
  readonly values: Readonly<Partial<Record<TransformParamName, string>>>;
}

/** Nothing. */
export const NO_SETTINGS: Settings = { format: null, values: {} };

const ROWS = new Map(TRANSFORM_ENTRIES);
const isOutput = (text: string | null): text is OutputFormat =>
  (OUTPUT_FORMATS as readonly (string | null)[]).includes(text);

/** Reads the page's query. Values are kept as they are, wrong ones too, so that the control can say what is wrong. */
export function parseSettings(query: URLSearchParams): Settings {
  const values: Partial<Record<TransformParamName, string>> = {};
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const value = query.get(row.key);
    if (value !== null && value !== "") values[name] = value;
  }
  const format = query.get(FORMAT_KEY);
  return { format: isOutput(format) ? format : null, values };
}

/** Sets one control; an empty text, or the default, takes it away. */
export function withValue(settings: Settings, name: TransformParamName, text: string): Settings {
  const { [name]: _, ...others } = settings.values;
  const row = ROWS.get(name)!;
  const isUnset = text === "" || (row.default !== null && text === String(row.default));
  return { ...settings, values: isUnset ? others : { ...others, [name]: text } };
}

/** Why a value is not allowed, or null. */
export function faultOf(row: TransformParamRow, text: string): ParamError | null {
  try {
    parseParamValue(row, text);
    return null;
  } catch (error) {
    if (error instanceof ParamError) return error;
    throw error;
  }
}

/** Names of the controls whose values are not allowed. */
export function faultsOf({ values }: Settings): TransformParamName[] {
  return TRANSFORM_ENTRIES.filter(([name, row]) => values[name] !== undefined && faultOf(row, values[name]) !== null)
    .map(([name]) => name);
}

/** The canonical query of the picture: what is allowed and no default, in the table's order. */
export function pictureQuery({ values }: Settings): string {
  return TRANSFORM_ENTRIES.flatMap(([name, row]) => {
    const text = values[name];
    if (text === undefined || faultOf(row, text) !== null) return [];
    const value = parseParamValue(row, text);
    // A comma is allowed in a query as it is (RFC 3986, 3.4).
    return value === row.default ? [] : [`${row.key}=${value}`];
  }).join("&");
}

/** The query of the page: the same and the format. */
export function pageQuery(settings: Settings): string {
  const format = settings.format === null ? "" : `${FORMAT_KEY}=${settings.format}`;
  return [format, pictureQuery(settings)].filter((part) => part !== "").join("&");
}

/** As a preset keeps it. */
export function presetParams(settings: Settings): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const text = settings.values[name];
    if (text !== undefined && faultOf(row, text) === null) params[row.key] = parseParamValue(row, text);
  }
  return settings.format === null ? params : { ...params, format: settings.format };
}

/** The addresses of a picture, without queries. */
export interface PicturePlace {
  readonly original: string;
  readonly formats: Readonly<Record<OutputFormat, string>>;
  /** Of the picture as it is now: with it caches may keep an answer for a year. */
  readonly version: string;
}

/** The address of a picture in a format; null = the original's own, as far as its ending goes. */
export function pictureUrl(
  { original, formats, version }: PicturePlace,
  format: OutputFormat | null,
  query: string,
): string {
  return `${format === null ? original : formats[format]}?${query === "" ? "" : `${query}&`}v=${version}`;
}

/**
 * Configuration by the table of routes/_config/table.ts: defaults → environment → validation, and the table in print.
 *
 * @module
 */
import { contradictions } from "./_config/checks.ts";
import {
  type AddressRow,
  CONFIG,
  type ConfigName,
  type ConfigRow,
  type IntegerRow,
  type UrlRow,
} from "./_config/table.ts";
import { parseRange } from "./_http/client_address.ts";

type ValueOf<Row extends ConfigRow> = Row extends IntegerRow ? number
  : Row extends UrlRow | AddressRow ? URL | null
  : string;

/** The validated configuration. */
export type Config = { readonly [Name in ConfigName]: ValueOf<(typeof CONFIG)[Name]> };

/** All faults of a configuration, one a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

function parseUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash;
  if (!isOrigin || url.username) {
    throw new RangeError(`${name} must be an origin such as https://img.example.com, got "${text}"`);
  }
  return url;
}

function parseAddress(name: string, text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.hash) return url;
  throw new RangeError(`${name} must be an address such as https://id.example.com/keys.json, got "${text}"`);
}

function parseInteger(name: string, row: IntegerRow, text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= row.min && value <= row.max) return value;
  throw new RangeError(`${name} must be a whole number from ${row.min} to ${row.max}, got "${text}"`);
}

function parseNetworks(name: string, text: string): string {
  const wrong = text.split(",").find((part) => parseRange(part) === null);
  if (wrong === undefined) return text;
  throw new RangeError(`${name} must be addresses or CIDR ranges such as 10.0.0.0/8, by commas, got "${wrong.trim()}"`);
}

function parseKv(name: string, text: string): string {
  const url = URL.parse(text);
  if (text === "platform" || (url !== null && /^https?:$/.test(url.protocol) && !url.username)) return text;
  throw new RangeError(`${name} must be "platform" or an address such as http://127.0.0.1:4512, got "${text}"`);
}

function parseRow(name: string, row: ConfigRow, text: string | undefined): number | string | URL | null {
  if (text === undefined || text === "") return row.default;
  switch (row.kind) {
    case "text":
      return text;
    case "kv":
      return parseKv(name, text);
    case "networks":
      return parseNetworks(name, text);
    case "url":
      return parseUrl(name, text);
    case "address":
      return parseAddress(name, text);
    case "integer":
      return parseInteger(name, row, text);
    case "enum":
      if (row.values.includes(text)) return text;
      throw new RangeError(`${name} must be one of ${row.values.join(", ")}, got "${text}"`);
  }
}

/**
 * Reads the configuration.
 *
 * @param env looks a variable up
 * @throws {ConfigError} with every fault at once
 */
export function loadConfig(env: (name: string) => string | undefined): Config {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(CONFIG) as [ConfigName, ConfigRow][]) {
    try {
      values[name] = parseRow(name, row, env(name));
    } catch (error) {
      faults.push((error as Error).message);
      // Its rule is broken already: what it means beside others is not asked.
      values[name] = row.default;
    }
  }
  faults.push(...contradictions(values as Config));
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Config;
}

function describeDefault(row: ConfigRow): string {
  return row.default === null ? "–" : String(row.default);
}

function describeRange(row: ConfigRow): string {
  if (row.kind === "integer") return `${row.min}–${row.max}`;
  return row.kind === "enum" ? row.values.join(" ") : row.kind;
}

/** The table as Markdown, for the README. */
export function configMarkdown(): string {
  const rows = (Object.entries(CONFIG) as [string, ConfigRow][]).map(([name, row]) =>
    `| \`${name}\` | ${describeDefault(row)} | ${describeRange(row)} | ${row.doc} |`
  );
  return ["| variable | default | allowed | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** The table as text, for `--help`. */
export function configHelp(): string {
  const rows = (Object.entries(CONFIG) as [string, ConfigRow][]).map(([name, row]) =>
    `  ${name.padEnd(26)} ${row.doc}\n${" ".repeat(29)}default ${describeDefault(row)}, allowed ${describeRange(row)}`
  );
  return `imgsrc is configured by environment variables:\n\n${rows.join("\n")}\n`;
}

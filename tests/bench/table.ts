/**
 * Markdown of the report.
 *
 * @module
 */

/** A part of the report. */
export interface Section {
  readonly title: string;
  /** How it was measured: settings, rounds, what the columns mean. */
  readonly notes: readonly string[];
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = "–";

/** A number with so many decimals; `–` for what was not measured, `∞` for the distance of equals in dB. */
export function fixed(value: number | null, decimals = 1): string {
  if (value === null || Number.isNaN(value)) return NONE;
  return value === Infinity ? "∞" : value.toFixed(decimals);
}

/** Bytes in KiB. */
export function kib(bytes: number | null): string {
  return bytes === null ? NONE : (bytes / 1024).toFixed(1);
}

/** Bytes in MiB. */
export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** A section with its table. */
export function formatSection(section: Section): string {
  const notes = section.notes.map((note) => `- ${note}`);
  const rule = `|${section.header.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`;
  const table = [line(section.header), rule, ...section.rows.map(line)];
  return [`## ${section.title}`, "", ...notes, "", ...table, ""].join("\n");
}

/**
 * Figures for people.
 *
 * @module
 */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const STEP = 1_024;

/** Bytes with three figures, in steps of 1,024: `1.5 MB`. @param language BCP 47 */
export function formatBytes(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / Math.log2(STEP)));
  const value = bytes / STEP ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${UNITS[power]}`;
}

/** How much smaller something is than it was: `-71%`; `+4%` where it is larger. */
export function formatSaving(bytes: number, before: number, language: string): string {
  const share = before === 0 ? 0 : bytes / before - 1;
  return share.toLocaleString(language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 });
}

/** Milliseconds, without needless figures: `8.4 ms`, `1.2 s`. */
export function formatDuration(ms: number, language: string): string {
  const [value, unit] = ms >= 1_000 ? [ms / 1_000, "s"] : [ms, "ms"];
  return `${value.toLocaleString(language, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}

/** The sum of what a `Server-Timing` header says of making a picture, in ms; null where nothing was made. */
export function makingMs(header: string | null): number | null {
  const found = [...(header ?? "").matchAll(/\b(?:decode|resize|encode);dur=([\d.]+)/g)];
  return found.length === 0 ? null : found.reduce((sum, [, ms]) => sum + Number(ms), 0);
}

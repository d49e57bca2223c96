/**
 * Figures for people.
 *
 * @module
 */

/** How much smaller something is than it was: `-71%`; `+4%` where it is larger. */
export function formatSaving(bytes: number, before: number, language: string): string {
  const share = before === 0 ? 0 : bytes / before - 1;
  // Of what hardly anything is left, and of what hardly changed, the decimals tell.
  const maximumFractionDigits = share < -0.95 || Math.abs(share) < 0.01 ? 1 : 0;
  return share.toLocaleString(language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits });
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

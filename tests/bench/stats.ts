/**
 * Numbers of a benchmark: medians, never means, since a shared machine has only slow outliers.
 *
 * @module
 */

/** The middle value; of an even count the mean of the two middle ones. NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of all lies, interpolated. @param share 0–1 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** Median of the ratios of pairs that were measured one right after the other: noise of the machine hits both. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  const pairs = Math.min(ours.length, theirs.length);
  return median(Array.from({ length: pairs }, (_, i) => ours[i]! / theirs[i]!));
}

/**
 * A limit that is reached.
 *
 * @module
 */
import type { QuotaMetric } from "./plans.ts";

/** More is asked for than the plan allows. */
export class QuotaError extends Error {
  override readonly name = "QuotaError";
  /** @param resetsAtMs when it is as at the beginning again; null where only deleting helps */
  constructor(
    readonly metric: QuotaMetric,
    readonly used: number,
    readonly limit: number,
    readonly resetsAtMs: number | null,
  ) {
    super(`Quota of ${metric} is used up: ${used} of ${limit}`);
  }
}

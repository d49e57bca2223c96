/**
 * A limit that is reached.
 *
 * @module
 */
import type { QuotaMetric } from "./plans.ts";

/** What may be used up: the plan's metrics, and the dashboard's own budget of previews. */
export type SpentMetric = QuotaMetric | "previews";

/** More is asked for than the plan allows. */
export class QuotaError extends Error {
  override readonly name = "QuotaError";
  constructor(readonly metric: SpentMetric, readonly used: number, readonly limit: number) {
    super(`Quota of ${metric} is used up: ${used} of ${limit}`);
  }
}

/**
 * What is served instead of one derivative more than an original may have: the nearest larger one that differs in its
 * width alone, else the largest, else the original; nothing is made and nothing is spent.
 *
 * @module
 */
import { kinshipOf } from "../../codec/canonical.ts";
import type { Plan } from "../../codec/plan.ts";
import type { StoredDerivative } from "../../kv/derivative_rows.ts";
import type { FoundDerivative } from "../../kv/derivatives.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { StateDeps } from "../deps.ts";
import { displayedSize, originalOf } from "./image_source.ts";

/** A stored derivative that stands in for another one. */
export interface StandIn {
  readonly stored: StoredDerivative;
  readonly found: FoundDerivative;
}

/** Those that may stand in, the best first. */
function candidates(stored: readonly StoredDerivative[], plan: Plan, originalWidth: number): StoredDerivative[] {
  const { family, width } = kinshipOf(plan);
  const kin = stored.filter((one) => one.family === family).sort((a, b) => a.width - b.width);
  const larger = kin.filter((one) => one.width >= width);
  // An enlargement that is still too small is worse than the original.
  const smaller = kin.filter((one) => one.width < width && one.width <= originalWidth).reverse();
  return [...larger, ...smaller];
}

/** Finds a stand-in; null = the original is one. */
export async function findStandIn(state: StateDeps, record: ImageRecord, plan: Plan): Promise<StandIn | null> {
  const original = originalOf(record);
  const stored = await state.derivativeRows.stored(original);
  for (const one of candidates(stored, plan, displayedSize(record).width)) {
    const found = await state.derivatives.get(original, one.key);
    if (found === null) continue;
    state.derivativeUses.note(original, one.key, one);
    return { stored: one, found };
  }
  return null;
}

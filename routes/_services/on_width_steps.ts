/**
 * The width ladder of an account, where it has one: part of what a URL that names `w` means.
 *
 * @module
 */
import type { TransformParams } from "../../codec/transform.ts";
import { toWidthStep } from "../../codec/width_steps.ts";
import { nextSecond } from "../../kv/change_time.ts";
import type { UserRecord } from "../../kv/records.ts";

/** Parameters on the ladder. */
export interface Stepped {
  readonly params: TransformParams;
  /** When the ladder last changed, or went; 0 where it has no say. */
  readonly settingsChangedAtMs: number;
}

/** Takes `w` up to the next step of its owner's ladder. */
export function onWidthSteps(owner: UserRecord | null, params: TransformParams): Stepped {
  if (params.width === null || owner === null) return { params, settingsChangedAtMs: 0 };
  const { widthSteps = null, widthStepsChangedAtMs } = owner.settings;
  return {
    params: widthSteps === null ? params : toWidthStep(params, widthSteps),
    settingsChangedAtMs: widthStepsChangedAtMs === undefined ? 0 : nextSecond(widthStepsChangedAtMs),
  };
}

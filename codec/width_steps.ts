/**
 * A ladder of widths: what is asked for is taken up to the next step, so that a page that asks for any width makes a
 * few derivatives of an image and not hundreds.
 *
 * @module
 */
import { roundSide } from "./geometry.ts";
import { PARAMS } from "./params.ts";
import type { TransformParams } from "./transform.ts";

/** Most steps of a ladder. */
export const MAX_WIDTH_STEPS = 50;

/**
 * Takes `w` up to the next step, in px of the result: `w=300&dpr=2` is 600 wide and goes to the step from 600 on, `dpr`
 * being 1 then. Past the last step it is the last one. A height that is asked for goes along, so that the box keeps its
 * ratio; without `w` nothing changes.
 *
 * @param steps in px, ascending, at least one
 */
export function toWidthStep(params: TransformParams, steps: readonly number[]): TransformParams {
  if (params.width === null) return params;
  const dpr = Number(params.dpr);
  const wanted = roundSide(params.width * dpr);
  const width = steps.find((step) => step >= wanted) ?? steps.at(-1)!;
  const scaled = (side: number) => Math.min(PARAMS.height.max, roundSide((side * dpr * width) / wanted));
  return {
    ...params,
    width,
    height: params.height === null ? null : scaled(params.height),
    dpr: PARAMS.dpr.default,
    pad: Math.min(PARAMS.pad.max, Math.round(params.pad * dpr)),
  };
}

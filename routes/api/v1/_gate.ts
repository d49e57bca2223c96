/**
 * Plan gates: asked after the scope and before the body.
 *
 * @module
 */
import { allows, type Feature } from "../../../kv/plans.ts";
import { ApiError } from "../../_http/api_error.ts";
import type { AppContext } from "../../_middleware/env.ts";
import type { Deps } from "../../deps.ts";

const TITLES: Record<Feature, string> = {
  private_images: "Private pictures need",
  signed_urls: "Signed URLs need",
  presets: "Presets need",
};

/** Whether prices and limits are in force. */
export function quotasOn(deps: Pick<Deps, "config">): boolean {
  return deps.config.QUOTAS === "on";
}

/** Lets pass who may begin to use a feature. @throws {ApiError} FORBIDDEN */
export function requireFeature(deps: Deps, c: AppContext, feature: Feature): void {
  if (allows(c.get("caller").user, feature, quotasOn(deps))) return;
  throw new ApiError("FORBIDDEN", `${TITLES[feature]} the Pro plan`);
}

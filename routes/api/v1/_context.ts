/**
 * What presenters need of a request.
 *
 * @module
 */
import type { AppContext } from "../../_middleware/env.ts";
import { deliveryOrigin } from "../../_services/delivery_origin.ts";
import type { Deps } from "../../deps.ts";
import type { PresentContext } from "./_present.ts";

/** The caller's name and settings, and where pictures are served. */
export function contextOf(deps: Deps, c: AppContext): PresentContext {
  const { name, settings } = c.get("caller").user;
  return { at: deliveryOrigin(deps), userName: name, settings };
}

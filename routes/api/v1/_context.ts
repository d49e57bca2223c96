/**
 * What presenters need of a request.
 *
 * @module
 */
import type { ImageRecord } from "../../../kv/records.ts";
import type { AppContext } from "../../_middleware/env.ts";
import { certainPaths } from "../../_services/addresses.ts";
import { deliveryOrigin } from "../../_services/delivery_origin.ts";
import type { Deps } from "../../deps.ts";
import type { PresentContext } from "./_present.ts";

/**
 * The caller's name and settings, and where pictures are served.
 *
 * @param shown the pictures to present, each with the path that its URLs are made of; null = its first
 */
export async function contextOf(
  deps: Deps,
  c: AppContext,
  shown: readonly { readonly record: ImageRecord; readonly path: string | null }[] = [],
): Promise<PresentContext> {
  const { name, settings } = c.get("caller").user;
  const wanted = shown.map(({ record, path }) => ({ record, path: path ?? record.paths[0]! }));
  return {
    at: deliveryOrigin(deps),
    userName: name,
    settings,
    certainPaths: await certainPaths(deps, wanted),
  };
}

/** As {@linkcode contextOf}, for pictures by their first paths. */
export function contextOfImages(deps: Deps, c: AppContext, images: readonly ImageRecord[]): Promise<PresentContext> {
  return contextOf(deps, c, images.map((record) => ({ record, path: null })));
}

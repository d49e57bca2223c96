/**
 * Where pictures are served, by configuration.
 *
 * @module
 */
import type { Deps } from "../deps.ts";

/** The picture host: `CDN_URL` where there is one, else the program's own `/i`. */
export function deliveryOrigin(deps: Pick<Deps, "config" | "publicOrigin">): { origin: string; prefix: string } {
  const { CDN_URL } = deps.config;
  return CDN_URL === null ? { origin: deps.publicOrigin, prefix: "/i" } : { origin: CDN_URL.origin, prefix: "" };
}

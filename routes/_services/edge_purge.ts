/**
 * Copies of pictures at the edge (a CDN in front of us), and how they are taken away.
 *
 * @module
 */

/** How a purge at the edge went; `none` = there is no edge to purge. */
export type EdgePurgeResult = "purged" | "none" | "failed";

/** Takes copies away at the edge. Never throws: what fails is told as `failed`. */
export interface EdgePurge {
  /** Takes away every copy that carries one of these tags. */
  purge(tags: readonly string[]): Promise<EdgePurgeResult>;
}

/** For a set-up without an edge. */
export const NO_EDGE: EdgePurge = { purge: () => Promise.resolve("none") };

/**
 * THE stages of a delivery: `Server-Timing`, metrics and spans all name them by this table.
 *
 * @module
 */

/** A stage by name, with what it covers. In the order in which they happen. */
export const STAGES = {
  resolve: "From the URL to the image: path, preset, link, transform; KV or memory",
  quota: "Spending one transformation of the plan",
  read: "Reading bytes out of the blob store: a stored derivative, or the original with its check",
  queue: "Waiting for a codec process",
  decode: "Original's bytes to pixels",
  resize: "Geometry, colour and effects",
  encode: "Pixels to the derivative's bytes",
  total: "From the request to its answer's first byte",
} as const;

/** Name of a stage. */
export type Stage = keyof typeof STAGES;

/** How long stages took, in ms; what did not happen is absent. */
export type StageTimes = Readonly<Partial<Record<Stage, number>>>;

/** The stages' names, in order. */
export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

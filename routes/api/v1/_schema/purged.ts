/**
 * Wire shape of a purge's receipt.
 *
 * @module
 */
import { z } from "zod";

/** What a change took away of what was made, remembered and copied before it. */
export const Purged = z.object({
  derivatives: z.int().describe("Stored derivatives that were removed"),
  tags: z.array(z.string()).describe("Tags that were purged at the edge, or would be if there was one"),
  instances: z.int().describe("Instances that have forgotten what they remembered, the answering one among them"),
  edge: z.enum(["purged", "none", "failed"]).describe(
    "`none` = there is no edge to purge; `failed` = copies there may live on until they are too old",
  ),
}).describe("What went of what was made, remembered and copied before");
/** See {@linkcode Purged}. */
export type Purged = z.infer<typeof Purged>;

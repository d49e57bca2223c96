/**
 * Wire shapes of `GET /health` and `GET /ready`.
 *
 * @module
 */
import { z } from "zod";

/** Answer of `GET /health`. */
export const HealthAnswer = z.object({ status: z.literal("ok"), timestamp: z.iso.datetime({ offset: true }) });

/** Answer of `GET /ready`. */
export const ReadyAnswer = z.object({
  status: z.enum(["ready", "not_ready"]),
  checks: z.partialRecord(z.enum(["server", "kv", "blobs", "codecs"]), z.string()).describe("`ok`, or what is wrong"),
});

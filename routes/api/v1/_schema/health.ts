/**
 * Wire shape of `GET /health`.
 *
 * @module
 */
import { z } from "zod";

/** Answer of `GET /health`. */
export const HealthAnswer = z.object({ status: z.literal("ok"), timestamp: z.iso.datetime({ offset: true }) });

/**
 * Wire shapes of what only the admin token may call.
 *
 * @module
 */
import { z } from "zod";

/** Body of `POST /api/internal/admin`: a command of the command line with its arguments by name. */
export const AdminCommandBody = z.object({
  command: z.string("must be text"),
  args: z.record(z.string(), z.string("must be text"), "must be an object"),
});

/** Answer of `POST /api/internal/admin`. */
export const AdminCommandAnswer = z.object({ result: z.unknown() });

/** Body of `POST /api/v1/admin/plan`. */
export const AdminPlanBody = z.object({
  user_id: z.string("must be text").min(1, "must not be empty").max(64, "must have at most 64 characters"),
  plan: z.enum(["free", "pro"], "must be one of free, pro"),
  subscription_id: z.string("must be text").max(255, "must have at most 255 characters").nullish(),
});

/** Answer of `POST /api/v1/admin/plan`. */
export const AdminPlanAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  user_id: z.string(),
  plan: z.enum(["free", "pro"]),
});
/** See {@linkcode AdminPlanAnswer}. */
export type AdminPlanAnswer = z.infer<typeof AdminPlanAnswer>;

/** Body of `POST /api/internal/record-transform`. */
export const RecordTransformBody = z.object({
  username: z.string("must be text").max(100, "must have at most 100 characters"),
});

/** Answer of `POST /api/internal/record-transform`. */
export const RecordTransformAnswer = z.object({ success: z.literal(true) });
/** See {@linkcode RecordTransformAnswer}. */
export type RecordTransformAnswer = z.infer<typeof RecordTransformAnswer>;

/** Answer of `GET /api/internal/check-transform/:username`; 429 where it is not allowed. */
export const CheckTransformAnswer = z.object({
  allowed: z.boolean(),
  message: z.string(),
  current: z.int().nullable(),
  limit: z.int().nullable().describe("null = unlimited"),
  remaining_credit: z.int().nullable(),
});
/** See {@linkcode CheckTransformAnswer}. */
export type CheckTransformAnswer = z.infer<typeof CheckTransformAnswer>;

/** Answer of `GET /api/internal/resolve-path/:username/{filepath}`. */
export const ResolvePathAnswer = z.object({ found: z.boolean(), image_id: z.string().nullable() });
/** See {@linkcode ResolvePathAnswer}. */
export type ResolvePathAnswer = z.infer<typeof ResolvePathAnswer>;

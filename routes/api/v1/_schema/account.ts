/**
 * Wire shapes of the account's end.
 *
 * @module
 */
import { z } from "zod";

/** Body of `DELETE /api/v1/account`. */
export const AccountDeletion = z.object({
  confirm: z.string("must be the account's user name").describe(
    "The account's user name, so that nobody deletes one by mistake",
  ),
});

/** Answer of `DELETE /api/v1/account`. */
export const AccountDeletedAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  deleted_at: z.iso.datetime({ offset: true }),
});
/** See {@linkcode AccountDeletedAnswer}. */
export type AccountDeletedAnswer = z.infer<typeof AccountDeletedAnswer>;

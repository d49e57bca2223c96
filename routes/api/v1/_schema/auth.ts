/**
 * Wire shapes of sign-up, sign-in and sign-out.
 *
 * @module
 */
import { z } from "zod";

/** Lengths that the service layer knows as well. */
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 200;

const NewPassword = z.string("must be text")
  .min(PASSWORD_MIN, `must have at least ${PASSWORD_MIN} characters`)
  .max(PASSWORD_MAX, `must have at most ${PASSWORD_MAX} characters`);
const UserNameField = z.string("must be text").max(100, "must have 3 to 32 characters");

/** Body of `POST /api/v1/auth/sign-up`. */
export const SignUpBody = z.object({
  username: UserNameField,
  email: z.email("must be an e-mail address").max(254, "must have at most 254 characters"),
  password: NewPassword,
});
/** See {@linkcode SignUpBody}. */
export type SignUpBody = z.infer<typeof SignUpBody>;

/** Body of `POST /api/v1/auth/sign-in`: one of `email` and `username`, and the password. */
export const SignInBody = z.object({
  email: z.string("must be text").max(254, "must have at most 254 characters").nullish(),
  username: UserNameField.nullish(),
  password: z.string("must be text").max(PASSWORD_MAX, `must have at most ${PASSWORD_MAX} characters`),
}).refine((body) => body.email || body.username, { error: "is missing, or username", path: ["email"] });

/** Body of `POST /api/v1/auth/username`. */
export const ChooseNameBody = z.object({ username: UserNameField });

/** An account with a token for the API. */
export const AccountAnswer = z.object({
  user_id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  plan: z.enum(["free", "pro"]),
  token: z.string().nullable().describe("For `Authorization: Bearer`; null where the tokens are Clerk's"),
  expires_at: z.int().nullable().describe("Unix seconds"),
  ticket: z.string().describe("Begins a dashboard session, once and within two minutes: `/sign-in?token=…`"),
});
/** See {@linkcode AccountAnswer}. */
export type AccountAnswer = z.infer<typeof AccountAnswer>;

/** Answer of `POST /api/v1/auth/log-out-everywhere`. */
export const LogOutAnswer = z.object({ success: z.literal(true), message: z.string() });
/** See {@linkcode LogOutAnswer}. */
export type LogOutAnswer = z.infer<typeof LogOutAnswer>;

/** Answer of `GET /.well-known/jwks.json`. */
export const JwksAnswer = z.object({
  keys: z.array(z.object({
    kty: z.literal("RSA"),
    n: z.string(),
    e: z.string(),
    kid: z.string(),
    alg: z.literal("RS256"),
    use: z.literal("sig"),
  })),
});

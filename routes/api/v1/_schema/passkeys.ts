/**
 * Wire shapes of passkeys (WebAuthn). These use camelCase, as WebAuthn itself does.
 *
 * @module
 */
import { z } from "zod";

/** Credential ids have at most 1,023 bytes. */
const MAX_ID_CHARS = 1_364;
const base64Url = (maxChars: number) =>
  z.string("must be base64url").min(1, "must not be empty").max(maxChars, `must have at most ${maxChars} characters`)
    .regex(/^[A-Za-z0-9_-]+={0,2}$/, "must be base64url");
const Base64Url = base64Url(20_000);
const PasskeyName = z.string("must be text").trim().min(1, "must have 1 to 100 characters")
  .max(100, "must have 1 to 100 characters");
const Timestamp = z.iso.datetime({ offset: true });

const CredentialFields = {
  id: base64Url(MAX_ID_CHARS).describe("Base64url of the credential's id"),
  rawId: base64Url(MAX_ID_CHARS),
  type: z.literal("public-key", 'must be "public-key"'),
  clientExtensionResults: z.record(z.string(), z.unknown(), "must be an object").default({}),
  authenticatorAttachment: z.enum(["cross-platform", "platform"], 'must be "cross-platform" or "platform"').nullish(),
};

/** A passkey. */
export const Passkey = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
  deviceType: z.enum(["singleDevice", "multiDevice"]).nullable().describe("`multiDevice` = synced between devices"),
});
/** See {@linkcode Passkey}. */
export type Passkey = z.infer<typeof Passkey>;

/** Answer of `POST /api/v1/passkeys/register/options`: `PublicKeyCredentialCreationOptions` as JSON. */
export const RegistrationOptionsAnswer = z.looseObject({
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  challenge: z.string(),
  pubKeyCredParams: z.array(z.object({ alg: z.int(), type: z.literal("public-key") })),
  timeout: z.int(),
  attestation: z.literal("none"),
});

/** Body of `POST /api/v1/passkeys/register/verify`: what `navigator.credentials.create()` gave, and a name. */
export const RegistrationBody = z.object({
  ...CredentialFields,
  response: z.object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: z.array(z.string().max(30), "must be a list").max(10).optional(),
  }, "must be an object"),
  name: PasskeyName.nullish(),
});
/** See {@linkcode RegistrationBody}. */
export type RegistrationBody = z.infer<typeof RegistrationBody>;

/** Answer of `POST /api/v1/passkeys/register/verify`. */
export const RegistrationAnswer = z.object({ verified: z.literal(true), passkey_id: z.string(), passkey: Passkey });
/** See {@linkcode RegistrationAnswer}. */
export type RegistrationAnswer = z.infer<typeof RegistrationAnswer>;

/** Body of `POST /api/v1/passkeys/authenticate/options`. */
export const AuthenticationOptionsBody = z.object({
  username: z.string("must be text").max(100, "must have at most 100 characters").nullish().describe(
    "Absent = whichever passkey the device offers",
  ),
});

/** Answer of `POST /api/v1/passkeys/authenticate/options`: `PublicKeyCredentialRequestOptions` as JSON. */
export const AuthenticationOptionsAnswer = z.looseObject({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.int(),
  userVerification: z.literal("required"),
});

/** Body of `POST /api/v1/passkeys/authenticate/verify`: what `navigator.credentials.get()` gave. */
export const AuthenticationBody = z.object({
  ...CredentialFields,
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: z.string("must be text").max(200, "is too long").nullish(),
  }, "must be an object"),
});
/** See {@linkcode AuthenticationBody}. */
export type AuthenticationBody = z.infer<typeof AuthenticationBody>;

/** Answer of `POST /api/v1/passkeys/authenticate/verify`. */
export const AuthenticationAnswer = z.object({
  verified: z.literal(true),
  ticket: z.string().describe("Begins a dashboard session, once and within two minutes: `/sign-in?token=…`"),
  userId: z.string(),
  username: z.string(),
  token: z.string().nullable().describe("For the API; null where the tokens are Clerk's"),
  expiresAt: z.int().nullable().describe("Unix seconds"),
});
/** See {@linkcode AuthenticationAnswer}. */
export type AuthenticationAnswer = z.infer<typeof AuthenticationAnswer>;

/** Answer of `GET /api/v1/passkeys`. */
export const PasskeyListAnswer = z.object({ passkeys: z.array(Passkey) });
/** See {@linkcode PasskeyListAnswer}. */
export type PasskeyListAnswer = z.infer<typeof PasskeyListAnswer>;

/** Body of `PATCH /api/v1/passkeys/:id`. */
export const RenamePasskeyBody = z.object({ name: PasskeyName });

/** Answer of `PATCH /api/v1/passkeys/:id`. */
export const RenamePasskeyAnswer = z.object({ success: z.literal(true), passkey: Passkey });
/** See {@linkcode RenamePasskeyAnswer}. */
export type RenamePasskeyAnswer = z.infer<typeof RenamePasskeyAnswer>;

/** Answer of `DELETE /api/v1/passkeys/:id`. */
export const DeletePasskeyAnswer = z.object({ success: z.literal(true), message: z.string() });
/** See {@linkcode DeletePasskeyAnswer}. */
export type DeletePasskeyAnswer = z.infer<typeof DeletePasskeyAnswer>;

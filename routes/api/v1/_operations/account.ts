/**
 * Operations of accounts: settings, keys, presets, usage, sign-in, passkeys.
 *
 * @module
 */
import { AccountDeletedAnswer, AccountDeletion } from "../_schema/account.ts";
import { ApiKeysAnswer, DoneAnswer, NewApiKeyAnswer, NewApiKeyBody } from "../_schema/api_keys.ts";
import { AccountAnswer, ChooseNameBody, JwksAnswer, LogOutAnswer, SignInBody, SignUpBody } from "../_schema/auth.ts";
import {
  AuthenticationAnswer,
  AuthenticationBody,
  AuthenticationOptionsAnswer,
  AuthenticationOptionsBody,
  DeletePasskeyAnswer,
  PasskeyListAnswer,
  RegistrationAnswer,
  RegistrationBody,
  RegistrationOptionsAnswer,
  RenamePasskeyAnswer,
  RenamePasskeyBody,
} from "../_schema/passkeys.ts";
import {
  NewPreset,
  PresetAnswer,
  PresetChangedAnswer,
  PresetDeletedAnswer,
  PresetsAnswer,
  PresetUpdate,
} from "../_schema/presets.ts";
import { SettingsAnswer, SettingsUpdate, SettingsUpdateAnswer } from "../_schema/settings.ts";
import { DailyUsageAnswer, DailyUsageQuery, TopImagesAnswer, TopImagesQuery, UsageAnswer } from "../_schema/usage.ts";
import { type Operation, type Parameter, ZIP } from "./operation.ts";

const uuid = (doc: string) => ({ id: { doc, schema: { type: "string", format: "uuid" } } satisfies Parameter });
const preset = { id: { doc: "The preset's id or name", schema: { type: "string" }, example: "thumbnail" } } as const;

const SETTINGS = {
  "GET /api/v1/settings": {
    id: "getSettings",
    tag: "Settings",
    summary: "Get the settings",
    answers: { 200: SettingsAnswer },
  },
  "PUT /api/v1/settings": {
    id: "updateSettings",
    tag: "Settings",
    summary: "Change settings",
    description: "What is absent stays. Defaults of quality, fit and size fill the URLs that are handed out; a bare " +
      "URL is not changed by them.",
    body: SettingsUpdate,
    example: { default_quality: 85, theme: "dark" },
    answers: { 200: SettingsUpdateAnswer },
  },
  "GET /api/v1/settings/api-keys": {
    id: "listApiKeys",
    tag: "API keys",
    summary: "List API keys",
    answers: { 200: ApiKeysAnswer },
  },
  "POST /api/v1/settings/api-keys": {
    id: "createApiKey",
    tag: "API keys",
    summary: "Make an API key",
    description:
      "The answer is the only place that ever shows the key. Scopes are sent as a list and come back as text.",
    body: NewApiKeyBody,
    example: { name: "CI", scopes: ["read"], expires_in_days: 90 },
    answers: { 201: NewApiKeyAnswer },
    errors: ["CONFLICT"],
  },
  "DELETE /api/v1/settings/api-keys/:id": {
    id: "deleteApiKey",
    tag: "API keys",
    summary: "Revoke an API key",
    description: "It is refused from the next request on.",
    parameters: uuid("The key's id"),
    answers: { 200: DoneAnswer },
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Operation>;

const PRESETS = {
  "GET /api/v1/settings/presets": {
    id: "listPresets",
    tag: "Presets",
    summary: "List presets",
    answers: { 200: PresetsAnswer },
    isPro: true,
  },
  "POST /api/v1/settings/presets": {
    id: "createPreset",
    tag: "Presets",
    summary: "Make a preset",
    description:
      "Use it as `?p:thumbnail`. `params` are those of picture URLs, and `format` for URLs without extension.",
    body: NewPreset,
    example: { name: "thumbnail", description: "Square", params: { w: 200, h: 200, fit: "cover" } },
    answers: { 201: PresetAnswer },
    errors: ["CONFLICT"],
    isPro: true,
  },
  "GET /api/v1/settings/presets/:id": {
    id: "getPreset",
    tag: "Presets",
    summary: "Get a preset",
    parameters: preset,
    answers: { 200: PresetAnswer },
    errors: ["NOT_FOUND"],
    isPro: true,
  },
  "PUT /api/v1/settings/presets/:id": {
    id: "updatePreset",
    tag: "Presets",
    summary: "Change a preset",
    description: "What is absent stays. Pictures follow at once.",
    parameters: preset,
    body: PresetUpdate,
    example: { params: { w: 300, h: 300, fit: "cover" } },
    answers: { 200: PresetChangedAnswer },
    errors: ["NOT_FOUND", "CONFLICT"],
    isPro: true,
  },
  "DELETE /api/v1/settings/presets/:id": {
    id: "deletePreset",
    tag: "Presets",
    summary: "Delete a preset",
    description: "URLs that use it are answered 400 from then on.",
    parameters: preset,
    answers: { 200: PresetDeletedAnswer },
    errors: ["NOT_FOUND"],
    isPro: true,
  },
} as const satisfies Record<string, Operation>;

const USAGE = {
  "GET /api/v1/usage": {
    id: "getUsage",
    tag: "Usage",
    summary: "Get plan, limits and what is used this month",
    answers: { 200: UsageAnswer },
  },
  "GET /api/v1/usage/daily": {
    id: "getDailyUsage",
    tag: "Usage",
    summary: "Get usage by day",
    query: DailyUsageQuery,
    answers: { 200: DailyUsageAnswer },
  },
  "GET /api/v1/usage/top-images": {
    id: "getTopImages",
    tag: "Usage",
    summary: "Get the pictures that were served most",
    query: TopImagesQuery,
    answers: { 200: TopImagesAnswer },
  },
} as const satisfies Record<string, Operation>;

const ACCOUNT = {
  "POST /api/v1/auth/sign-up": {
    id: "signUp",
    tag: "Account",
    summary: "Make an account",
    body: SignUpBody,
    example: { username: "jane", email: "jane@example.com", password: "correct horse battery" },
    answers: { 201: AccountAnswer },
    errors: ["FORBIDDEN", "CONFLICT", "RATE_LIMIT_EXCEEDED"],
  },
  "POST /api/v1/auth/sign-in": {
    id: "signIn",
    tag: "Account",
    summary: "Sign in by password",
    body: SignInBody,
    example: { email: "jane@example.com", password: "correct horse battery" },
    answers: { 200: AccountAnswer },
    errors: ["UNAUTHORIZED", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"],
  },
  "POST /api/v1/auth/username": {
    id: "chooseUsername",
    tag: "Account",
    summary: "Choose the user name of a new account",
    description:
      "For a first sign-in by an outside issuer whose token holds no user name that is free; send its token.",
    body: ChooseNameBody,
    example: { username: "jane" },
    answers: { 201: AccountAnswer },
    errors: ["UNAUTHORIZED", "FORBIDDEN", "CONFLICT", "RATE_LIMIT_EXCEEDED"],
  },
  "POST /api/v1/auth/token": {
    id: "renewToken",
    tag: "Account",
    summary: "Get a token for the dashboard's session",
    description: "Only sessions of the dashboard get one.",
    answers: { 200: AccountAnswer },
  },
  "POST /api/v1/auth/log-out-everywhere": {
    id: "logOutEverywhere",
    tag: "Account",
    summary: "End all sessions and tokens",
    description: "API keys are ended one by one.",
    answers: { 200: LogOutAnswer },
  },
  "GET /api/v1/account/export": {
    id: "exportAccount",
    tag: "Account",
    summary: "Download everything as ZIP",
    description: "All originals, and what is known of them and of the account as JSON.",
    answers: { 200: ZIP },
  },
  "DELETE /api/v1/account": {
    id: "deleteAccount",
    tag: "Account",
    summary: "Delete the account with everything in it",
    description: "There is no way back. A subscription must be cancelled first.",
    body: AccountDeletion,
    example: { confirm: "john" },
    answers: { 200: AccountDeletedAnswer },
    errors: ["CONFLICT"],
  },
  "GET /.well-known/jwks.json": {
    id: "getKeySet",
    tag: "Account",
    summary: "Public keys of this server's tokens",
    answers: { 200: JwksAnswer },
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Operation>;

const PASSKEYS = {
  "POST /api/v1/passkeys/register/options": {
    id: "getRegistrationOptions",
    tag: "Passkeys",
    summary: "Begin to register a passkey",
    answers: { 200: RegistrationOptionsAnswer },
    errors: ["CONFLICT"],
  },
  "POST /api/v1/passkeys/register/verify": {
    id: "registerPasskey",
    tag: "Passkeys",
    summary: "Register a passkey",
    description: "The body is what `navigator.credentials.create()` gave, as JSON, and a name.",
    body: RegistrationBody,
    answers: { 200: RegistrationAnswer },
    errors: ["CONFLICT"],
  },
  "POST /api/v1/passkeys/authenticate/options": {
    id: "getAuthenticationOptions",
    tag: "Passkeys",
    summary: "Begin to sign in by passkey",
    body: AuthenticationOptionsBody,
    example: {},
    answers: { 200: AuthenticationOptionsAnswer },
    errors: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"],
  },
  "POST /api/v1/passkeys/authenticate/verify": {
    id: "signInByPasskey",
    tag: "Passkeys",
    summary: "Sign in by passkey",
    description: "The body is what `navigator.credentials.get()` gave, as JSON.",
    body: AuthenticationBody,
    answers: { 200: AuthenticationAnswer },
    errors: ["UNAUTHORIZED", "NOT_FOUND", "RATE_LIMIT_EXCEEDED"],
  },
  "GET /api/v1/passkeys": {
    id: "listPasskeys",
    tag: "Passkeys",
    summary: "List passkeys",
    answers: { 200: PasskeyListAnswer },
  },
  "PATCH /api/v1/passkeys/:id": {
    id: "renamePasskey",
    tag: "Passkeys",
    summary: "Rename a passkey",
    parameters: uuid("The passkey's id"),
    body: RenamePasskeyBody,
    example: { name: "Phone" },
    answers: { 200: RenamePasskeyAnswer },
    errors: ["NOT_FOUND"],
  },
  "DELETE /api/v1/passkeys/:id": {
    id: "deletePasskey",
    tag: "Passkeys",
    summary: "Delete a passkey",
    parameters: uuid("The passkey's id"),
    answers: { 200: DeletePasskeyAnswer },
    errors: ["NOT_FOUND"],
  },
} as const satisfies Record<string, Operation>;

/** See the module's comment. */
export const ACCOUNT_OPERATIONS = { ...PRESETS, ...USAGE, ...SETTINGS, ...ACCOUNT, ...PASSKEYS } as const;

/**
 * Wire shapes of the API keys. Scopes: a list in, a comma text out.
 *
 * @module
 */
import { z } from "zod";

/** Most characters of a key's name. */
export const MAX_KEY_NAME_CHARS = 100;
const MAX_DAYS = 365;

const days = `must be a whole number from 1 to ${MAX_DAYS}`;
const nameRule = `must be a text of 1 to ${MAX_KEY_NAME_CHARS} characters`;
const scopesRule = 'must be a list of "read", "write" or both';

/** A key as lists show it: never the key itself. */
export const ApiKeyObject = z.object({
  id: z.string(),
  name: z.string(),
  key_prefix: z.string().describe("First 13 characters"),
  scopes: z.string().describe("`read`, `write` or `read,write`"),
  created_at: z.int().describe("Unix seconds"),
  last_used_at: z.int().nullable().describe("Unix seconds"),
  expires_at: z.int().nullable().describe("Unix seconds"),
  total_requests: z.int(),
});

/** Answer of `GET /api/v1/settings/api-keys`. */
export const ApiKeysAnswer = z.object({ api_keys: z.array(ApiKeyObject), total: z.int() });
/** See {@linkcode ApiKeysAnswer}. */
export type ApiKeysAnswer = z.infer<typeof ApiKeysAnswer>;

/** Body of `POST /api/v1/settings/api-keys`. */
export const NewApiKeyBody = z.object({
  name: z.string(nameRule).trim().min(1, nameRule).max(MAX_KEY_NAME_CHARS, nameRule),
  scopes: z.array(z.enum(["read", "write"], 'must be "read" or "write"'), scopesRule).min(1, scopesRule).max(
    10,
    scopesRule,
  ).default(["read", "write"]).describe("Both when absent. A key can't give a scope that it lacks itself."),
  expires_in_days: z.int(days).min(1, days).max(MAX_DAYS, days).nullish().describe("Null or absent = for ever"),
});

/** Answer of `POST /api/v1/settings/api-keys`: the only place that shows the key. */
export const NewApiKeyAnswer = z.object({
  id: z.string(),
  key: z.string(),
  key_prefix: z.string(),
  name: z.string(),
  scopes: z.string(),
  created_at: z.int().describe("Unix seconds"),
  expires_at: z.int().nullable().describe("Unix seconds"),
});
/** See {@linkcode NewApiKeyAnswer}. */
export type NewApiKeyAnswer = z.infer<typeof NewApiKeyAnswer>;

/** Answer of deletes that have nothing more to say. */
export const DoneAnswer = z.object({ success: z.literal(true), message: z.string() });
/** See {@linkcode DoneAnswer}. */
export type DoneAnswer = z.infer<typeof DoneAnswer>;

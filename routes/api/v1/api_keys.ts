/**
 * `/api/v1/settings/api-keys`.
 *
 * @module
 */
import { isApiKeyId } from "../../../kv/ids.ts";
import type { ApiKeyRecord, Scope } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import type { Deps } from "../../deps.ts";
import { type ApiKeysAnswer, type DoneAnswer, type NewApiKeyAnswer, NewApiKeyBody } from "./_schema/api_keys.ts";
import { unixSeconds } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const DAY_MS = 24 * 3_600 * 1_000;
/** Most keys of a user, expired ones too: the list has no pages. */
const MAX_KEYS = 100;
const SCOPE_ORDER: readonly Scope[] = ["read", "write"];

const secondsOrNull = (ms: number | null) => ms === null ? null : unixSeconds(ms);
const scopesText = (scopes: readonly Scope[]) => SCOPE_ORDER.filter((scope) => scopes.includes(scope)).join(",");

function presentKey(key: ApiKeyRecord, use: { requests: number; lastUsedAtMs: number | null }) {
  return {
    id: key.id,
    name: key.name,
    key_prefix: key.prefix,
    scopes: scopesText(key.scopes),
    created_at: unixSeconds(key.createdAtMs),
    last_used_at: secondsOrNull(use.lastUsedAtMs),
    expires_at: secondsOrNull(key.expiresAtMs),
    total_requests: use.requests,
  };
}

/** `GET /api/v1/settings/api-keys`. */
export function listApiKeys(deps: Deps): AppHandler {
  return async function listApiKeys(c) {
    const keys = await deps.apiKeys.list(c.get("caller").user.id);
    const uses = await deps.apiKeys.uses(keys);
    const answer: ApiKeysAnswer = { api_keys: keys.map((key, at) => presentKey(key, uses[at]!)), total: keys.length };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/settings/api-keys`: the only answer that shows the key. */
export function createApiKey(deps: Deps): AppHandler {
  return async function createApiKey(c) {
    const caller = c.get("caller");
    const body = parseWith(NewApiKeyBody, await readJsonObject(c.req.raw), null);
    const lacking = body.scopes.find((scope) => !caller.scopes.includes(scope));
    if (lacking !== undefined) {
      throw new ApiError("FORBIDDEN", `API key lacks the scope "${lacking}", so it cannot give it to another key`);
    }
    if ((await deps.apiKeys.list(caller.user.id)).length >= MAX_KEYS) {
      throw new ApiError("CONFLICT", `There are ${MAX_KEYS} API keys already; delete one first`);
    }
    const days = body.expires_in_days ?? null;
    const { key, record } = await deps.apiKeys.create(caller.user.id, {
      name: body.name,
      scopes: SCOPE_ORDER.filter((scope) => body.scopes.includes(scope)),
      expiresAtMs: days === null ? null : deps.now() + days * DAY_MS,
    });
    const answer: NewApiKeyAnswer = {
      id: record.id,
      key,
      key_prefix: record.prefix,
      name: record.name,
      scopes: scopesText(record.scopes),
      created_at: unixSeconds(record.createdAtMs),
      expires_at: secondsOrNull(record.expiresAtMs),
    };
    return c.json(answer, 201, NO_STORE);
  };
}

/** `DELETE /api/v1/settings/api-keys/:id`. */
export function deleteApiKey(deps: Deps): AppHandler {
  return async function deleteApiKey(c) {
    const id = c.req.param("id") ?? "";
    if (!isApiKeyId(id) || !await deps.apiKeys.revoke(c.get("caller").user.id, id)) {
      throw new ApiError("NOT_FOUND", "There is no API key of yours with this id");
    }
    const answer: DoneAnswer = { success: true, message: "API key deleted" };
    return c.json(answer, 200, NO_STORE);
  };
}

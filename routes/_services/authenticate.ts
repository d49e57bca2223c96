/**
 * Who is calling?
 *
 * @module
 */
import { isApiKey } from "../../kv/ids.ts";
import type { ApiKeyRecord, UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";

/** A caller that proved who it is. */
export interface Caller {
  readonly user: UserRecord;
  readonly key: ApiKeyRecord;
}

/**
 * Finds the caller behind an `Authorization` header.
 *
 * @returns the caller, or in words why there is none
 */
export async function authenticate(deps: Deps, header: string | null): Promise<Caller | string> {
  if (header === null) return 'Header "Authorization: Bearer imgsrc_…" is missing';
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) return 'Authorization must be "Bearer " and an API key';
  if (!isApiKey(token)) return "Token is no API key: one begins with imgsrc_ and has 48 characters behind it";
  const key = await deps.apiKeys.find(token);
  const user = key === null ? null : await deps.users.get(key.user);
  if (key === null || user === null) return "API key is unknown, revoked or expired";
  deps.usage.countKey(key.id);
  deps.usage.count(user.id, "api_requests");
  return { user, key };
}

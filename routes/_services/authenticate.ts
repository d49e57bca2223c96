/**
 * Who is calling?
 *
 * @module
 */
import { isApiKey } from "../../kv/ids.ts";
import type { ApiKeyRecord, Scope, UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { isNewcomer, userOfToken } from "./accounts.ts";
import { ServiceError } from "./service_error.ts";

/** A caller that proved who it is. */
export interface Caller {
  readonly user: UserRecord;
  /** By what: an API key, a signed token, or the dashboard's own session, which spends no API quota. */
  readonly via: "key" | "token" | "session";
  readonly scopes: readonly Scope[];
  /** null unless by a key. */
  readonly key: ApiKeyRecord | null;
}

/** What a request shows of its sender. */
export interface Credentials {
  /** The `Authorization` header. */
  readonly authorization: string | null;
  /** Token of the dashboard's session; null also where another site's page sent the request. */
  readonly session: string | null;
}

const ALL_SCOPES: readonly Scope[] = ["read", "write"];

async function byKey(deps: Deps, token: string): Promise<Caller | string> {
  const key = await deps.apiKeys.find(token);
  const user = key === null ? null : await deps.users.get(key.user);
  if (key === null || user === null) return "API key is unknown, revoked or expired";
  deps.usage.countKey(key.id);
  return { user, via: "key", scopes: key.scopes, key };
}

async function byToken(deps: Deps, token: string): Promise<Caller | string> {
  const claims = await deps.signIn.verifier.verify(token);
  const found = claims === null ? null : await userOfToken(deps, claims);
  if (found === null) return "Token is not valid: its signature, issuer, audience or time is wrong, or it was ended";
  if (isNewcomer(found)) {
    throw new ServiceError("forbidden", "Choose a user name first: POST /api/v1/auth/username with this token");
  }
  return { user: found, via: "token", scopes: ALL_SCOPES, key: null };
}

/** Signed tokens have two dots; what is neither is told how a key looks. */
async function byBearer(deps: Deps, token: string): Promise<Caller | string> {
  if (isApiKey(token)) return await byKey(deps, token);
  if (token.split(".").length === 3) return await byToken(deps, token);
  return "Token is no API key: one begins with imgsrc_ and has 48 characters behind it";
}

/** The user of a dashboard session, or null. */
async function bySession(deps: Deps, token: string): Promise<Caller | null> {
  const id = await deps.sessions.find(token);
  const user = id === null ? null : await deps.users.get(id);
  return user === null ? null : { user, via: "session", scopes: ALL_SCOPES, key: null };
}

/**
 * Finds the caller: by the `Authorization` header where there is one, else by the dashboard's session.
 *
 * @returns the caller, or in words why there is none
 */
export async function authenticate(deps: Deps, credentials: Credentials): Promise<Caller | string> {
  const { authorization, session } = credentials;
  if (authorization !== null) {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return 'Authorization must be "Bearer " and an API key';
    return await byBearer(deps, token);
  }
  const caller = session === null ? null : await bySession(deps, session);
  return caller ?? 'Header "Authorization: Bearer imgsrc_…" is missing';
}

/**
 * `/api/v1/passkeys`: register, sign in, list, rename, delete.
 *
 * @module
 */
import { NameError, parseUserName } from "../../../kv/ids.ts";
import type { PasskeyRecord, UserRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { addressReader } from "../../_middleware/rate_limit.ts";
import { issueTicket, issueToken } from "../../_services/accounts.ts";
import {
  authenticateByPasskey,
  authenticationOptions,
  register,
  registrationOptions,
} from "../../_services/passkeys.ts";
import type { Deps } from "../../deps.ts";
import {
  type AuthenticationAnswer,
  AuthenticationBody,
  AuthenticationOptionsBody,
  type DeletePasskeyAnswer,
  type Passkey,
  type PasskeyListAnswer,
  type RegistrationAnswer,
  RegistrationBody,
  type RenamePasskeyAnswer,
  RenamePasskeyBody,
} from "./_schema/passkeys.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const notFound = () => new ApiError("NOT_FOUND", "There is no passkey of yours with this id");

function idOf(c: AppContext): string {
  const id = c.req.param("id") ?? "";
  if (!/^[0-9a-f-]{36}$/.test(id)) throw notFound();
  return id;
}

function present(passkey: PasskeyRecord): Passkey {
  return {
    id: passkey.id,
    name: passkey.name,
    createdAt: new Date(passkey.createdAtMs).toISOString(),
    lastUsedAt: passkey.lastUsedAtMs === null ? null : new Date(passkey.lastUsedAtMs).toISOString(),
    deviceType: passkey.deviceType,
  };
}

/** `POST /api/v1/passkeys/register/options`. */
export function passkeyRegistrationOptions(deps: Deps): AppHandler {
  return async function passkeyRegistrationOptions(c) {
    await readJsonObject(c.req.raw);
    return c.json(await registrationOptions(deps, c.get("caller").user), 200, NO_STORE);
  };
}

/** `POST /api/v1/passkeys/register/verify`. */
export function registerPasskey(deps: Deps): AppHandler {
  return async function registerPasskey(c) {
    const { name, authenticatorAttachment, response, ...rest } = parseWith(
      RegistrationBody,
      await readJsonObject(c.req.raw),
      null,
    );
    const { transports, ...signed } = response;
    const credential = {
      ...rest,
      ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
      response: { ...signed, ...(transports === undefined ? {} : { transports: transports as never[] }) },
    };
    const passkey = await register(deps, c.get("caller").user, credential, name ?? undefined);
    const answer: RegistrationAnswer = { verified: true, passkey_id: passkey.id, passkey: present(passkey) };
    return c.json(answer, 200, NO_STORE);
  };
}

async function namedUser(deps: Deps, username: string): Promise<UserRecord> {
  try {
    const user = await deps.users.byName(parseUserName(username));
    if (user !== null) return user;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
  }
  throw new ApiError("NOT_FOUND", "There is no passkey of this user");
}

/** `POST /api/v1/passkeys/authenticate/options`. */
export function passkeyAuthenticationOptions(deps: Deps): AppHandler {
  const addressOf = addressReader(deps);
  return async function passkeyAuthenticationOptions(c) {
    const { username } = parseWith(AuthenticationOptionsBody, await readJsonObject(c.req.raw), null);
    const user = username ? await namedUser(deps, username) : null;
    return c.json(await authenticationOptions(deps, user, addressOf(c)), 200, NO_STORE);
  };
}

/** `POST /api/v1/passkeys/authenticate/verify`. */
export function signInByPasskey(deps: Deps): AppHandler {
  return async function signInByPasskey(c) {
    const { authenticatorAttachment, response, ...rest } = parseWith(
      AuthenticationBody,
      await readJsonObject(c.req.raw),
      null,
    );
    const { userHandle, ...signed } = response;
    const user = await authenticateByPasskey(deps, {
      ...rest,
      ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
      response: { ...signed, ...(userHandle ? { userHandle } : {}) },
    });
    if (user === null) throw new ApiError("UNAUTHORIZED", "Passkey is unknown or its signature is wrong");
    const token = await issueToken(deps, user);
    const answer: AuthenticationAnswer = {
      verified: true,
      ticket: await issueTicket(deps, user),
      userId: user.id,
      username: user.name,
      token: token?.token ?? null,
      expiresAt: token === null ? null : token.expiresAtMs / 1000,
    };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `GET /api/v1/passkeys`. */
export function listPasskeys(deps: Deps): AppHandler {
  return async function listPasskeys(c) {
    const answer: PasskeyListAnswer = { passkeys: (await deps.passkeys.list(c.get("caller").user.id)).map(present) };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `PATCH /api/v1/passkeys/:id`. */
export function renamePasskey(deps: Deps): AppHandler {
  return async function renamePasskey(c) {
    const { name } = parseWith(RenamePasskeyBody, await readJsonObject(c.req.raw), null);
    const { user } = c.get("caller");
    const passkey = await deps.passkeys.update(user.id, idOf(c), (p) => ({ ...p, name }));
    if (passkey === null) throw notFound();
    const answer: RenamePasskeyAnswer = { success: true, passkey: present(passkey) };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `DELETE /api/v1/passkeys/:id`. */
export function deletePasskey(deps: Deps): AppHandler {
  return async function deletePasskey(c) {
    if (!await deps.passkeys.remove(c.get("caller").user.id, idOf(c))) throw notFound();
    const answer: DeletePasskeyAnswer = { success: true, message: "Passkey deleted" };
    return c.json(answer, 200, NO_STORE);
  };
}

/**
 * `/api/v1/auth`: accounts by password, tokens, the first user name, log out everywhere; the key set of our own tokens.
 *
 * @module
 */
import type { UserRecord } from "../../../kv/records.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppContext, AppHandler } from "../../_middleware/env.ts";
import { addressReader } from "../../_middleware/rate_limit.ts";
import {
  chooseName,
  isNewcomer,
  issueTicket,
  issueToken,
  logOutEverywhere,
  signInByPassword,
  signUp,
  userOfToken,
} from "../../_services/accounts.ts";
import type { Deps } from "../../deps.ts";
import { type AccountAnswer, ChooseNameBody, type LogOutAnswer, SignInBody, SignUpBody } from "./_schema/auth.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };

async function present(deps: Deps, user: UserRecord): Promise<AccountAnswer> {
  const token = await issueToken(deps, user);
  return {
    user_id: user.id,
    username: user.name,
    email: user.email,
    plan: user.plan,
    token: token?.token ?? null,
    expires_at: token === null ? null : token.expiresAtMs / 1000,
    ticket: await issueTicket(deps, user),
  };
}

/** `POST /api/v1/auth/sign-up`. */
export function signUpByApi(deps: Deps): AppHandler {
  const addressOf = addressReader(deps);
  return async function signUpByApi(c) {
    const form = parseWith(SignUpBody, await readJsonObject(c.req.raw), null);
    return c.json(await present(deps, await signUp(deps, form, addressOf(c))), 201, NO_STORE);
  };
}

/** `POST /api/v1/auth/sign-in`. */
export function signInByApi(deps: Deps): AppHandler {
  const addressOf = addressReader(deps);
  return async function signInByApi(c) {
    const { email, username, password } = parseWith(SignInBody, await readJsonObject(c.req.raw), null);
    const user = await signInByPassword(deps, (email || username)!, password, addressOf(c));
    if (user === null) throw new ApiError("UNAUTHORIZED", "User name, e-mail or password is wrong");
    return c.json(await present(deps, user), 200, NO_STORE);
  };
}

/** `POST /api/v1/auth/token`: a token of ours for whoever has a dashboard session. */
export function renewToken(deps: Deps): AppHandler {
  return async function renewToken(c) {
    const { user, via } = c.get("caller");
    if (via !== "session") throw new ApiError("FORBIDDEN", "Tokens are given to dashboard sessions only");
    return c.json(await present(deps, user), 200, NO_STORE);
  };
}

async function newcomerOf(deps: Deps, c: AppContext) {
  const token = /^Bearer +(\S+)$/i.exec(c.req.raw.headers.get("authorization") ?? "")?.[1];
  const claims = token === undefined ? null : await deps.signIn.verifier.verify(token);
  const found = claims === null ? null : await userOfToken(deps, claims);
  if (found === null) {
    throw new ApiError("UNAUTHORIZED", "A valid token is missing", { "www-authenticate": 'Bearer realm="imgsrc"' });
  }
  return found;
}

/** `POST /api/v1/auth/username`: the account of somebody who signed in by an outside issuer and has none yet. */
export function chooseUserName(deps: Deps): AppHandler {
  return async function chooseUserName(c) {
    const newcomer = await newcomerOf(deps, c);
    const { username } = parseWith(ChooseNameBody, await readJsonObject(c.req.raw), null);
    if (!isNewcomer(newcomer)) throw new ApiError("CONFLICT", `You have the user name "${newcomer.name}" already`);
    return c.json(await present(deps, await chooseName(deps, newcomer, username)), 201, NO_STORE);
  };
}

/** `POST /api/v1/auth/log-out-everywhere`: sessions, links and tokens end; API keys don't. */
export function logOut(deps: Deps): AppHandler {
  return async function logOut(c) {
    await logOutEverywhere(deps, c.get("caller").user);
    const answer: LogOutAnswer = { success: true, message: "Signed out on every device" };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `GET /.well-known/jwks.json`. */
export function ownKeySet(deps: Deps): AppHandler {
  return async function ownKeySet(c) {
    const { ownKeys } = deps.signIn;
    if (ownKeys === null) throw new ApiError("NOT_FOUND", "Tokens are issued by Clerk here");
    return c.json(await ownKeys.document(), 200, NO_STORE);
  };
}

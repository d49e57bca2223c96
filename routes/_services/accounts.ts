/**
 * Accounts: how one begins, and who a token, a password or a passkey belongs to.
 *
 * @module
 */
import { NameError, parseNewUserName, parseUserName, sha256Hex } from "../../kv/ids.ts";
import type { Identity, PlanName, UserRecord } from "../../kv/records.ts";
import { TICKET_LIFETIME_MS } from "../../kv/sessions.ts";
import type { SignUpFault } from "../../kv/users.ts";
import type { Deps } from "../deps.ts";
import { PASSWORD_BOUNDS } from "./attempt_limit.ts";
import { ServiceError } from "./service_error.ts";
import type { IssuedToken, TokenClaims } from "./tokens.ts";

/** Shortest password. */
export const MIN_PASSWORD_CHARS = 8;
/** Longest password. */
export const MAX_PASSWORD_CHARS = 200;
const MAX_EMAIL_CHARS = 254;

type AccountDeps = Pick<
  Deps,
  "config" | "users" | "sessions" | "passwords" | "attempts" | "signUps" | "signIn" | "rates" | "leases"
>;

const FAULTS: Record<SignUpFault, string> = {
  name_taken: "This user name is taken",
  email_taken: "There is an account with this e-mail already",
  identity_taken: "You have an account already",
};

const defaultPlan = (deps: AccountDeps) => deps.config.DEFAULT_PLAN as PlanName;

function assertOpen(deps: AccountDeps): void {
  if (deps.config.SIGN_UP === "closed") {
    throw new ServiceError("forbidden", "Sign-up is closed: whoever runs this server makes the accounts");
  }
}

/** What the embedded sign-up asks for. */
export interface SignUpForm {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/**
 * Makes an account with a password.
 *
 * @param address of the client
 * @throws {ServiceError} `forbidden` where sign-up is closed or Clerk's, `conflict` when name or e-mail is taken
 * @throws {NameError} for a bad or reserved user name
 */
export async function signUp(deps: AccountDeps, form: SignUpForm, address: string): Promise<UserRecord> {
  assertEmbedded(deps);
  assertOpen(deps);
  assertForm(form);
  const name = parseNewUserName(form.username);
  // What is taken is told before the password is worked on, and claimed for good after it.
  if (await deps.users.byName(name) !== null) throw new ServiceError("conflict", FAULTS.name_taken);
  if (await deps.users.byEmail(form.email) !== null) throw new ServiceError("conflict", FAULTS.email_taken);
  if (!deps.signUps.take("", address)) throw new ServiceError("too_many", "Too many sign-ups; try again in a minute");
  const password = await deps.passwords.hash(form.password);
  const user = await deps.users.signUp({ name, email: form.email, plan: defaultPlan(deps), password });
  if (typeof user === "string") throw new ServiceError("conflict", FAULTS[user]);
  return user;
}

/** For forms without the API's schema. */
function assertForm({ email, password }: SignUpForm): void {
  if (email.length > MAX_EMAIL_CHARS || !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email)) {
    throw new ServiceError("validation", "E-mail address is none");
  }
  if (password.length < MIN_PASSWORD_CHARS || password.length > MAX_PASSWORD_CHARS) {
    throw new ServiceError(
      "validation",
      `Password must have ${MIN_PASSWORD_CHARS} to ${MAX_PASSWORD_CHARS} characters`,
    );
  }
}

function assertEmbedded(deps: AccountDeps): void {
  if (deps.signIn.clerk !== null) {
    throw new ServiceError("forbidden", "Sign-in is by Clerk here: use its page and send its token");
  }
}

async function userBehind(deps: AccountDeps, login: string): Promise<UserRecord | null> {
  if (login.includes("@")) return await deps.users.byEmail(login);
  try {
    return await deps.users.byName(parseUserName(login));
  } catch (error) {
    if (error instanceof NameError) return null;
    throw error;
  }
}

/** Several instances count a name's tries together, so that more of them give no more tries. */
async function isTryLeftInAll(deps: AccountDeps, login: string): Promise<boolean> {
  if (deps.leases === null) return true;
  const who = `password ${await sha256Hex(login.toLowerCase())}`;
  return (await deps.rates.take(who, PASSWORD_BOUNDS.perName)).isAllowed;
}

/**
 * The user of a name or e-mail with its password, or null.
 *
 * @param address of the client
 * @throws {ServiceError} `too_many` tries
 */
export async function signInByPassword(
  deps: AccountDeps,
  login: string,
  password: string,
  address: string,
): Promise<UserRecord | null> {
  if (!deps.attempts.take(login, address) || !await isTryLeftInAll(deps, login)) {
    throw new ServiceError("too_many", "Too many tries. Wait a minute, then try again");
  }
  const user = await userBehind(deps, login);
  return await deps.passwords.verify(user?.id ?? null, password) ? user : null;
}

/** A token of ours for a user, or null where tokens are Clerk's. */
export async function issueToken(deps: AccountDeps, user: UserRecord): Promise<IssuedToken | null> {
  return await deps.signIn.issuer?.issue(user, await deps.sessions.epochOf(user.id)) ?? null;
}

/** A one-time ticket for `/sign-in?token=…`, from a request of a script to a page's own session. */
export function issueTicket(deps: AccountDeps, user: UserRecord): Promise<string> {
  return deps.sessions.createLink(user.id, TICKET_LIFETIME_MS);
}

async function ownUser(deps: AccountDeps, claims: TokenClaims): Promise<UserRecord | null> {
  const user = await deps.users.get(claims.subject as UserRecord["id"]);
  return user !== null && claims.epoch === await deps.sessions.epochOf(user.id) ? user : null;
}

const identityOf = (claims: TokenClaims): Identity => ({ issuer: claims.issuer, subject: claims.subject });

/** The name that an outside issuer knows somebody by, where it can be one here. */
function claimedName(claims: TokenClaims) {
  try {
    return claims.username === null ? null : parseNewUserName(claims.username);
  } catch (error) {
    if (error instanceof NameError) return null;
    throw error;
  }
}

/** Somebody whom an outside issuer vouches for and who has no account yet. */
export interface Newcomer {
  readonly identity: Identity;
  readonly email: string | null;
}

/** Makes the account of a newcomer under a name; null when the name is taken. */
async function welcome(deps: AccountDeps, newcomer: Newcomer, name: ReturnType<typeof parseNewUserName>) {
  const { identity, email } = newcomer;
  const made = await deps.users.signUp({ name, email, plan: defaultPlan(deps), identity });
  if (made === "identity_taken") return await deps.users.byIdentity(identity);
  return typeof made === "string" ? null : made;
}

/**
 * The user of a verified token. A first sign-in makes the account, where the token has a user name that is free.
 *
 * @returns null when the token was ended by "log out everywhere" or its account is gone; a newcomer who has to choose a
 * name first
 */
export async function userOfToken(deps: AccountDeps, claims: TokenClaims): Promise<UserRecord | Newcomer | null> {
  if (deps.signIn.clerk === null) return await ownUser(deps, claims);
  const newcomer = { identity: identityOf(claims), email: claims.email };
  const known = await deps.users.byIdentity(newcomer.identity);
  if (known !== null) return await deps.users.areTokensEnded(known.id, claims.issuedAtMs) ? null : known;
  const name = deps.config.SIGN_UP === "closed" ? null : claimedName(claims);
  return name === null ? newcomer : await welcome(deps, newcomer, name) ?? newcomer;
}

/** Whether it is one. */
export function isNewcomer(found: UserRecord | Newcomer): found is Newcomer {
  return "identity" in found;
}

/**
 * A newcomer's account under the name that they chose.
 *
 * @throws {ServiceError} `conflict` when the name is taken, `forbidden` where sign-up is closed
 * @throws {NameError} for a bad or reserved user name
 */
export async function chooseName(deps: AccountDeps, newcomer: Newcomer, username: string): Promise<UserRecord> {
  assertOpen(deps);
  const user = await welcome(deps, newcomer, parseNewUserName(username));
  if (user === null) throw new ServiceError("conflict", FAULTS.name_taken);
  return user;
}

/** Ends every session, link and token of a user, and those that Clerk has. */
export async function logOutEverywhere(deps: AccountDeps, user: UserRecord): Promise<void> {
  await deps.sessions.endAll(user.id);
  const identity = deps.signIn.clerk === null ? null : await deps.users.identityOf(user.id);
  if (identity !== null) await deps.signIn.clerk!.endSessions(identity.subject);
}

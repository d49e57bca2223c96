/**
 * Passkeys: registering one, signing in by one. The library is loaded at first use; most requests never need it.
 *
 * @module
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { PasskeyRecord, UserRecord } from "../../kv/records.ts";
import { MAX_PASSKEYS } from "../../kv/passkeys.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";

type PasskeyDeps = Pick<Deps, "rates" | "passkeys" | "users" | "publicOrigin" | "randomBytes" | "newUuid" | "now">;

const RP_NAME = "imgsrc";
const TIMEOUT_MS = 60_000;
const CHALLENGE_BYTES = 32;
/** ES256, EdDSA, RS256: what authenticators make. */
const ALGORITHMS = [-7, -8, -257];
const DEFAULT_NAME = "Passkey";
/** For one address: anybody may ask for a challenge, and each is a row until it is over. */
const MAX_CHALLENGES_PER_MINUTE = 60;

const load = () => import("@simplewebauthn/server");
const rpIdOf = (deps: PasskeyDeps) => new URL(deps.publicOrigin).hostname;
const newChallenge = (deps: PasskeyDeps) => Uint8Array.from(deps.randomBytes(CHALLENGE_BYTES));

/** Options for `navigator.credentials.create()`. @throws {ServiceError} `conflict` with as many as one can have */
export async function registrationOptions(deps: PasskeyDeps, user: UserRecord) {
  const existing = await deps.passkeys.list(user.id);
  if (existing.length >= MAX_PASSKEYS) {
    throw new ServiceError("conflict", `You have ${MAX_PASSKEYS} passkeys, the most`);
  }
  const { generateRegistrationOptions } = await load();
  const options = await generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: rpIdOf(deps),
    userName: user.name,
    userID: new TextEncoder().encode(user.id),
    challenge: newChallenge(deps),
    timeout: TIMEOUT_MS,
    attestationType: "none",
    excludeCredentials: existing.map((p) => ({ id: p.credentialId })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  await deps.passkeys.putChallenge(options.challenge, "register", user.id);
  return options;
}

/** The challenge that an authenticator says it signed; the library compares it with what was signed. */
function challengeIn(clientDataJson: string): string | null {
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(clientDataJson, { alphabet: "base64url" }));
    const { challenge } = JSON.parse(text) as { challenge?: unknown };
    return typeof challenge === "string" && challenge.length <= 100 ? challenge : null;
  } catch {
    return null;
  }
}

async function usedChallenge(deps: PasskeyDeps, clientDataJson: string, purpose: "register" | "authenticate") {
  const challenge = challengeIn(clientDataJson);
  const row = challenge === null ? null : await deps.passkeys.useChallenge(challenge, purpose);
  if (row === null) {
    throw new ServiceError("validation", "Challenge is unknown, used or too old: ask for options again");
  }
  return { expectedChallenge: challenge!, user: row.user };
}

/** The library throws plain errors for everything that doesn't fit. */
async function orFalse<T extends { verified: boolean }>(check: () => Promise<T>): Promise<T | null> {
  try {
    const result = await check();
    return result.verified ? result : null;
  } catch {
    return null;
  }
}

const expected = (deps: PasskeyDeps, expectedChallenge: string) => ({
  expectedChallenge,
  expectedOrigin: deps.publicOrigin,
  expectedRPID: rpIdOf(deps),
  requireUserVerification: true,
});

/**
 * Takes a new passkey.
 *
 * @throws {ServiceError} `validation` when it doesn't verify, `conflict` when the credential is known
 */
export async function register(
  deps: PasskeyDeps,
  user: UserRecord,
  response: RegistrationResponseJSON,
  name: string | undefined,
): Promise<PasskeyRecord> {
  const { expectedChallenge, user: owner } = await usedChallenge(deps, response.response.clientDataJSON, "register");
  const { verifyRegistrationResponse } = await load();
  const check = () => verifyRegistrationResponse({ response, ...expected(deps, expectedChallenge) });
  const info = owner === user.id ? (await orFalse(check))?.registrationInfo : undefined;
  if (info === undefined) throw new ServiceError("validation", "Passkey could not be verified");
  const passkey: PasskeyRecord = {
    v: 1,
    id: deps.newUuid(),
    user: user.id,
    name: name ?? DEFAULT_NAME,
    credentialId: info.credential.id,
    publicKey: Uint8Array.from(info.credential.publicKey),
    counter: info.credential.counter,
    transports: response.response.transports ?? [],
    deviceType: info.credentialDeviceType,
    createdAtMs: deps.now(),
    lastUsedAtMs: null,
  };
  if (!await deps.passkeys.add(passkey)) throw new ServiceError("conflict", "This passkey is registered already");
  return passkey;
}

/**
 * Options for `navigator.credentials.get()`.
 *
 * @param user null = whichever passkey the device offers
 * @param address of the client
 * @throws {ServiceError} `not_found` for a user without passkeys, `too_many`
 */
export async function authenticationOptions(deps: PasskeyDeps, user: UserRecord | null, address: string) {
  const { isAllowed } = await deps.rates.take(`passkeys ${address}`, MAX_CHALLENGES_PER_MINUTE);
  if (!isAllowed) throw new ServiceError("too_many", "Too many sign-ins by passkey; try again in a minute");
  const known = user === null ? [] : await deps.passkeys.list(user.id);
  if (user !== null && known.length === 0) throw new ServiceError("not_found", "There is no passkey of this user");
  const { generateAuthenticationOptions } = await load();
  const options = await generateAuthenticationOptions({
    rpID: rpIdOf(deps),
    challenge: newChallenge(deps),
    timeout: TIMEOUT_MS,
    userVerification: "required",
    allowCredentials: known.map((p) => ({ id: p.credentialId, transports: [...p.transports] as never[] })),
  });
  await deps.passkeys.putChallenge(options.challenge, "authenticate", user?.id ?? null);
  return options;
}

/**
 * The user whose passkey signed, or null when it didn't.
 *
 * @throws {ServiceError} `validation` for an unknown challenge
 */
export async function authenticateByPasskey(
  deps: PasskeyDeps,
  response: AuthenticationResponseJSON,
): Promise<UserRecord | null> {
  const { expectedChallenge, user } = await usedChallenge(deps, response.response.clientDataJSON, "authenticate");
  const passkey = await deps.passkeys.byCredential(response.id);
  if (passkey === null || (user !== null && passkey.user !== user)) return null;
  const { verifyAuthenticationResponse } = await load();
  const { credentialId: id, publicKey, counter } = passkey;
  const check = () =>
    verifyAuthenticationResponse({
      response,
      credential: { id, publicKey, counter },
      ...expected(deps, expectedChallenge),
    });
  const result = await orFalse(check);
  if (result === null) return null;
  const { newCounter } = result.authenticationInfo;
  const used = await deps.passkeys.update(passkey.user, passkey.id, (p) => ({
    ...p,
    counter: Math.max(p.counter, newCounter),
    lastUsedAtMs: deps.now(),
  }));
  return used === null ? null : await deps.users.get(used.user);
}

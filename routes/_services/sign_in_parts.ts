/**
 * The parts of sign-in, chosen by configuration: Clerk's tokens, or our own.
 *
 * @module
 */
import type { JwksCache } from "../../kv/jwks_cache.ts";
import type { SigningKeys } from "../../kv/signing_keys.ts";
import type { Deps } from "../deps.ts";
import { Clerk, clerkJwksUrl, usesClerk } from "./clerk.ts";
import { OwnKeys, RemoteKeys } from "./jwks.ts";
import { OWN_AUDIENCE, TokenIssuer, TokenVerifier } from "./tokens.ts";

/** Who is believed, and who issues. */
export interface SignIn {
  readonly verifier: TokenVerifier;
  /** null where people sign in here. */
  readonly clerk: Clerk | null;
  /** null where Clerk issues the tokens. */
  readonly issuer: TokenIssuer | null;
  /** As `issuer`. */
  readonly ownKeys: OwnKeys | null;
}

/** What the parts are made of. */
export interface SignInMaterial {
  readonly config: Deps["config"];
  readonly publicOrigin: string;
  readonly signingKeys: SigningKeys;
  readonly jwksCache: JwksCache;
  readonly now: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** See the module's comment. */
export function signInParts(material: SignInMaterial): SignIn {
  const { config, publicOrigin, signingKeys, jwksCache, now, fetch } = material;
  if (usesClerk(config)) {
    const keys = new RemoteKeys(clerkJwksUrl(config), { cache: jwksCache, now, fetch });
    const issuer = config.CLERK_ISSUER?.origin ?? null;
    const verifier = new TokenVerifier({ keys, issuer, audience: config.CLERK_AUDIENCE || null }, now);
    return { verifier, clerk: new Clerk(config, fetch), issuer: null, ownKeys: null };
  }
  const ownKeys = new OwnKeys(signingKeys);
  return {
    verifier: new TokenVerifier({ keys: ownKeys, issuer: publicOrigin, audience: OWN_AUDIENCE }, now),
    clerk: null,
    issuer: new TokenIssuer(signingKeys, publicOrigin, now),
    ownKeys,
  };
}

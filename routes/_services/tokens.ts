/**
 * Signed tokens (JWT): the one verifier for every issuer, and the issuer of our own.
 *
 * @module
 */
import {
  compactVerify,
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import type { UserRecord } from "../../kv/records.ts";
import type { SigningKeys } from "../../kv/signing_keys.ts";
import type { KeySource } from "./jwks.ts";

/** The only algorithm: what a token's header asks for never chooses another one. */
const ALGORITHM = "RS256";
const CLOCK_TOLERANCE_SECONDS = 30;
/** Longest token that is looked at. */
const MAX_TOKEN_CHARS = 8_192;
/** Longest subject and issuer: they are keys in KV. */
const MAX_NAME_CHARS = 255;
/** Audience of our own tokens. */
export const OWN_AUDIENCE = "imgsrc";
/** An hour: revoking works before that, see `epoch`. */
export const TOKEN_LIFETIME_SECONDS = 3_600;

/** What a token says. */
export interface TokenClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string | null;
  readonly email: string | null;
  readonly issuedAtMs: number;
  /** Of our own tokens: the user's epoch when it was issued; null elsewhere. */
  readonly epoch: number | null;
}

/** What is checked of an issuer's tokens. */
export interface TrustedIssuer {
  readonly keys: KeySource;
  /** null = not checked. */
  readonly issuer: string | null;
  /** null = not checked. */
  readonly audience: string | null;
}

const textOf = (value: unknown): string | null => typeof value === "string" && value !== "" ? value : null;

function claimsOf(payload: JWTPayload): TokenClaims {
  return {
    issuer: payload.iss ?? "",
    subject: payload.sub!,
    username: textOf(payload["username"]),
    email: textOf(payload["email"]),
    issuedAtMs: payload.iat! * 1000,
    epoch: typeof payload["epoch"] === "number" ? payload["epoch"] : null,
  };
}

/** Null for what is no good token. decodeProtectedHeader throws TypeError, JSON.parse SyntaxError. */
async function orNull<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** See the module's comment. */
export class TokenVerifier {
  #trusted: TrustedIssuer;
  #now: () => number;

  constructor(trusted: TrustedIssuer, now: () => number) {
    this.#trusted = trusted;
    this.#now = now;
  }

  /** The key that a token names, or null where its header is none that we take. */
  async #keyOf(token: string): Promise<CryptoKey | null> {
    if (token.length > MAX_TOKEN_CHARS) return null;
    const { alg, kid } = decodeProtectedHeader(token);
    if (alg !== ALGORITHM || typeof kid !== "string") return null;
    const jwk = await this.#trusted.keys.find(kid);
    return jwk === null ? null : await importJWK({ ...jwk }, ALGORITHM) as CryptoKey;
  }

  /**
   * What a token with a good signature holds, whatever its time, issuer and audience; else null. For letters that carry
   * a token, not for tokens.
   *
   * @throws {ServiceError} `upstream` while the issuer's keys can't be had
   */
  async signedContent(token: string): Promise<unknown> {
    return await orNull(async () => {
      const key = await this.#keyOf(token);
      if (key === null) return null;
      const { payload } = await compactVerify(token, key, { algorithms: [ALGORITHM] });
      return JSON.parse(new TextDecoder().decode(payload)) as unknown;
    });
  }

  /**
   * What a token says: with a good signature, in its time, from the issuer and for the audience. Null where it is not to
   * be believed.
   *
   * @throws {ServiceError} `upstream` while the issuer's keys can't be had
   */
  async verify(token: string): Promise<TokenClaims | null> {
    const payload = await orNull(async () => {
      const key = await this.#keyOf(token);
      if (key === null) return null;
      const { issuer, audience } = this.#trusted;
      const verified = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#now()),
        requiredClaims: ["sub", "exp", "iat"],
        ...(issuer === null ? {} : { issuer }),
        ...(audience === null ? {} : { audience }),
      });
      return verified.payload;
    });
    if (payload === null || this.#isFromTheFuture(payload)) return null;
    const hasSubject = textOf(payload.sub) !== null && payload.sub!.length <= MAX_NAME_CHARS;
    return hasSubject && (payload.iss ?? "").length <= MAX_NAME_CHARS ? claimsOf(payload) : null;
  }

  /** The library looks at `iat` only where a greatest age is set. */
  #isFromTheFuture({ iat }: JWTPayload): boolean {
    return iat !== undefined && iat > this.#now() / 1000 + CLOCK_TOLERANCE_SECONDS;
  }
}

/** A token with its end. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Issues our own tokens. */
export class TokenIssuer {
  #keys: SigningKeys;
  #issuer: string;
  #now: () => number;

  /** @param issuer origin that people use */
  constructor(keys: SigningKeys, issuer: string, now: () => number) {
    this.#keys = keys;
    this.#issuer = issuer;
    this.#now = now;
  }

  /** A token for a user. @param epoch the user's epoch now: "log out everywhere" raises it and so ends the token */
  async issue(user: UserRecord, epoch: number): Promise<IssuedToken> {
    const key = (await this.#keys.all())[0]!;
    const issuedAt = Math.floor(this.#now() / 1000);
    const expiresAt = issuedAt + TOKEN_LIFETIME_SECONDS;
    const claims = { username: user.name, epoch, ...(user.email === null ? {} : { email: user.email }) };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: "JWT" })
      .setIssuer(this.#issuer)
      .setAudience(OWN_AUDIENCE)
      .setSubject(user.id)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(await importJWK({ ...key.privateJwk, alg: ALGORITHM }, ALGORITHM));
    return { token, expiresAtMs: expiresAt * 1000 };
  }
}

/**
 * An outside issuer of tokens: its keys, its key set over "the network", tokens as good or as bad as a test wants them.
 *
 * @module
 */
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** Where the issuer says it is. */
export const ISSUER = "https://clerk.example.com";

/** The issuer. */
export interface TestIssuer {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  /** The key set as it is served now; tests change it. */
  jwks: { keys: unknown[] };
  /** How often the key set was asked for. */
  fetches: number;
  /** Set = the network fails with it. */
  failure: Error | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Requests beside the key set, `METHOD path`. */
  readonly calls: string[];
  sign(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>;
}

const makePair = () => generateKeyPair("RS256", { extractable: true });
/** Making a pair takes up to a second: the issuer's own, and the one of everybody else. */
let own: ReturnType<typeof makePair> | null = null;
let other: ReturnType<typeof makePair> | null = null;

/** A key pair that is not the issuer's, with its public JWK. */
export function otherKeyPair(kid: string): Promise<{ privateKey: CryptoKey; publicJwk: JWK }> {
  return asJwk(other ??= makePair(), kid);
}

async function asJwk(pair: ReturnType<typeof makePair>, kid: string) {
  const { privateKey, publicKey } = await pair;
  const { kty, n, e } = await exportJWK(publicKey);
  return { privateKey, publicJwk: { kty: kty!, n: n!, e: e!, kid, alg: "RS256", use: "sig" } };
}

/** Starts an issuer. */
export async function startIssuer(kid = "key-1"): Promise<TestIssuer> {
  const { privateKey, publicJwk } = await asJwk(own ??= makePair(), kid);
  const issuer: TestIssuer = {
    privateKey,
    publicJwk,
    jwks: { keys: [publicJwk] },
    fetches: 0,
    failure: null,
    calls: [],
    fetch(url, init) {
      if (issuer.failure !== null) return Promise.reject(issuer.failure);
      if (!url.endsWith("/jwks.json")) {
        issuer.calls.push(`${init.method} ${url}`);
        return Promise.resolve(Response.json(init.method === "GET" ? [{ id: "sess_1" }, { id: "sess_2" }] : {}));
      }
      issuer.fetches++;
      return Promise.resolve(Response.json(issuer.jwks));
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(privateKey),
  };
  return issuer;
}

/** Claims of a good token at a time (ms). */
export function goodClaims(nowMs: number, more: JWTPayload = {}): JWTPayload {
  const now = Math.floor(nowMs / 1000);
  return { iss: ISSUER, sub: "user_abc", iat: now, exp: now + 60, ...more };
}

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });

/** A token out of any header, payload and signature bytes. */
export function rawToken(header: unknown, payload: unknown, signature: Uint8Array | string): string {
  const tail = typeof signature === "string"
    ? signature
    : signature.toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode(header)}.${encode(payload)}.${tail}`;
}

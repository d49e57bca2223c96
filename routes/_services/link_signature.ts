/**
 * The signature of a link to a private picture: HMAC-SHA256 over what the link opens, until when, and by which key.
 *
 * `nonce` and `linkEpoch` are of the image as it is stored now: deleting it, or turning it private again, changes them
 * and so ends every link. The path stands without its extension, so any format is allowed.
 *
 * @module
 */
import type { LinkKey } from "../../kv/records.ts";

/** What a link opens. */
export interface LinkClaim {
  readonly user: string;
  /** Path without its image extension. */
  readonly base: string;
  readonly nonce: string;
  readonly linkEpoch: number;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** Canonical parameters (and format) where the link was made for one transform; null = any are allowed. */
  readonly transform: string | null;
}

/** A token, taken apart. */
export interface LinkToken {
  readonly keyId: string;
  /** Whether the transform is signed too. */
  readonly isBound: boolean;
  readonly mac: Uint8Array<ArrayBuffer>;
}

/** The last character holds four bits: with the two below them zero, a token has one spelling. */
const TOKEN = /^([A-Za-z0-9]{8})\.(t\.)?([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

function messageOf(keyId: string, claim: LinkClaim): Uint8Array<ArrayBuffer> {
  const { user, base, nonce, linkEpoch, expiresAt, transform } = claim;
  // JSON keeps the parts apart: no two claims give the same text.
  return new TextEncoder().encode(
    JSON.stringify(["imgsrc link 1", user, base, expiresAt, keyId, nonce, linkEpoch, transform]),
  );
}

function importKey(key: LinkKey): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.fromHex(key.secret), ALGORITHM, false, ["sign", "verify"]);
}

/** Signs a claim. @returns the token, as it stands in the URL */
export async function signLink(key: LinkKey, claim: LinkClaim): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await importKey(key), messageOf(key.id, claim));
  const text = new Uint8Array(mac).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${key.id}.${claim.transform === null ? "" : "t."}${text}`;
}

/** Takes a token apart; null when it has not the form of one. */
export function parseLinkToken(text: string): LinkToken | null {
  const [, keyId, bound, mac] = TOKEN.exec(text) ?? [];
  if (keyId === undefined || mac === undefined) return null;
  try {
    return { keyId, isBound: bound !== undefined, mac: Uint8Array.fromBase64(mac, { alphabet: "base64url" }) };
  } catch {
    return null;
  }
}

/** Whether a token signs a claim; the comparison takes the same time for every wrong token (WebCrypto's verify). */
export async function verifyLink(key: LinkKey, token: LinkToken, claim: LinkClaim): Promise<boolean> {
  if (token.keyId !== key.id || token.isBound !== (claim.transform !== null)) return false;
  return await crypto.subtle.verify("HMAC", await importKey(key), token.mac, messageOf(key.id, claim));
}

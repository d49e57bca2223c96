/**
 * The RSA key pairs with which the embedded issuer signs its tokens. Kept in KV so that every process signs with the
 * same ones and tokens outlive a restart.
 *
 * @module
 */
import { signingKeysKey } from "./keys.ts";
import type { SigningKeyRecord, SigningKeysRecord } from "./records.ts";
import type { Store } from "./store.ts";

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256" } as const;
const PUBLIC_EXPONENT = [1, 0, 1];
/** The signing one and the one before it, so that tokens signed just before a rotation live on to their end. */
const KEPT_KEYS = 2;

/** Makes a key pair of RS256. */
export async function newSigningKey(kid: string, nowMs: number): Promise<SigningKeyRecord> {
  const algorithm = { ...ALGORITHM, publicExponent: new Uint8Array(PUBLIC_EXPONENT) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const privateJwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const { kty, n, e } = privateJwk;
  return { kid, createdAtMs: nowMs, publicJwk: { kty: kty!, n: n!, e: e!, kid, alg: "RS256", use: "sig" }, privateJwk };
}

/** See the module's comment. */
export class SigningKeys {
  #store: Store;
  #deps: { readonly now: () => number; readonly newUuid: () => string };

  constructor(store: Store, deps: { readonly now: () => number; readonly newUuid: () => string }) {
    this.#store = store;
    this.#deps = deps;
  }

  /** All living keys, the signing one first; the first call makes one. */
  async all(): Promise<readonly SigningKeyRecord[]> {
    const entry = await this.#store.get<SigningKeysRecord>(signingKeysKey);
    return entry.value === null ? await this.#add(true) : entry.value.keys;
  }

  /** Signs with a new key from now on; the one before stays valid, older ones go. */
  async rotate(): Promise<void> {
    await this.#add(false);
  }

  async #add(isFirst: boolean): Promise<readonly SigningKeyRecord[]> {
    const key = await newSigningKey(this.#deps.newUuid(), this.#deps.now());
    return await this.#store.transact<readonly SigningKeyRecord[]>(async () => {
      const entry = await this.#store.get<SigningKeysRecord>(signingKeysKey);
      if (isFirst && entry.value !== null) return { result: entry.value.keys };
      const keys = [key, ...entry.value?.keys ?? []].slice(0, KEPT_KEYS);
      const record: SigningKeysRecord = { v: 1, keys };
      return { commit: this.#store.atomic().check(entry).set(signingKeysKey, record), result: keys };
    });
  }
}

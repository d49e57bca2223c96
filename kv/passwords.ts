/**
 * Passwords, as scrypt hashes beside the user.
 *
 * @module
 */
import { scrypt, timingSafeEqual } from "node:crypto";
import { type RandomBytes, toHex, type UserId } from "./ids.ts";
import { passwordKey } from "./keys.ts";
import type { PasswordRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** OWASP's figure for scrypt: N = 2^17, r = 8, p = 1 (128 MiB, 0.2–0.5 s). */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

function derive(password: string, salt: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, hash: Uint8Array) => error === null ? resolve(hash) : reject(error);
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, done);
  });
}

/** See the module's comment. */
export class Passwords {
  #store: Store;
  #randomBytes: RandomBytes;

  constructor(store: Store, randomBytes: RandomBytes) {
    this.#store = store;
    this.#randomBytes = randomBytes;
  }

  /** Sets a user's password; an earlier one stops working. */
  async set(user: UserId, password: string): Promise<void> {
    const salt = toHex(this.#randomBytes(SALT_BYTES));
    const record: PasswordRecord = { v: 1, salt, hash: toHex(await derive(password, salt)) };
    await this.#store.commit(this.#store.atomic().set(passwordKey(user), record));
  }

  /**
   * Whether a password is the user's.
   *
   * @param user null for an unknown user: the same work is done, so that the time tells nothing
   */
  async verify(user: UserId | null, password: string): Promise<boolean> {
    const record = user === null ? null : (await this.#store.get<PasswordRecord>(passwordKey(user))).value;
    const hash = await derive(password, record?.salt ?? "0".repeat(SALT_BYTES * 2));
    return record !== null &&
      timingSafeEqual(hash, new Uint8Array(record.hash.match(/../g)!.map((h) => parseInt(h, 16))));
  }
}

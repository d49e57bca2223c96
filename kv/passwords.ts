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

/** What a hash costs. */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly maxmem: number;
}

/** OWASP's figure for scrypt: N = 2^17, r = 8, p = 1 (128 MiB, 0.2–0.5 s). */
const COST: PasswordCost = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

function derive(password: string, salt: string, cost: PasswordCost): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, hash: Uint8Array) => error === null ? resolve(hash) : reject(error);
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, cost, done);
  });
}

/** Hashes worked on at once: each takes 128 MiB. */
const MAX_AT_ONCE = 2;

/** See the module's comment. */
export class Passwords {
  #store: Store;
  #randomBytes: RandomBytes;
  #cost: PasswordCost;
  #running = 0;
  #waiting: (() => void)[] = [];

  /** @param cost less than the default only where nothing is to be protected */
  constructor(store: Store, randomBytes: RandomBytes, cost = COST) {
    this.#cost = cost;
    this.#store = store;
    this.#randomBytes = randomBytes;
  }

  async #derive(password: string, salt: string): Promise<Uint8Array> {
    if (this.#running >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await derive(password, salt, this.#cost);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** The record of a password, for the commit that makes its user. */
  async hash(password: string): Promise<PasswordRecord> {
    const salt = toHex(this.#randomBytes(SALT_BYTES));
    return { v: 1, salt, hash: toHex(await this.#derive(password, salt)) };
  }

  /** Sets a user's password; an earlier one stops working. */
  async set(user: UserId, password: string): Promise<void> {
    const record = await this.hash(password);
    await this.#store.commit(this.#store.atomic().set(passwordKey(user), record));
  }

  /**
   * Whether a password is the user's.
   *
   * @param user null for an unknown user: the same work is done, so that the time tells nothing
   */
  async verify(user: UserId | null, password: string): Promise<boolean> {
    const record = user === null ? null : (await this.#store.get<PasswordRecord>(passwordKey(user))).value;
    const hash = await this.#derive(password, record?.salt ?? "0".repeat(SALT_BYTES * 2));
    return record !== null &&
      timingSafeEqual(hash, new Uint8Array(record.hash.match(/../g)!.map((h) => parseInt(h, 16))));
  }
}

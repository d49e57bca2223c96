/**
 * Public keys of an outside issuer, kept so that a restart or another process need not ask for them again.
 *
 * @module
 */
import { jwksKey } from "./keys.ts";
import type { JwksRecord, PublicJwk } from "./records.ts";
import type { Store } from "./store.ts";

/** Old keys are better than none while an issuer is down, for a day. */
const KEPT_MS = 24 * 3600 * 1000;

/** See the module's comment. */
export class JwksCache {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** What was fetched last from an address, at most a day ago, or null. */
  async get(url: string): Promise<JwksRecord | null> {
    const record = (await this.#store.get<JwksRecord>(jwksKey(url))).value;
    return record === null || this.#now() - record.fetchedAtMs >= KEPT_MS ? null : record;
  }

  /** Keeps what was fetched just now. */
  async put(url: string, keys: readonly PublicJwk[]): Promise<JwksRecord> {
    const record: JwksRecord = { v: 1, keys, fetchedAtMs: this.#now() };
    await this.#store.commit(this.#store.atomic().set(jwksKey(url), record, { expireIn: KEPT_MS }));
    return record;
  }
}

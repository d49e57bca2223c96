/**
 * Keys that sign links to private pictures: one a user, two while a rotation lets the previous one go on.
 *
 * @module
 */
import { randomText, toHex, type UserId } from "./ids.ts";
import { linkKeysKey } from "./keys.ts";
import type { LinkKey, LinkKeysRecord } from "./records.ts";
import type { Store } from "./store.ts";
import type { StateDeps } from "./users.ts";

const ID_CHARS = 8;
const SECRET_BYTES = 32;

/** See the module's comment. */
export class LinkKeys {
  #store: Store;
  #deps: StateDeps;

  constructor(store: Store, deps: StateDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  #newKey(): LinkKey {
    return {
      id: randomText(this.#deps.randomBytes, ID_CHARS),
      secret: toHex(this.#deps.randomBytes(SECRET_BYTES)),
      createdAtMs: this.#deps.now(),
    };
  }

  /** The keys that verify, the one that signs first; none before the first link. */
  async list(user: UserId): Promise<readonly LinkKey[]> {
    return (await this.#store.get<LinkKeysRecord>(linkKeysKey(user))).value?.keys ?? [];
  }

  /** The key that signs, made when there is none yet. */
  current(user: UserId): Promise<LinkKey> {
    return this.#store.transact<LinkKey>(async () => {
      const entry = await this.#store.get<LinkKeysRecord>(linkKeysKey(user));
      const current = entry.value?.keys[0];
      if (current !== undefined) return { result: current };
      const key = this.#newKey();
      const record: LinkKeysRecord = { v: 1, keys: [key] };
      return { commit: this.#store.atomic().check(entry).set(entry.key, record), result: key };
    });
  }

  /**
   * Puts a new key in front.
   *
   * @param keepsPrevious whether links of the key that signed until now go on; without it every link ends at once
   * @returns the keys afterwards
   */
  rotate(user: UserId, keepsPrevious: boolean): Promise<readonly LinkKey[]> {
    return this.#store.transact<readonly LinkKey[]>(async () => {
      const entry = await this.#store.get<LinkKeysRecord>(linkKeysKey(user));
      const previous = keepsPrevious ? entry.value?.keys.slice(0, 1) ?? [] : [];
      const record: LinkKeysRecord = { v: 1, keys: [this.#newKey(), ...previous] };
      return { commit: this.#store.atomic().check(entry).set(entry.key, record), result: record.keys };
    });
  }
}

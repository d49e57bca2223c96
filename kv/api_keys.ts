/**
 * API keys: made, found by hash, revoked. A key itself is shown once and stored nowhere.
 *
 * @module
 */
import { API_KEY_PREFIX_CHARS, type ApiKeyId, newApiKey, sha256Hex, type UserId } from "./ids.ts";
import { apiKeyByHashKey, apiKeyKey, apiKeyLastUsedKey, apiKeyRequestsKey, apiKeysPrefix } from "./keys.ts";
import type { ApiKeyPointer, ApiKeyRecord, Scope } from "./records.ts";
import { type Store, toCount } from "./store.ts";
import type { StateDeps } from "./users.ts";

/** What a new key may do and for how long. */
export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** null = for ever. */
  readonly expiresAtMs: number | null;
}

/** See the module's comment. */
export class ApiKeys {
  #store: Store;
  #deps: StateDeps & { readonly newUuid: () => string };

  constructor(store: Store, deps: StateDeps & { readonly newUuid: () => string }) {
    this.#store = store;
    this.#deps = deps;
  }

  /** Makes a key. `key` is its only appearance. */
  async create(user: UserId, wanted: NewApiKey): Promise<{ key: string; record: ApiKeyRecord }> {
    const key = newApiKey(this.#deps.randomBytes);
    const record: ApiKeyRecord = {
      v: 1,
      id: this.#deps.newUuid() as ApiKeyId,
      user,
      name: wanted.name,
      prefix: key.slice(0, API_KEY_PREFIX_CHARS),
      hash: await sha256Hex(key),
      scopes: wanted.scopes,
      createdAtMs: this.#deps.now(),
      expiresAtMs: wanted.expiresAtMs,
    };
    const pointer: ApiKeyPointer = { user, key: record.id };
    await this.#store.commit(
      this.#store.atomic().set(apiKeyKey(user, record.id), record).set(apiKeyByHashKey(record.hash), pointer),
    );
    return { key, record };
  }

  /**
   * The living record of a key, or null when it is unknown, revoked or expired. The lookup is by SHA-256, so nothing
   * can be learned from its time.
   */
  async find(key: string): Promise<ApiKeyRecord | null> {
    const pointer = (await this.#store.get<ApiKeyPointer>(apiKeyByHashKey(await sha256Hex(key)))).value;
    if (pointer === null) return null;
    const record = (await this.#store.get<ApiKeyRecord>(apiKeyKey(pointer.user, pointer.key))).value;
    if (record === null) return null;
    return record.expiresAtMs !== null && record.expiresAtMs <= this.#deps.now() ? null : record;
  }

  /** All keys of a user, oldest first. */
  async list(user: UserId): Promise<ApiKeyRecord[]> {
    const entries = await Array.fromAsync(this.#store.list<ApiKeyRecord>({ prefix: apiKeysPrefix(user) }));
    return entries.map((e) => e.value).sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** What each key was used for: flushed about once a second, so a second late. */
  async uses(keys: readonly ApiKeyRecord[]): Promise<{ requests: number; lastUsedAtMs: number | null }[]> {
    const requests = await this.#store.getMany<Deno.KvU64>(keys.map((key) => apiKeyRequestsKey(key.id)));
    const times = await this.#store.getMany<number>(keys.map((key) => apiKeyLastUsedKey(key.id)));
    return keys.map((_, at) => ({ requests: toCount(requests[at]!), lastUsedAtMs: times[at]!.value }));
  }

  /** Ends a key; false when the user has none of that id. */
  async revoke(user: UserId, id: ApiKeyId): Promise<boolean> {
    const entry = await this.#store.get<ApiKeyRecord>(apiKeyKey(user, id));
    if (entry.value === null) return false;
    const operation = this.#store.atomic().check(entry).delete(entry.key).delete(apiKeyByHashKey(entry.value.hash));
    return await this.#store.commit(operation.delete(apiKeyRequestsKey(id)).delete(apiKeyLastUsedKey(id)));
  }
}

/**
 * Removal of an account: first the record, so that nobody signs in any more, then everything else, over as many commits
 * as it takes. A row remembers the work until it is done, so a crash forgets none of it.
 *
 * @module
 */
import type { UserId } from "./ids.ts";
import {
  accountDeletionKey,
  accountDeletionsPrefix,
  apiKeyByHashKey,
  apiKeyLastUsedKey,
  apiKeyRequestsKey,
  apiKeysPrefix,
  customerKey,
  identityKey,
  NOBODY,
  passkeyByCredentialKey,
  passkeysPrefix,
  USER_ROW_KINDS,
  userByEmailKey,
  userByNameKey,
  userIdentityKey,
  userKey,
  userRowsPrefix,
} from "./keys.ts";
import type { AccountDeletionRow, ApiKeyRecord, Identity, PasskeyRecord, UserRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** See the module's comment. */
export class AccountRemoval {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Ends the account: no key, session or link finds it from here on. False when it was ended before. */
  begin(user: UserId): Promise<boolean> {
    return this.#store.transact<boolean>(async () => {
      const entry = await this.#store.get<UserRecord>(userKey(user));
      if (entry.value === null) return { result: false };
      const { name, email } = entry.value;
      const operation = this.#store.atomic().check(entry).delete(entry.key);
      // The name stays taken: nobody may take over the addresses of somebody's pictures.
      operation.set(userByNameKey(name), NOBODY);
      if (email !== null) {
        const owner = await this.#store.get<UserId>(userByEmailKey(email.toLowerCase()));
        if (owner.value === user) operation.delete(owner.key);
      }
      const identity = (await this.#store.get<Identity>(userIdentityKey(user))).value;
      if (identity !== null) operation.delete(identityKey(identity.issuer, identity.subject));
      const row: AccountDeletionRow = { v: 1, user, atMs: this.#now() };
      return { commit: operation.set(accountDeletionKey(user), row), result: true };
    });
  }

  /** Rows that are found by something else than the user. */
  async #pointers(user: UserId): Promise<Deno.KvKey[]> {
    const keys: Deno.KvKey[] = [];
    for await (const { value } of this.#store.list<ApiKeyRecord>({ prefix: apiKeysPrefix(user) })) {
      keys.push(apiKeyByHashKey(value.hash), apiKeyRequestsKey(value.id), apiKeyLastUsedKey(value.id));
    }
    for await (const { value } of this.#store.list<PasskeyRecord>({ prefix: passkeysPrefix(user) })) {
      keys.push(passkeyByCredentialKey(value.credentialId));
    }
    for await (const { key, value } of this.#store.list<string>({ prefix: userRowsPrefix("user_customer", user) })) {
      keys.push(customerKey(String(key[2]), value));
    }
    return keys;
  }

  /** Removes every row of a user whose account is ended. */
  async removeRows(user: UserId): Promise<void> {
    for (const key of await this.#pointers(user)) await this.#store.commit(this.#store.atomic().delete(key));
    for (const kind of USER_ROW_KINDS) {
      const prefix = userRowsPrefix(kind, user);
      await this.#store.deleteAll(prefix);
      await this.#store.commit(this.#store.atomic().delete(prefix));
    }
  }

  /** Accounts whose removal is under way. */
  async pending(): Promise<AccountDeletionRow[]> {
    const entries = await Array.fromAsync(
      this.#store.list<AccountDeletionRow>({ prefix: accountDeletionsPrefix }),
    );
    return entries.map((e) => e.value);
  }

  /** Forgets the work when it is done. */
  async finish(user: UserId): Promise<void> {
    await this.#store.commit(this.#store.atomic().delete(accountDeletionKey(user)));
  }
}

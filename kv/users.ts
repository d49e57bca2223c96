/**
 * Users.
 *
 * @module
 */
import { newUserId, type RandomBytes, type UserId, type UserName } from "./ids.ts";
import { userByNameKey, userKey, usersByNamePrefix } from "./keys.ts";
import { Lru } from "./lru.ts";
import { DEFAULT_SETTINGS, type PlanName, type UserRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** Clock and chance, as arguments. */
export interface StateDeps {
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

const CACHED_NAMES = 10_000;

/** See the module's comment. */
export class Users {
  #store: Store;
  #deps: StateDeps;
  /** A name belongs to one user for ever, so delivery need not ask twice. */
  #idByName = new Lru<UserName, UserId>(CACHED_NAMES);

  constructor(store: Store, deps: StateDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** The user, or null. */
  async get(id: UserId): Promise<UserRecord | null> {
    return (await this.#store.get<UserRecord>(userKey(id))).value;
  }

  /** The id behind a name, or null. */
  async idOf(name: UserName): Promise<UserId | null> {
    const cached = this.#idByName.get(name);
    if (cached !== undefined) return cached;
    const id = (await this.#store.get<UserId>(userByNameKey(name))).value;
    if (id !== null) this.#idByName.set(name, id);
    return id;
  }

  /** The user of a name, or null. */
  async byName(name: UserName): Promise<UserRecord | null> {
    const id = await this.idOf(name);
    return id === null ? null : await this.get(id);
  }

  /** All users, by name. */
  async list(): Promise<UserRecord[]> {
    const out: UserRecord[] = [];
    for await (const entry of this.#store.list<UserId>({ prefix: usersByNamePrefix })) {
      const user = await this.get(entry.value);
      if (user !== null) out.push(user);
    }
    return out;
  }

  /** Makes a user; null when the name is taken. */
  create(name: UserName, email: string | null, plan: PlanName): Promise<UserRecord | null> {
    const now = this.#deps.now();
    const user: UserRecord = {
      v: 1,
      id: newUserId(this.#deps.randomBytes),
      name,
      email,
      plan,
      settings: DEFAULT_SETTINGS,
      createdAtMs: now,
      updatedAtMs: now,
    };
    return this.#store.transact<UserRecord | null>(async () => {
      const taken = await this.#store.get(userByNameKey(name));
      if (taken.value !== null) return { result: null };
      const commit = this.#store.atomic().check(taken).set(userByNameKey(name), user.id).set(userKey(user.id), user);
      return { commit, result: user };
    });
  }

  /** Changes a user in one commit; null when there is none. */
  update(id: UserId, change: (user: UserRecord) => UserRecord): Promise<UserRecord | null> {
    return this.#store.transact<UserRecord | null>(async () => {
      const entry = await this.#store.get<UserRecord>(userKey(id));
      if (entry.value === null) return { result: null };
      const user = { ...change(entry.value), updatedAtMs: this.#deps.now() };
      return { commit: this.#store.atomic().check(entry).set(userKey(id), user), result: user };
    });
  }
}

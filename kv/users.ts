/**
 * Users.
 *
 * @module
 */
import { newUserId, type RandomBytes, type UserId, type UserName } from "./ids.ts";
import {
  identityKey,
  passwordKey,
  tokensEndedKey,
  userByEmailKey,
  userByNameKey,
  userIdentityKey,
  userKey,
  usersByNamePrefix,
} from "./keys.ts";
import { Lru } from "./lru.ts";
import { DEFAULT_SETTINGS, type Identity, type PasswordRecord, type PlanName, type UserRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** Clock and chance, as arguments. */
export interface StateDeps {
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
}

/** What an account begins with. */
export interface NewUser {
  readonly name: UserName;
  readonly email: string | null;
  readonly plan: PlanName;
  /** Set for somebody whom an outside issuer vouches for: their e-mail signs nobody in here, so it claims nothing. */
  readonly identity?: Identity;
  readonly password?: PasswordRecord;
}
/** Why an account can't be made. */
export type SignUpFault = "name_taken" | "email_taken" | "identity_taken";

const CACHED_NAMES = 10_000;
const RECENT_USERS = 1_000;
/** As long as delivery goes by what it knows of paths. */
const RECENT_MS = 1_000;

/** See the module's comment. */
export class Users {
  #store: Store;
  #deps: StateDeps;
  /** A name belongs to one user for ever, so delivery need not ask twice. */
  #idByName = new Lru<UserName, UserId>(CACHED_NAMES);
  #recent = new Lru<UserId, { readonly user: UserRecord; readonly atMs: number }>(RECENT_USERS);

  constructor(store: Store, deps: StateDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** The user on the plan that they are on now, or null: what was paid for ends by itself. */
  async get(id: UserId): Promise<UserRecord | null> {
    const user = (await this.#store.get<UserRecord>(userKey(id))).value;
    return user === null ? null : this.#asOfNow(user);
  }

  /** As {@linkcode get}, but what another instance changed may be seen a second late: for settings, on each hit. */
  async recent(id: UserId): Promise<UserRecord | null> {
    const atMs = this.#deps.now();
    const known = this.#recent.get(id);
    if (known !== undefined && atMs - known.atMs < RECENT_MS) return this.#asOfNow(known.user);
    const user = await this.get(id);
    if (user !== null) this.#recent.set(id, { user, atMs });
    return user;
  }

  /** When the user that {@linkcode recent} would give without a read was last changed, in ms; null = it would read. */
  recentStampMs(id: UserId): number | null {
    const known = this.#recent.get(id);
    return known !== undefined && this.#deps.now() - known.atMs < RECENT_MS ? known.user.updatedAtMs : null;
  }

  #asOfNow(user: UserRecord): UserRecord {
    const endsAtMs = user.billing?.status === "cancelling" ? user.billing.endsAtMs : null;
    if (endsAtMs === null || this.#deps.now() < endsAtMs) return user;
    return { ...user, plan: "free", billing: { status: "expired", endsAtMs } };
  }

  /** Puts a user on a plan by hand, whatever they pay; null when there is none. */
  setPlan(id: UserId, plan: PlanName): Promise<UserRecord | null> {
    return this.update(id, ({ billing: _, ...user }) => ({ ...user, plan }));
  }

  /** The id behind a name, or null. */
  async idOf(name: UserName): Promise<UserId | null> {
    const cached = this.#idByName.get(name);
    if (cached !== undefined) return cached;
    const id = (await this.#store.get<UserId>(userByNameKey(name))).value;
    if (id !== null) this.#idByName.set(name, id);
    return id;
  }

  /** The id of a name's user where it is known without a read. */
  knownIdOf(name: UserName): UserId | undefined {
    return this.#idByName.get(name);
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

  /** Makes a user; null when the name or the e-mail is taken. */
  async create(name: UserName, email: string | null, plan: PlanName): Promise<UserRecord | null> {
    const user = await this.signUp({ name, email, plan });
    return typeof user === "string" ? null : user;
  }

  /** Makes a user, claiming name, e-mail and identity in one commit. */
  signUp(wanted: NewUser): Promise<UserRecord | SignUpFault> {
    const { name, email, plan, identity, password } = wanted;
    const now = this.#deps.now();
    const id = newUserId(this.#deps.randomBytes);
    const user: UserRecord = {
      v: 1,
      id,
      name,
      email,
      plan,
      settings: DEFAULT_SETTINGS,
      createdAtMs: now,
      updatedAtMs: now,
    };
    const claims: { key: Deno.KvKey; fault: SignUpFault }[] = [{ key: userByNameKey(name), fault: "name_taken" }];
    if (identity !== undefined) {
      // Told first: of two first requests at once the later one finds its own name taken, too.
      claims.unshift({ key: identityKey(identity.issuer, identity.subject), fault: "identity_taken" });
    } else if (email !== null) claims.push({ key: userByEmailKey(email.toLowerCase()), fault: "email_taken" });
    return this.#store.transact<UserRecord | SignUpFault>(async () => {
      const entries = await this.#store.getMany(claims.map((c) => c.key));
      const taken = entries.findIndex((e) => e.value !== null);
      if (taken !== -1) return { result: claims[taken]!.fault };
      const commit = this.#store.atomic().check(...entries).set(userKey(id), user);
      for (const { key } of claims) commit.set(key, id);
      if (identity !== undefined) commit.set(userIdentityKey(id), identity);
      if (password !== undefined) commit.set(passwordKey(id), password);
      return { commit, result: user };
    });
  }

  /** The user whose password sign-in goes by an e-mail, or null. */
  async byEmail(email: string): Promise<UserRecord | null> {
    const id = (await this.#store.get<UserId>(userByEmailKey(email.toLowerCase()))).value;
    return id === null ? null : await this.get(id);
  }

  /** The user whom an outside issuer knows by this, or null. */
  async byIdentity({ issuer, subject }: Identity): Promise<UserRecord | null> {
    const id = (await this.#store.get<UserId>(identityKey(issuer, subject))).value;
    return id === null ? null : await this.get(id);
  }

  /** Who an outside issuer says a user is, or null. */
  async identityOf(id: UserId): Promise<Identity | null> {
    return (await this.#store.get<Identity>(userIdentityKey(id))).value;
  }

  /** Whether a user's tokens of a time were ended by "log out everywhere". */
  async areTokensEnded(id: UserId, issuedAtMs: number): Promise<boolean> {
    const endedAtMs = (await this.#store.get<number>(tokensEndedKey(id))).value;
    return endedAtMs !== null && issuedAtMs <= endedAtMs;
  }

  /** Forgets whose name this is: it will be asked for anew. */
  forgetName(name: UserName): void {
    this.#idByName.delete(name);
  }

  /** Changes a user in one commit; null when there is none. */
  async update(id: UserId, change: (user: UserRecord) => UserRecord): Promise<UserRecord | null> {
    try {
      return await this.#update(id, change);
    } finally {
      this.#recent.delete(id);
    }
  }

  #update(id: UserId, change: (user: UserRecord) => UserRecord): Promise<UserRecord | null> {
    return this.#store.transact<UserRecord | null>(async () => {
      const entry = await this.#store.get<UserRecord>(userKey(id));
      if (entry.value === null) return { result: null };
      const user = {
        ...change(this.#asOfNow(entry.value)),
        updatedAtMs: this.#deps.now(),
      };
      return { commit: this.#store.atomic().check(entry).set(userKey(id), user), result: user };
    });
  }
}

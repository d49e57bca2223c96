/**
 * Dashboard sessions and one-time sign-in links. Only hashes of the tokens are stored; the expiry is stored and
 * checked, since `expireIn` removes lazily.
 *
 * @module
 */
import { randomText, sha256Hex, type UserId } from "./ids.ts";
import { newcomerKey, sessionEpochKey, sessionKey, signInLinkKey, tokensEndedKey } from "./keys.ts";
import type { Identity, NewcomerRecord, SessionRecord } from "./records.ts";
import type { Store } from "./store.ts";
import type { StateDeps } from "./users.ts";

const TOKEN_CHARS = 43;
/** 30 days. */
export const SESSION_LIFETIME_MS = 30 * 24 * 3600 * 1000;
/** A day: long enough to read the first screen, short enough to be forgotten in a log. */
export const SIGN_IN_LINK_LIFETIME_MS = 24 * 3600 * 1000;

/** Two minutes: the way from one request of a sign-in to its next. */
export const TICKET_LIFETIME_MS = 2 * 60 * 1000;
/** Half an hour to choose a user name. */
const NEWCOMER_LIFETIME_MS = 30 * 60 * 1000;

/** See the module's comment. */
export class Sessions {
  #store: Store;
  #deps: StateDeps;

  constructor(store: Store, deps: StateDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** How often a user has logged out everywhere: sessions, links and tokens of an earlier epoch are over. */
  async epochOf(user: UserId): Promise<number> {
    return (await this.#store.get<number>(sessionEpochKey(user))).value ?? 0;
  }

  async #write(user: UserId, lifetimeMs: number, keyOf: (hash: string) => Deno.KvKey): Promise<string> {
    const token = randomText(this.#deps.randomBytes, TOKEN_CHARS);
    const expiresAtMs = this.#deps.now() + lifetimeMs;
    const record: SessionRecord = { v: 1, user, expiresAtMs, epoch: await this.epochOf(user) };
    const operation = this.#store.atomic().set(keyOf(await sha256Hex(token)), record, { expireIn: lifetimeMs });
    await this.#store.commit(operation);
    return token;
  }

  /** A new session. @returns its token, for the cookie */
  create(user: UserId): Promise<string> {
    return this.#write(user, SESSION_LIFETIME_MS, sessionKey);
  }

  /** A new one-time link. @returns its token, for the URL */
  createLink(user: UserId, lifetimeMs = SIGN_IN_LINK_LIFETIME_MS): Promise<string> {
    return this.#write(user, lifetimeMs, signInLinkKey);
  }

  /** The user of a session, or null when it is unknown or over. */
  async find(token: string): Promise<UserId | null> {
    const record = (await this.#store.get<SessionRecord>(sessionKey(await sha256Hex(token)))).value;
    if (record === null || record.expiresAtMs <= this.#deps.now()) return null;
    return record.epoch === await this.epochOf(record.user) ? record.user : null;
  }

  /** Uses a link up; null when it is unknown, used or over. */
  async useLink(token: string): Promise<UserId | null> {
    const entry = await this.#store.get<SessionRecord>(signInLinkKey(await sha256Hex(token)));
    if (entry.value === null || entry.value.expiresAtMs <= this.#deps.now()) return null;
    if (entry.value.epoch !== await this.epochOf(entry.value.user)) return null;
    const isFirst = await this.#store.commit(this.#store.atomic().check(entry).delete(entry.key));
    return isFirst ? entry.value.user : null;
  }

  /** Remembers somebody who has to choose a user name. @returns a token, for the form */
  async createNewcomer(identity: Identity, email: string | null): Promise<string> {
    const token = randomText(this.#deps.randomBytes, TOKEN_CHARS);
    const record: NewcomerRecord = { v: 1, identity, email, expiresAtMs: this.#deps.now() + NEWCOMER_LIFETIME_MS };
    const key = newcomerKey(await sha256Hex(token));
    await this.#store.commit(this.#store.atomic().set(key, record, { expireIn: NEWCOMER_LIFETIME_MS }));
    return token;
  }

  /** Who has to choose a user name, or null when it is unknown or too long ago. */
  async newcomer(token: string): Promise<NewcomerRecord | null> {
    const record = (await this.#store.get<NewcomerRecord>(newcomerKey(await sha256Hex(token)))).value;
    return record === null || record.expiresAtMs <= this.#deps.now() ? null : record;
  }

  /** Ends a session. */
  async end(token: string): Promise<void> {
    await this.#store.commit(this.#store.atomic().delete(sessionKey(await sha256Hex(token))));
  }

  /** Ends every session, link and token of a user, on every device: all of them belong to an epoch that is over. */
  async endAll(user: UserId): Promise<void> {
    await this.#store.transact<void>(async () => {
      const entry = await this.#store.get<number>(sessionEpochKey(user));
      const commit = this.#store.atomic().check(entry).set(entry.key, (entry.value ?? 0) + 1)
        .set(tokensEndedKey(user), this.#deps.now());
      return { commit, result: undefined };
    });
  }
}

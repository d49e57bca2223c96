/**
 * Passkeys (WebAuthn credentials) and the challenges that authenticators sign.
 *
 * @module
 */
import type { UserId } from "./ids.ts";
import { challengeKey, passkeyByCredentialKey, passkeyKey, passkeysPrefix } from "./keys.ts";
import type { ChallengeRecord, PasskeyPointer, PasskeyRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** Five minutes: people look for their phone. */
export const CHALLENGE_LIFETIME_MS = 5 * 60 * 1000;
/** Most passkeys of a user. */
export const MAX_PASSKEYS = 20;

/** See the module's comment. */
export class Passkeys {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Keeps a challenge for its one use. */
  async putChallenge(challenge: string, purpose: ChallengeRecord["purpose"], user: UserId | null): Promise<void> {
    const record: ChallengeRecord = { v: 1, purpose, user, expiresAtMs: this.#now() + CHALLENGE_LIFETIME_MS };
    const key = challengeKey(challenge);
    await this.#store.commit(this.#store.atomic().set(key, record, { expireIn: CHALLENGE_LIFETIME_MS }));
  }

  /** Uses a challenge up; null when it is unknown, used, too old or of another purpose. */
  async useChallenge(challenge: string, purpose: ChallengeRecord["purpose"]): Promise<ChallengeRecord | null> {
    const entry = await this.#store.get<ChallengeRecord>(challengeKey(challenge));
    const record = entry.value;
    if (record === null || record.purpose !== purpose || record.expiresAtMs <= this.#now()) return null;
    return await this.#store.commit(this.#store.atomic().check(entry).delete(entry.key)) ? record : null;
  }

  /** Adds a passkey; false when its credential is somebody's already. */
  add(passkey: PasskeyRecord): Promise<boolean> {
    const pointer: PasskeyPointer = { user: passkey.user, id: passkey.id };
    return this.#store.transact<boolean>(async () => {
      const taken = await this.#store.get(passkeyByCredentialKey(passkey.credentialId));
      if (taken.value !== null) return { result: false };
      const commit = this.#store.atomic().check(taken).set(taken.key, pointer)
        .set(passkeyKey(passkey.user, passkey.id), passkey);
      return { commit, result: true };
    });
  }

  /** The passkey of a credential, or null. */
  async byCredential(credentialId: string): Promise<PasskeyRecord | null> {
    const pointer = (await this.#store.get<PasskeyPointer>(passkeyByCredentialKey(credentialId))).value;
    if (pointer === null) return null;
    return (await this.#store.get<PasskeyRecord>(passkeyKey(pointer.user, pointer.id))).value;
  }

  /** All passkeys of a user, oldest first. */
  async list(user: UserId): Promise<PasskeyRecord[]> {
    const entries = await Array.fromAsync(this.#store.list<PasskeyRecord>({ prefix: passkeysPrefix(user) }));
    return entries.map((e) => e.value).sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** Changes a passkey in one commit; null when the user has none of that id. */
  update(
    user: UserId,
    id: string,
    change: (passkey: PasskeyRecord) => PasskeyRecord,
  ): Promise<PasskeyRecord | null> {
    return this.#store.transact<PasskeyRecord | null>(async () => {
      const entry = await this.#store.get<PasskeyRecord>(passkeyKey(user, id));
      if (entry.value === null) return { result: null };
      const passkey = change(entry.value);
      return { commit: this.#store.atomic().check(entry).set(entry.key, passkey), result: passkey };
    });
  }

  /** Ends a passkey; false when the user has none of that id. */
  async remove(user: UserId, id: string): Promise<boolean> {
    const entry = await this.#store.get<PasskeyRecord>(passkeyKey(user, id));
    if (entry.value === null) return false;
    const credential = passkeyByCredentialKey(entry.value.credentialId);
    return await this.#store.commit(this.#store.atomic().check(entry).delete(entry.key).delete(credential));
  }
}

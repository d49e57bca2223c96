/**
 * Records of accounts against what they are looked up by, and rows of users that there are not.
 *
 * @module
 */
import type { ApiKeyId, UserId, UserName } from "../ids.ts";
import {
  accountDeletionKey,
  apiKeyByHashKey,
  apiKeyKey,
  identityKey,
  NOBODY,
  passkeyByCredentialKey,
  passkeyKey,
  presetByIdKey,
  presetCountKey,
  presetKey,
  presetsPrefix,
  USER_ROW_KINDS,
  userByNameKey,
  userIdentityKey,
  userKey,
} from "../keys.ts";
import type {
  ApiKeyPointer,
  ApiKeyRecord,
  Identity,
  PasskeyPointer,
  PasskeyRecord,
  PresetRecord,
  UserRecord,
} from "../records.ts";
import type { Store } from "../store.ts";
import type { Fault } from "./faults.ts";

/** A row that must agree with another one. */
interface Rule {
  readonly kind: string;
  readonly fault: Fault["kind"];
  /** Whether the row, as it is now, agrees. */
  readonly agrees: (store: Store, key: Deno.KvKey, value: never) => Promise<boolean>;
}

const read = async <T>(store: Store, key: Deno.KvKey) => (await store.get<T>(key)).value;

const RULES: readonly Rule[] = [
  {
    kind: "user",
    fault: "record_without_pointer",
    agrees: async (store, _, { id, name }: UserRecord) => await read<UserId>(store, userByNameKey(name)) === id,
  },
  {
    kind: "user_by_name",
    fault: "pointer_without_record",
    agrees: async (store, [, name], id: UserId) =>
      id === NOBODY || (await read<UserRecord>(store, userKey(id)))?.name === name as UserName,
  },
  {
    kind: "user_by_email",
    fault: "pointer_without_record",
    agrees: async (store, _, id: UserId) => await read<UserRecord>(store, userKey(id)) !== null,
  },
  {
    kind: "user_identity",
    fault: "record_without_pointer",
    agrees: async (store, [, user], { issuer, subject }: Identity) =>
      await read<UserId>(store, identityKey(issuer, subject)) === user as UserId,
  },
  {
    kind: "identity",
    fault: "pointer_without_record",
    agrees: async (store, [, issuer, subject], id: UserId) => {
      const identity = await read<Identity>(store, userIdentityKey(id));
      return identity?.issuer === issuer && identity?.subject === subject;
    },
  },
  {
    kind: "api_key",
    fault: "record_without_pointer",
    agrees: async (store, _, { id, hash }: ApiKeyRecord) =>
      (await read<ApiKeyPointer>(store, apiKeyByHashKey(hash)))?.key === id,
  },
  {
    kind: "api_key_by_hash",
    fault: "pointer_without_record",
    agrees: async (store, [, hash], { user, key }: ApiKeyPointer) =>
      (await read<ApiKeyRecord>(store, apiKeyKey(user, key as ApiKeyId)))?.hash === hash,
  },
  {
    kind: "passkey",
    fault: "record_without_pointer",
    agrees: async (store, _, { id, credentialId }: PasskeyRecord) =>
      (await read<PasskeyPointer>(store, passkeyByCredentialKey(credentialId)))?.id === id,
  },
  {
    kind: "passkey_by_credential",
    fault: "pointer_without_record",
    agrees: async (store, [, credential], { user, id }: PasskeyPointer) =>
      (await read<PasskeyRecord>(store, passkeyKey(user, id)))?.credentialId === credential,
  },
  {
    kind: "preset",
    fault: "record_without_pointer",
    agrees: async (store, _, { user, id, name }: PresetRecord) =>
      await read<string>(store, presetByIdKey(user, id)) === name,
  },
  {
    kind: "preset_by_id",
    fault: "pointer_without_record",
    agrees: async (store, [, user, id], name: string) =>
      (await read<PresetRecord>(store, presetKey(user as UserId, name)))?.id === id,
  },
  {
    kind: "preset_count",
    fault: "total_differs",
    agrees: async (store, [, user]) => {
      const prefix = presetsPrefix(user as UserId);
      const presets = await Array.fromAsync(store.list({ prefix }));
      return presets.length === (await read<number>(store, presetCountKey(user as UserId)) ?? 0);
    },
  },
];

/** A key without what must stay secret: hashes of API keys are as good as names of them. */
const nameOf = (key: Deno.KvKey) => key[0] === "api_key_by_hash" ? String(key[1]).slice(0, 12) : key.slice(1).join(" ");

/** Every record of an account that can't be found, and everything that finds nothing. */
export async function* verifyPointers(store: Store): AsyncGenerator<Fault> {
  for (const { kind, fault, agrees } of RULES) {
    for await (const { key, value } of store.list({ prefix: [kind] })) {
      if (await agrees(store, key, value as never)) continue;
      // It may have changed since it was listed: what counts is what is there now.
      const now = await read(store, key);
      if (now !== null && !await agrees(store, key, now as never)) {
        yield { kind: fault, where: `${kind} ${nameOf(key)}` };
      }
    }
  }
}

/** Behind every key of a user: `true` sorts after all texts and numbers. */
const behind = (kind: string, user: string): Deno.KvKey => [kind, user, true];

/** Rows of users without a record, but for accounts that are being removed. */
export async function* verifyOwners(store: Store): AsyncGenerator<Fault> {
  // Rates are kept by address as well.
  for (const kind of USER_ROW_KINDS.filter((kind) => kind !== "rate")) {
    let start: Deno.KvKey = [kind, ""];
    for (let isAtEnd = false; !isAtEnd;) {
      isAtEnd = true;
      for await (const { key } of store.list({ start, end: [kind, true] }, { limit: 1 })) {
        isAtEnd = false;
        const user = key[1] as UserId;
        start = behind(kind, user);
        const [record, deletion] = await store.getMany([userKey(user), accountDeletionKey(user)]);
        const isThere = record!.value !== null || deletion!.value !== null;
        if (!isThere && await read(store, key) !== null) yield { kind: "rows_of_nobody", where: `${kind} ${user}` };
      }
    }
  }
}

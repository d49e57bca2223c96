/**
 * THE table of kinds of rows, by what happens to them when all data moves to another place.
 *
 * @module
 */
import {
  apiKeyByHashKey,
  customerKey,
  identityKey,
  NOBODY,
  passkeyByCredentialKey,
  presetByIdKey,
  userByEmailKey,
  userByNameKey,
} from "../keys.ts";
import type { ApiKeyRecord, Identity, PasskeyRecord, PresetRecord, UserRecord } from "../records.ts";

/**
 * - `record`: moves as it stands;
 * - `pointer`: moves with the record that it finds;
 * - `image`: is made by the import from the images' records;
 * - `made`: the new place makes it by itself;
 * - `passing`: of no use a minute later, or only to the process that wrote it.
 */
export type Moving = "record" | "pointer" | "image" | "made" | "passing";

/** Every kind: the first part of a key. */
export const ROW_KINDS: Readonly<Record<string, Moving>> = {
  user: "record",
  user_by_name: "pointer",
  user_by_email: "pointer",
  user_identity: "record",
  identity: "pointer",
  password: "record",
  session: "record",
  session_epoch: "record",
  sign_in_link: "record",
  tokens_ended: "record",
  signing_keys: "record",
  passkey: "record",
  passkey_by_credential: "pointer",
  api_key: "record",
  api_key_by_hash: "pointer",
  api_key_requests: "record",
  api_key_last_used: "record",
  preset: "record",
  preset_by_id: "pointer",
  preset_count: "made",
  paths_dropped: "made",
  release: "made",
  first_start: "passing",
  commit_mark: "passing",
  preset_uses: "record",
  link_keys: "record",
  active_link: "record",
  usage: "record",
  usage_day: "record",
  image_deliveries: "record",
  credit: "record",
  subscription: "record",
  user_customer: "record",
  customer: "pointer",
  billing_event: "record",
  invoice: "record",
  account_deletion: "record",
  image: "image",
  path: "image",
  base: "image",
  total: "image",
  image_log: "image",
  image_log_state: "image",
  image_segment: "image",
  // An image that waits to be deleted does not move.
  trash: "passing",
  trash_by_time: "passing",
  derivative: "made",
  derivative_count: "made",
  derivative_use: "made",
  derivative_bytes: "made",
  derivatives_indexed: "made",
  derivative_pending: "passing",
  // A retry that meets the move is taken as another upload of the same file.
  upload_note: "passing",
  upload_note_slot: "passing",
  newcomer: "passing",
  challenge: "passing",
  jwks: "passing",
  rate: "passing",
  lease: "passing",
  orphan_sweep: "passing",
  admin_token: "passing",
  peer: "passing",
  peer_mail: "passing",
  peer_bell: "passing",
};

/** Kinds that move as they stand, each with the rows that find it. */
export const MOVING_KINDS: readonly string[] = Object.keys(ROW_KINDS).filter((kind) => ROW_KINDS[kind] === "record");

/** A row that finds a record, and whether what it says leads there. */
export interface PointerTo {
  readonly key: Deno.KvKey;
  readonly leadsHere: (value: unknown) => boolean;
  /** Without it the record is being removed, or half made. */
  readonly isNeeded: boolean;
}

type Pointers = (key: Deno.KvKey, value: never) => PointerTo[];

const POINTERS: Readonly<Record<string, Pointers>> = {
  user: (_, { id, name, email }: UserRecord) => [
    { key: userByNameKey(name), leadsHere: (value) => value === id, isNeeded: true },
    ...(email === null ? [] : [{
      key: userByEmailKey(email.toLowerCase()),
      leadsHere: (value: unknown) => value === id,
      // Who signs in by an outside issuer claims no e-mail.
      isNeeded: false,
    }]),
  ],
  user_identity: ([, user], { issuer, subject }: Identity) => [
    { key: identityKey(issuer, subject), leadsHere: (value) => value === user, isNeeded: true },
  ],
  api_key: (_, { id, hash }: ApiKeyRecord) => [
    { key: apiKeyByHashKey(hash), leadsHere: (value) => (value as { key: string }).key === id, isNeeded: true },
  ],
  passkey: (_, { id, credentialId }: PasskeyRecord) => [
    {
      key: passkeyByCredentialKey(credentialId),
      leadsHere: (value) => (value as { id: string }).id === id,
      isNeeded: true,
    },
  ],
  preset: (_, { user, id, name }: PresetRecord) => [
    { key: presetByIdKey(user, id), leadsHere: (value) => value === name, isNeeded: true },
  ],
  user_customer: ([, user, provider], customer: string) => [
    { key: customerKey(String(provider), customer), leadsHere: (value) => value === user, isNeeded: false },
  ],
};

/** What finds a record. */
export function pointersTo(key: Deno.KvKey, value: unknown): PointerTo[] {
  return POINTERS[String(key[0])]?.(key, value as never) ?? [];
}

/** Names that stay taken though their user is gone: they move without a record. */
export function isTakenName(value: unknown): boolean {
  return value === NOBODY;
}

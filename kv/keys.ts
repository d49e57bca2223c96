/**
 * EVERY key of KV and of the blob store, as pure functions. Each says who reads it and what changes it.
 *
 * @module
 */
import { type ApiKeyId, type ImageId, imageIdOfHash, type ImagePath, type UserId, type UserName } from "./ids.ts";
import type { Credit } from "./plans.ts";

/** → UserRecord. Read on every authenticated request; written by admin and settings. */
export function userKey(user: UserId): Deno.KvKey {
  return ["user", user];
}
/** → UserId. Read by delivery (cached) and sign-in; written when a user is made. */
export function userByNameKey(name: UserName): Deno.KvKey {
  return ["user_by_name", name];
}
/** Stands for the user of a name whose account is gone: a name belongs to one user for ever. */
export const NOBODY = "user_deleted" as UserId;
/** All users by name, for `admin user list`. */
export const usersByNamePrefix: Deno.KvKey = ["user_by_name"];

/** → ApiKeyRecord. Listed in settings; deleted on revoke. */
export function apiKeyKey(user: UserId, key: ApiKeyId): Deno.KvKey {
  return ["api_key", user, key];
}
/** All keys of a user. */
export function apiKeysPrefix(user: UserId): Deno.KvKey {
  return ["api_key", user];
}
/** → {user, key}: read on every authenticated request by SHA-256 of the key; deleted on revoke. */
export function apiKeyByHashKey(hash: string): Deno.KvKey {
  return ["api_key_by_hash", hash];
}

/** → SessionRecord of a dashboard session, by SHA-256 of its token. */
export function sessionKey(tokenHash: string): Deno.KvKey {
  return ["session", tokenHash];
}
/** → number: sessions and links of another epoch are over. Raised by "log out everywhere". */
export function sessionEpochKey(user: UserId): Deno.KvKey {
  return ["session_epoch", user];
}
/** → SessionRecord of a one-time link, by SHA-256 of its token; deleted by its first use. */
export function signInLinkKey(tokenHash: string): Deno.KvKey {
  return ["sign_in_link", tokenHash];
}

/** → PasswordRecord. Read by sign-in; written by `admin user reset-password`. */
export function passwordKey(user: UserId): Deno.KvKey {
  return ["password", user];
}

/** → UserId, by lower-case e-mail. Read by sign-in; written when a user with a password signs up. */
export function userByEmailKey(email: string): Deno.KvKey {
  return ["user_by_email", email];
}
/** → UserId, by what an outside issuer calls them. Read on every request with a token; written at the first sign-in. */
export function identityKey(issuer: string, subject: string): Deno.KvKey {
  return ["identity", issuer, subject];
}
/** → Identity of a user, so that it can be removed with the account. */
export function userIdentityKey(user: UserId): Deno.KvKey {
  return ["user_identity", user];
}
/** → number: tokens of outside issuers from before this time (ms) are over. Raised by "log out everywhere". */
export function tokensEndedKey(user: UserId): Deno.KvKey {
  return ["tokens_ended", user];
}

/** → NewcomerRecord, by SHA-256 of its token; deleted when the user name is chosen. */
export function newcomerKey(tokenHash: string): Deno.KvKey {
  return ["newcomer", tokenHash];
}

/** → SigningKeysRecord of the embedded issuer. */
export const signingKeysKey: Deno.KvKey = ["signing_keys"];
/** → JwksRecord: public keys of an outside issuer, by the address they came from. */
export function jwksKey(url: string): Deno.KvKey {
  return ["jwks", url];
}

/** → PasskeyRecord. Listed in settings. */
export function passkeyKey(user: UserId, id: string): Deno.KvKey {
  return ["passkey", user, id];
}
/** All passkeys of a user. */
export function passkeysPrefix(user: UserId): Deno.KvKey {
  return ["passkey", user];
}
/** → PasskeyPointer, by credential id (base64url). Read by sign-in; deleted with the passkey. */
export function passkeyByCredentialKey(credentialId: string): Deno.KvKey {
  return ["passkey_by_credential", credentialId];
}
/** → ChallengeRecord, by the challenge itself; deleted by its first use. */
export function challengeKey(challenge: string): Deno.KvKey {
  return ["challenge", challenge];
}

/** → ImageRecord: the one truth about an image. */
export function imageKey(user: UserId, id: ImageId): Deno.KvKey {
  return ["image", user, id];
}
/** All images of a user. */
export function imagesPrefix(user: UserId): Deno.KvKey {
  return ["image", user];
}
/** → PathRow. Read by delivery; written in the commit that changes the image's `paths`. */
export function pathKey(user: UserId, path: ImagePath): Deno.KvKey {
  return ["path", user, path];
}
/** All paths of a user, in the order of their text. */
export function pathsPrefix(user: UserId): Deno.KvKey {
  return ["path", user];
}
/**
 * → PathRow, under the path without its image extension: `photo.webp` finds `photo.jpg` here. What follows the base
 * ends the key, not the whole path: base and path of 1,024 bytes each would pass KV's 2,048 for a key.
 */
export function baseKey(user: UserId, base: string, path: ImagePath): Deno.KvKey {
  return ["base", user, base, path.slice(base.length)];
}
/** All paths of one base name. */
export function basePrefix(user: UserId, base: string): Deno.KvKey {
  return ["base", user, base];
}
/** → number: when a path of the user last went away, the second after it. Written in the commit that drops one. */
export function pathsDroppedKey(user: UserId): Deno.KvKey {
  return ["paths_dropped", user];
}
/** → UploadNote of an upload with an `Idempotency-Key`, by SHA-256 of the key. */
export function uploadNoteKey(user: UserId, keyHash: string): Deno.KvKey {
  return ["upload_note", user, keyHash];
}
/** → number: how many notes the user ever wrote. */
export function uploadNoteCountKey(user: UserId): Deno.KvKey {
  return ["upload_note_slot", user];
}
/** → SHA-256 of the key whose note is the latest in this slot. */
export function uploadNoteSlotKey(user: UserId, slot: number): Deno.KvKey {
  return ["upload_note_slot", user, slot];
}
/** → ReleaseRow. Read at start; written by the first start of another release. */
export const releaseKey: Deno.KvKey = ["release"];
/** → TrashRow of a deleted image until it is carried out or undone. `nonce` keeps two deletes of one file apart. */
export function trashKey(user: UserId, id: ImageId, nonce: string): Deno.KvKey {
  return ["trash", user, id, nonce];
}
/** All deletes of one image that are not carried out. */
export function trashPrefix(user: UserId, id: ImageId): Deno.KvKey {
  return ["trash", user, id];
}
/** → true. Deletes by the time at which they are carried out. */
export function trashByTimeKey(deleteAtMs: number, user: UserId, id: ImageId, nonce: string): Deno.KvKey {
  return ["trash_by_time", deleteAtMs, user, id, nonce];
}
/** All deletes that are not carried out. */
export const trashByTimePrefix: Deno.KvKey = ["trash_by_time"];

/** → PresetRecord. Read by delivery; written by settings. */
export function presetKey(user: UserId, name: string): Deno.KvKey {
  return ["preset", user, name];
}
/** All presets of a user, by name. */
export function presetsPrefix(user: UserId): Deno.KvKey {
  return ["preset", user];
}
/** → name: finds a preset by its id. */
export function presetByIdKey(user: UserId, id: string): Deno.KvKey {
  return ["preset_by_id", user, id];
}
/** → number of presets, checked by every commit that makes or removes one. */
export function presetCountKey(user: UserId): Deno.KvKey {
  return ["preset_count", user];
}
/** → KvU64: pictures served by a preset. Flushed about once a second. */
export function presetUsesKey(user: UserId, id: string): Deno.KvKey {
  return ["preset_uses", user, id];
}

/** → LinkKeysRecord. Read for private pictures and new links; written by rotation. */
export function linkKeysKey(user: UserId): Deno.KvKey {
  return ["link_keys", user];
}
/** → ActiveLinkRow: the latest signed link of an image. */
export function activeLinkKey(user: UserId, id: ImageId): Deno.KvKey {
  return ["active_link", user, id];
}

/** Kinds of rows whose second part is the user: all of them go with the account. */
export const USER_ROW_KINDS = [
  "path",
  "base",
  "paths_dropped",
  "upload_note",
  "upload_note_slot",
  "image",
  "image_log_state",
  "image_log",
  "image_segment",
  "trash",
  "total",
  "api_key",
  "session_epoch",
  "password",
  "passkey",
  "user_identity",
  "tokens_ended",
  "preset",
  "preset_by_id",
  "preset_count",
  "preset_uses",
  "link_keys",
  "active_link",
  "usage",
  "usage_day",
  "rate",
  "image_deliveries",
  "credit",
  "subscription",
  "user_customer",
  "invoice",
] as const;

/** All rows of one kind that are under a user. */
export function userRowsPrefix(kind: (typeof USER_ROW_KINDS)[number], user: UserId): Deno.KvKey {
  return [kind, user];
}

/** → AccountDeletionRow until the account's rows were looked for a second time. */
export function accountDeletionKey(user: UserId): Deno.KvKey {
  return ["account_deletion", user];
}
/** All accounts that are being deleted. */
export const accountDeletionsPrefix: Deno.KvKey = ["account_deletion"];

/** → ImageLogState. Read by every list; checked and written by every commit that changes an image of the user. */
export function imageLogStateKey(user: UserId): Deno.KvKey {
  return ["image_log_state", user];
}
/** → lines of one commit's changes; packed into segments after some hundred. */
export function imageLogKey(user: UserId, seq: number): Deno.KvKey {
  return ["image_log", user, seq];
}
/** All log rows of a user. */
export function imageLogPrefix(user: UserId): Deno.KvKey {
  return ["image_log", user];
}
/** → UTF-8 of lines up to change `lastSeq`; `number` keeps segments of one commit apart. */
export function imageSegmentKey(user: UserId, generation: number, lastSeq: number, number: number): Deno.KvKey {
  return ["image_segment", user, generation, lastSeq, number];
}
/** All segments of a user, or those of one generation. */
export function imageSegmentsPrefix(user: UserId, generation: number | null): Deno.KvKey {
  return generation === null ? ["image_segment", user] : ["image_segment", user, generation];
}

/** What is counted per user for ever. */
export type Total = "images" | "bytes";
/** → KvU64, changed in the same commit as the image record. */
export function totalKey(user: UserId, total: Total): Deno.KvKey {
  return ["total", user, total];
}

/** What is counted per user, by month and by day. */
export const USAGE_METRICS = [
  "uploads",
  "transformations",
  "api_requests",
  "bandwidth_bytes",
  /** Pictures made for the dashboard's own pages. */
  "previews",
  /** Pictures served. */
  "deliveries",
  /** What originals would have taken more than the derivatives that were served. */
  "bytes_saved",
] as const;
/** One of them. */
export type UsageMetric = (typeof USAGE_METRICS)[number];
/** What is counted by day: the same, and by how much the bytes of all originals changed, which may be less than 0. */
export type DayMetric = UsageMetric | "stored_bytes";
/** → KvU64; `month` is `YYYY-MM` in UTC. */
export function usageKey(user: UserId, month: string, metric: UsageMetric): Deno.KvKey {
  return ["usage", user, month, metric];
}

/** → KvU64; `day` is `YYYY-MM-DD` in UTC. Flushed about once a second. */
export function usageDayKey(user: UserId, day: string, metric: DayMetric): Deno.KvKey {
  return ["usage_day", user, day, metric];
}
/** All days of a user, in order. */
export function usageDaysPrefix(user: UserId): Deno.KvKey {
  return ["usage_day", user];
}
/** → KvU64: how often an image was served in a month. Flushed about once a second. */
export function imageDeliveriesKey(user: UserId, month: string, image: ImageId): Deno.KvKey {
  return ["image_deliveries", user, month, image];
}
/** All images of a user that were served in a month. */
export function imageDeliveriesPrefix(user: UserId, month: string): Deno.KvKey {
  return ["image_deliveries", user, month];
}
/** → KvU64: balance that packs fill. Changed by billing, and in the commit that draws on it. */
export function creditKey(user: UserId, credit: Credit): Deno.KvKey {
  return ["credit", user, credit];
}
/** → number of requests in a minute (ms / 60,000), by user or address; gone after two minutes. */
export function rateKey(who: string, minute: number): Deno.KvKey {
  return ["rate", who, minute];
}

/** → KvU64: requests made with an API key. Flushed about once a second. */
export function apiKeyRequestsKey(key: ApiKeyId): Deno.KvKey {
  return ["api_key_requests", key];
}
/** → ms since 1970 of its last use. Flushed about once a second. */
export function apiKeyLastUsedKey(key: ApiKeyId): Deno.KvKey {
  return ["api_key_last_used", key];
}

/** → SubscriptionRecord. Read by the subscription endpoints; written by billing webhooks. */
export function subscriptionKey(user: UserId): Deno.KvKey {
  return ["subscription", user];
}
/** → UserId, by what a payment provider calls them. */
export function customerKey(provider: string, customer: string): Deno.KvKey {
  return ["customer", provider, customer];
}
/** → string: what a payment provider calls a user; read by checkout and removal of the account. */
export function userCustomerKey(user: UserId, provider: string): Deno.KvKey {
  return ["user_customer", user, provider];
}
/** → number (ms): an event or order that was taken into account; seen again, it changes nothing. */
export function billingEventKey(provider: string, event: string): Deno.KvKey {
  return ["billing_event", provider, event];
}
/** → InvoiceRecord. */
export function invoiceKey(user: UserId, invoice: string): Deno.KvKey {
  return ["invoice", user, invoice];
}
/** All invoices of a user. */
export function invoicesPrefix(user: UserId): Deno.KvKey {
  return ["invoice", user];
}

/** → row of a living instance, written anew every second. Read by whoever tells all of them something. */
export function peerKey(instance: string): Deno.KvKey {
  return ["peer", instance];
}
/** All instances. */
export const peersPrefix: Deno.KvKey = ["peer"];
/** → Forget: what an instance is to forget; deleted by it when it has. */
export function mailKey(instance: string, id: string): Deno.KvKey {
  return ["peer_mail", instance, id];
}
/** The mailbox of an instance. */
export function mailboxPrefix(instance: string): Deno.KvKey {
  return ["peer_mail", instance];
}
/** → id of the latest mail: what an instance watches. */
export function peerBellKey(instance: string): Deno.KvKey {
  return ["peer_bell", instance];
}
/** → LeaseRow: who does something that only one instance is to do. */
export function leaseKey(name: string): Deno.KvKey {
  return ["lease", name];
}
/** → true: the commit with that id was carried out (kv/store.ts). */
export function commitMarkKey(id: string): Deno.KvKey {
  return ["commit_mark", id];
}
/** → string: the token of the command line and of operators that all instances share. */
export const adminTokenKey: Deno.KvKey = ["admin_token"];
/** → ms since 1970: when a first start began whose key has not been shown; absent = there is none. */
export const firstStartKey: Deno.KvKey = ["first_start"];
/** → SweepRow: when orphans were looked for last. Checked and written by whoever looks next. */
export const orphanSweepKey: Deno.KvKey = ["orphan_sweep"];

/** Identity of an original's bytes in the blob store. */
export interface OriginalRef {
  readonly user: UserId;
  /** SHA-256, hex. */
  readonly hash: string;
  /** Made afresh by every upload that writes bytes, so that no two attempts ever share a blob. */
  readonly nonce: string;
}

/** All originals. */
export const ORIGINALS_PREFIX = "originals/";
/** All derivatives. */
export const DERIVATIVES_PREFIX = "derivatives/";
/** Every blob of a user. */
export function userBlobPrefixes(user: UserId): readonly string[] {
  return [`${ORIGINALS_PREFIX}${user}/`, `${DERIVATIVES_PREFIX}${user}/`];
}

/** Blob of an original. Written before its record, removed after it. */
export function originalBlobKey(o: OriginalRef): string {
  return `${ORIGINALS_PREFIX}${o.user}/${o.hash.slice(0, 2)}/${o.hash}.${o.nonce}`;
}

/** All derivatives of an original; removed with it. */
export function derivativesBlobPrefix(o: OriginalRef): string {
  return `${DERIVATIVES_PREFIX}${o.user}/${o.hash.slice(0, 2)}/${o.hash}.${o.nonce}/`;
}

/** Blob of one derivative (sealed). `key` is from codec/derivative_key.ts. */
export function derivativeBlobKey(o: OriginalRef, key: string): string {
  return `${derivativesBlobPrefix(o)}${key}`;
}

const derivativePlace = (o: OriginalRef) => [o.user, imageIdOfHash(o.hash), o.nonce] as const;

/**
 * → DerivativeRow of a derivative that is stored or being made. Read before one is made; written then, when it is
 * stored, and now and then when it was used; removed when it is evicted, and with its original.
 */
export function derivativeRowKey(o: OriginalRef, key: string): Deno.KvKey {
  return ["derivative", ...derivativePlace(o), key];
}
/** All derivatives of an original. */
export function derivativeRowsPrefix(o: OriginalRef): Deno.KvKey {
  return ["derivative", ...derivativePlace(o)];
}
/** All derivatives of a user. */
export function userDerivativeRowsPrefix(user: UserId): Deno.KvKey {
  return ["derivative", user];
}
/** → KvU64: how many rows an original has; changed in the commit that makes or removes one. */
export function derivativeCountKey(o: OriginalRef): Deno.KvKey {
  return ["derivative_count", ...derivativePlace(o)];
}
/** All of a user. */
export function derivativeCountsPrefix(user: UserId): Deno.KvKey {
  return ["derivative_count", user];
}
/** → bytes of a stored derivative, by the time of its last use: the order in which they are evicted. */
export function derivativeUseKey(usedAtMs: number, o: OriginalRef, key: string): Deno.KvKey {
  return ["derivative_use", usedAtMs, ...derivativePlace(o), key];
}
/** All stored derivatives, the one used longest ago first. */
export const derivativeUsesPrefix: Deno.KvKey = ["derivative_use"];
/** → true, by the time at which the reservation of a derivative that is being made is over. */
export function derivativePendingKey(overAtMs: number, o: OriginalRef, key: string): Deno.KvKey {
  return ["derivative_pending", overAtMs, ...derivativePlace(o), key];
}
/** All derivatives that are being made. */
export const derivativesPendingPrefix: Deno.KvKey = ["derivative_pending"];
/** → KvU64: bytes of all stored derivatives; changed in the commit that changes a row. */
export const derivativeBytesKey: Deno.KvKey = ["derivative_bytes"];
/** → true once every derivative of the blob store has had its row; absent = they are looked for. */
export const derivativesIndexedKey: Deno.KvKey = ["derivatives_indexed"];
/** → LeaseRow: which process evicts. */
export const derivativeSweepLeaseKey: Deno.KvKey = ["lease", "derivative_sweep"];

/** Takes the key of a derivative's blob apart; null when it is none. */
export function parseDerivativeBlobKey(
  blobKey: string,
): { readonly original: OriginalRef; readonly key: string } | null {
  const [, user, hash, nonce, key] = DERIVATIVE_BLOB_KEY.exec(blobKey) ?? [];
  return key === undefined ? null : { original: { user: user as UserId, hash: hash!, nonce: nonce! }, key };
}
const DERIVATIVE_BLOB_KEY = /^derivatives\/([^/]+)\/[0-9a-f]{2}\/([0-9a-f]{64})\.([A-Za-z0-9]+)\/([^/]+)$/;

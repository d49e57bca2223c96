/**
 * Shapes of what is stored. `v` is the version of the shape: a reader that meets another one says so instead of
 * guessing.
 *
 * @module
 */
import type { ImageFormat } from "../codec/formats.ts";
import type { Fit } from "../codec/params.ts";
import type { ApiKeyId, ImageId, ImagePath, UserId, UserName } from "./ids.ts";

/** Plans of the product. */
export type PlanName = "free" | "pro";
/** Who may see an image. */
export type Visibility = "public" | "private";
/** What an API key may do. */
export type Scope = "read" | "write";

/** A user's choices. They fill the URLs that are handed out; a bare URL never depends on them. */
export interface UserSettings {
  readonly deliveryFormats: readonly string[];
  readonly defaultQuality: number;
  readonly defaultFit: Fit;
  readonly defaultMaxWidth: number | null;
  readonly defaultMaxHeight: number | null;
  readonly theme: string;
  /** Of the dashboard; null = not chosen yet: what the browser asks for. */
  readonly language: string | null;
  /** Uploads lose their GPS position, serial numbers, thumbnails and maker notes. Absent in older records: false. */
  readonly stripOriginals?: boolean;
  /** Widths in px that `w` is taken up to, ascending; null or absent = any width. */
  readonly widthSteps?: readonly number[] | null;
  /** When they last changed, and with them what URLs mean; absent = never. */
  readonly widthStepsChangedAtMs?: number;
}

/** A new user's settings. */
export const DEFAULT_SETTINGS: UserSettings = {
  deliveryFormats: ["webp", "avif", "jpeg"],
  defaultQuality: 80,
  defaultFit: "contain",
  defaultMaxWidth: null,
  defaultMaxHeight: null,
  theme: "system",
  language: null,
  stripOriginals: false,
  widthSteps: null,
};

/** How a payment stands. */
export interface BillingState {
  /** `cancelling` = paid until `endsAtMs`, then Free; `expired` = that time has come. */
  readonly status: "active" | "cancelling" | "expired";
  readonly endsAtMs: number | null;
}

/** A user. */
export interface UserRecord {
  readonly v: 1;
  readonly id: UserId;
  readonly name: UserName;
  readonly email: string | null;
  readonly plan: PlanName;
  /** How the payment for `plan` stands; absent where nobody ever paid. */
  readonly billing?: BillingState;
  readonly settings: UserSettings;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** An API key; the key itself is nowhere, only its SHA-256. */
export interface ApiKeyRecord {
  readonly v: 1;
  readonly id: ApiKeyId;
  readonly user: UserId;
  readonly name: string;
  /** First 13 characters of the key. */
  readonly prefix: string;
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

/** From a key's hash to its record. */
export interface ApiKeyPointer {
  readonly user: UserId;
  readonly key: ApiKeyId;
}

/** A password's scrypt hash, hex; see kv/passwords.ts for the cost. */
export interface PasswordRecord {
  readonly v: 1;
  readonly salt: string;
  readonly hash: string;
}

/** A dashboard session, or a link that begins one. */
export interface SessionRecord {
  readonly v: 1;
  readonly user: UserId;
  readonly expiresAtMs: number;
  /** Counts "log out everywhere": a session of an earlier epoch is over. */
  readonly epoch: number;
}

/** Who an outside issuer says somebody is. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Somebody whom an outside issuer vouched for, while they choose a user name. */
export interface NewcomerRecord {
  readonly v: 1;
  readonly identity: Identity;
  readonly email: string | null;
  readonly expiresAtMs: number;
}

/** A public RSA key as an issuer publishes it; nothing else of its JWK is kept. */
export interface PublicJwk {
  readonly kty: string;
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: string;
}

/** A key pair of the embedded issuer. */
export interface SigningKeyRecord {
  readonly kid: string;
  readonly createdAtMs: number;
  readonly publicJwk: PublicJwk;
  readonly privateJwk: JsonWebKey;
}

/** The embedded issuer's key pairs, the signing one first. */
export interface SigningKeysRecord {
  readonly v: 1;
  readonly keys: readonly SigningKeyRecord[];
}

/** Public keys of an outside issuer. */
export interface JwksRecord {
  readonly v: 1;
  readonly keys: readonly PublicJwk[];
  readonly fetchedAtMs: number;
}

/** A passkey (WebAuthn credential). */
export interface PasskeyRecord {
  readonly v: 1;
  readonly id: string;
  readonly user: UserId;
  readonly name: string;
  /** Base64url. */
  readonly credentialId: string;
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** The authenticator's own counter of signatures; 0 for ever with those that don't count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly deviceType: "singleDevice" | "multiDevice";
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

/** From a credential to its record. */
export interface PasskeyPointer {
  readonly user: UserId;
  readonly id: string;
}

/** A challenge that an authenticator is to sign. */
export interface ChallengeRecord {
  readonly v: 1;
  readonly purpose: "register" | "authenticate";
  /** Whose it is; null where the authenticator says who signs in. */
  readonly user: UserId | null;
  readonly expiresAtMs: number;
}

/** Who takes the money. */
export type PaymentProvider = "stripe" | "lemonsqueezy";

/** A subscription of Pro, as its provider last told. */
export interface SubscriptionRecord {
  readonly v: 1;
  readonly provider: PaymentProvider;
  readonly id: string;
  readonly customer: string;
  /** When the subscription began; a later one replaces an earlier one. */
  readonly createdAtMs: number;
  /** Whether Pro is paid for. */
  readonly isPaid: boolean;
  readonly isCancelling: boolean;
  /** When it renews, or ends where it is cancelling. */
  readonly periodEndMs: number | null;
  readonly updatePaymentUrl: string | null;
  /** Of the event that told: an earlier one that arrives later changes nothing. */
  readonly toldAtMs: number;
  /** Order of kinds of events within one second: created 0, updated 1, deleted 2. */
  readonly toldRank: number;
  readonly cardBrand: string | null;
  readonly cardLastFour: string | null;
}

/** An invoice. */
export interface InvoiceRecord {
  readonly v: 1;
  readonly id: string;
  readonly createdAtMs: number;
  readonly totalCents: number;
  /** Lower case, e.g. `usd`. */
  readonly currency: string;
  readonly status: string;
  readonly url: string | null;
}

/** An image: one file of one user, under one or more paths. */
export interface ImageRecord {
  readonly v: 1;
  readonly id: ImageId;
  readonly user: UserId;
  /** SHA-256 of the original, hex. */
  readonly hash: string;
  /** Which write of those bytes is ours; part of the blob keys. */
  readonly nonce: string;
  /** Bytes of the original. */
  readonly size: number;
  /** As sniffed. */
  readonly format: ImageFormat;
  /** As stored, before orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1–8. */
  readonly orientation: number;
  /** 1 for stills. */
  readonly frames: number;
  readonly hasAlpha: boolean;
  /** `rrggbb`; null where the picture was too slow to look at. */
  readonly dominantColor: string | null;
  /** Base64; null as above. */
  readonly thumbhash: string | null;
  /** Null as above. */
  readonly blurhash: string | null;
  /** When EXIF says the picture was taken, as it writes it; null where it says nothing. */
  readonly takenAt: string | null;
  /** Name of the file as first uploaded, NFC. */
  readonly originalFilename: string;
  /** At least one, newest last. */
  readonly paths: readonly ImagePath[];
  readonly visibility: Visibility;
  /** Counts how often it turned private: signed links of an earlier epoch are over. Absent = 0. */
  readonly linkEpoch?: number;
  readonly uploadedAtMs: number;
  /** Last change of paths or visibility. */
  readonly updatedAtMs: number;
}

/** A record of a shape that this version does not know: of a later version, or damaged. */
export class UnreadableRecordError extends Error {
  override readonly name = "UnreadableRecordError";
}

/** Whether a value has the shape of an image's record, as far as everything else rests on it. */
export function isImageRecord(value: unknown): value is ImageRecord {
  if (typeof value !== "object" || value === null) return false;
  const { v, id, hash, nonce, paths } = value as Partial<ImageRecord>;
  return v === 1 && [id, hash, nonce].every((text) => typeof text === "string") && Array.isArray(paths);
}

/** What an upload with an `Idempotency-Key` came to. */
export interface UploadNote {
  readonly v: 1;
  /** SHA-256 of what was asked: file, path, visibility. */
  readonly fingerprint: string;
  readonly image: ImageId;
  readonly path: ImagePath;
  readonly isNew: boolean;
  readonly atMs: number;
}

/** From a path to its image. */
export interface PathRow {
  readonly image: ImageId;
  /** When the path was pointed there; in another second than any other path of its base name (kv/change_time.ts). */
  readonly atMs: number;
}

/** What makes pictures, and since when. */
export interface ReleaseRow {
  readonly v: 1;
  readonly version: string;
  readonly sinceMs: number;
}

/** An image that was deleted and can be brought back until `deleteAtMs`. */
export interface TrashRow {
  readonly v: 1;
  readonly image: ImageRecord;
  readonly deleteAtMs: number;
  /** Its bytes are going: there is no way back. */
  readonly isClaimed: boolean;
}

/** A preset. */
export interface PresetRecord {
  readonly v: 1;
  /** `preset_` and 12 characters. */
  readonly id: string;
  readonly user: UserId;
  /** Case-sensitive. */
  readonly name: string;
  readonly description: string | null;
  /** As the client sent them; those of the parameter table are checked. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A secret that signs links. */
export interface LinkKey {
  /** Stands in each token. */
  readonly id: string;
  /** 32 bytes, hex. */
  readonly secret: string;
  readonly createdAtMs: number;
}

/** A user's link keys: the first signs, all of them verify. One or two. */
export interface LinkKeysRecord {
  readonly v: 1;
  readonly keys: readonly LinkKey[];
}

/** The latest signed link of an image, for lists. */
export interface ActiveLinkRow {
  readonly v: 1;
  readonly nonce: string;
  readonly linkEpoch: number;
  readonly keyId: string;
  /** As in the URL: with the extension that was asked for. */
  readonly path: string;
  /** As in the URL, token included. */
  readonly query: string;
  readonly expiresAtMs: number;
}

/** An account that is being deleted. */
export interface AccountDeletionRow {
  readonly v: 1;
  readonly user: UserId;
  /** Since when; what was written by requests under way is looked for once more later. */
  readonly atMs: number;
}

/** What a derivative is of, in words that its URL can say. */
export interface DerivativeKin {
  /** Canonical transform, e.g. `webp?w=800`. */
  readonly text: string;
  /** See `Kinship` in codec/canonical.ts. */
  readonly family: string;
  /** Of the picture in px. */
  readonly width: number;
}

/** A derivative that is stored, or that somebody is making. */
export interface DerivativeRow {
  readonly v: 1;
  /** SHA-256 of its original, hex. */
  readonly hash: string;
  /** Null of one whose row was lost, until somebody asks for it. */
  readonly kin: DerivativeKin | null;
  /** Of its blob, seal included; 0 while it is made. */
  readonly bytes: number;
  /** Stored: its last use, about. Being made: when its reservation is over. */
  readonly atMs: number;
  /** Whose reservation it is; null = it is stored. */
  readonly maker: string | null;
  /** What was spent on it, while it is made. */
  readonly paid: SpendingReceipt | null;
  /** Id of the preset in the URL that it was made for; absent = none. It goes when what that one says changes. */
  readonly preset?: string;
}

/** Proof that something was spent, to give it back. */
export interface SpendingReceipt {
  readonly user: UserId;
  readonly metric: "transformations" | "api_requests" | "previews";
  /** `YYYY-MM`. */
  readonly month: string;
  readonly from: "plan" | "credit" | "nothing";
}

/** Work that one process at a time does. */
export interface LeaseRow {
  readonly owner: string;
  readonly untilMs: number;
}

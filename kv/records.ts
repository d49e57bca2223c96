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
  readonly language: string;
}

/** A new user's settings. */
export const DEFAULT_SETTINGS: UserSettings = {
  deliveryFormats: ["webp", "avif", "jpeg"],
  defaultQuality: 80,
  defaultFit: "contain",
  defaultMaxWidth: null,
  defaultMaxHeight: null,
  theme: "system",
  language: "en",
};

/** A user. */
export interface UserRecord {
  readonly v: 1;
  readonly id: UserId;
  readonly name: UserName;
  readonly email: string | null;
  readonly plan: PlanName;
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
  readonly uploadedAtMs: number;
  /** Last change of paths or visibility. */
  readonly updatedAtMs: number;
}

/** From a path to its image. */
export interface PathRow {
  readonly image: ImageId;
  /** When the path was pointed there. */
  readonly atMs: number;
}

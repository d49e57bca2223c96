/**
 * Names as branded values, one parser each. Nothing past the edge takes a raw string.
 *
 * @module
 */
import { sha256 } from "./sha256.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Lower-case user name as it stands in URLs. */
export type UserName = Branded<"UserName">;
/** Opaque user id, `user_` + 20 characters. */
export type UserId = Branded<"UserId">;
/** First 16 hex characters of a file's SHA-256. Two users can own the same one. */
export type ImageId = Branded<"ImageId">;
/** A user's name for an image: NFC, no leading or trailing slash. */
export type ImagePath = Branded<"ImagePath">;
/** UUID of an API key's record. */
export type ApiKeyId = Branded<"ApiKeyId">;

/** A name that breaks its rule. */
export class NameError extends Error {
  override readonly name = "NameError";
}

const USER_NAME = /^[a-z0-9][a-z0-9_-]{2,31}$/;

/** Names that would clash with routes or mislead people. */
export const RESERVED_USER_NAMES: ReadonlySet<string> = new Set([
  "about",
  "admin",
  "administrator",
  "anonymous",
  "api",
  "api-reference",
  "cdn",
  "docs",
  "health",
  "help",
  "images",
  "img-src",
  "imgsrc",
  "me",
  "metrics",
  "null",
  "openapi",
  "pricing",
  "privacy-policy",
  "publish",
  "ready",
  "root",
  "settings",
  "sign-in",
  "sign-up",
  "static",
  "support",
  "system",
  "terms-of-service",
  "undefined",
  "usage",
  "www",
]);

/**
 * Lower-cases and checks a user name: 3–32 of `a-z 0-9 _ -`, beginning with a letter or digit.
 *
 * @throws {NameError}
 */
export function parseUserName(text: string): UserName {
  const lower = text.toLowerCase();
  if (!USER_NAME.test(lower)) {
    throw new NameError(
      `User name must be 3 to 32 characters of a-z, 0-9, "_" and "-", beginning with a letter or digit, got "${
        text.slice(0, 40)
      }"`,
    );
  }
  return lower as UserName;
}

/** As {@linkcode parseUserName}, for a new account: reserved names are refused too. @throws {NameError} */
export function parseNewUserName(text: string): UserName {
  const name = parseUserName(text);
  if (RESERVED_USER_NAMES.has(name)) throw new NameError(`User name "${name}" is reserved`);
  return name;
}

/** Whether a text has the form of an image id. */
export function isImageId(text: string): text is ImageId {
  return /^[0-9a-f]{16}$/.test(text);
}

const HASH_ID_CHARS = 16;

/** The id of a file: the first 16 characters of its hash. */
export function imageIdOfHash(hash: string): ImageId {
  return hash.slice(0, HASH_ID_CHARS) as ImageId;
}

/** Most bytes of UTF-8 in a path. */
export const MAX_PATH_BYTES = 1_024;
/** Most bytes of UTF-8 in a segment: what file systems allow in a name. */
export const MAX_SEGMENT_BYTES = 255;
/** Most segments of a path. */
export const MAX_PATH_SEGMENTS = 32;

const utf8Bytes = (text: string) => new TextEncoder().encode(text).length;
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Splits a path into clean segments: NFC, empty and `.` segments dropped.
 *
 * @throws {NameError} for `..`, control characters, lone surrogates, and past 1,024 bytes, 255 a segment, 32 segments
 */
export function parsePathSegments(text: string): string[] {
  if (!text.isWellFormed()) throw new NameError("Path is not valid Unicode");
  if (CONTROL.test(text)) throw new NameError("Path must not contain NUL or control characters");
  const segments = text.normalize("NFC").split("/").filter((s) => s !== "" && s !== ".");
  if (segments.includes("..")) throw new NameError('Path must not contain ".." segments');
  if (segments.length > MAX_PATH_SEGMENTS) {
    throw new NameError(`Path must have at most ${MAX_PATH_SEGMENTS} segments, got ${segments.length}`);
  }
  const longest = segments.find((s) => utf8Bytes(s) > MAX_SEGMENT_BYTES);
  if (longest !== undefined) {
    throw new NameError(
      `Path segment must be at most ${MAX_SEGMENT_BYTES} bytes of UTF-8, got ${utf8Bytes(longest)}`,
    );
  }
  const bytes = utf8Bytes(segments.join("/"));
  if (bytes > MAX_PATH_BYTES) {
    throw new NameError(`Path must be at most ${MAX_PATH_BYTES} bytes of UTF-8, got ${bytes}`);
  }
  return segments;
}

/** Parses a whole path to an image. @throws {NameError} also when nothing is left of it */
export function parseImagePath(text: string): ImagePath {
  const segments = parsePathSegments(text);
  if (segments.length === 0) throw new NameError("Path is empty");
  return segments.join("/") as ImagePath;
}

const API_KEY_SECRET_CHARS = 48;
const API_KEY = new RegExp(`^imgsrc_[A-Za-z0-9]{${API_KEY_SECRET_CHARS}}$`);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Whether a text has the form of an API key. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}

/** Whether a text has the form of an API key's id. */
export function isApiKeyId(text: string): text is ApiKeyId {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** What a preset may be called. */
export const PRESET_NAME = /^[A-Za-z0-9_-]{1,50}$/;

/** Whether a text can be a preset's name. */
export function isPresetName(text: string): boolean {
  return PRESET_NAME.test(text);
}

/** Longest `Idempotency-Key` of an upload. */
export const MAX_IDEMPOTENCY_KEY_CHARS = 255;

/** Shown of a key for ever: `imgsrc_` and six more. */
export const API_KEY_PREFIX_CHARS = 13;

/** Fills a buffer with random bytes: `crypto.getRandomValues` in production. */
export type RandomBytes = (length: number) => Uint8Array;

/** `length` characters of A–Z a–z 0–9, unbiased (bytes past the last multiple of 62 are thrown away). */
export function randomText(random: RandomBytes, length: number): string {
  let out = "";
  while (out.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < 248 && out.length < length) out += ALPHABET[byte % 62];
    }
  }
  return out;
}

/** A new API key: `imgsrc_` + 48 characters, 285 bits. */
export function newApiKey(random: RandomBytes): string {
  return `imgsrc_${randomText(random, API_KEY_SECRET_CHARS)}`;
}

/** A new user id. */
export function newUserId(random: RandomBytes): UserId {
  return `user_${randomText(random, 20)}` as UserId;
}

/** Hex text of bytes. */
export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += byte.toString(16).padStart(2, "0");
  return out;
}

/** SHA-256 of bytes or of UTF-8 text, hex. */
export async function sha256Hex(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return toHex(await sha256(bytes));
}

/**
 * Tags of copies at the edge: what a picture depends on, so that a change can take away just the copies it concerns.
 *
 * A tag is a letter and 16 hex digits of a SHA-256: who reads it learns neither names nor paths.
 *
 * @module
 */
import { splitExtension } from "../../codec/formats.ts";
import { type ImageId, type ImagePath, sha256Hex, type UserId } from "../../kv/ids.ts";
import { Lru } from "../../kv/lru.ts";

const LETTERS = { user: "u", image: "i", path: "p", preset: "s" } as const;
const TAG_HEX_CHARS = 16;
const REMEMBERED_TAGS = 50_000;
/** A pure function's results: hashing four texts for each hit would be felt. */
const remembered = new Lru<string, string>(REMEMBERED_TAGS);

async function tagOf(kind: keyof typeof LETTERS, user: UserId, value: string): Promise<string> {
  const text = `${kind}\n${user}\n${value}`;
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const hash = await sha256Hex(text);
  const tag = LETTERS[kind] + hash.slice(0, TAG_HEX_CHARS);
  remembered.set(text, tag);
  return tag;
}

/** The ending of URLs that ask for whatever format suits the caller, dot included. */
export const AUTO_ENDING = ".auto";

/** A path without `.auto` (any case), or null where it does not end so. */
export function withoutAuto(path: string): string | null {
  return path.toLowerCase().endsWith(AUTO_ENDING) ? path.slice(0, -AUTO_ENDING.length) : null;
}

/** Of everything of a user. */
export function userTag(user: UserId): Promise<string> {
  return tagOf("user", user, "");
}

/** Of an image, under all its paths. */
export function imageTag(user: UserId, image: ImageId): Promise<string> {
  return tagOf("image", user, image);
}

/** Of a path in every format: `photo.webp`, `photo.auto`, `photo` and `photo.jpg.webp` have the tag of `photo.jpg`. */
export function pathTag(user: UserId, path: ImagePath): Promise<string> {
  const { base, extension } = splitExtension(withoutAuto(path) ?? path);
  return extension === null ? tagOf("path", user, base) : pathTag(user, base as ImagePath);
}

/** Of everything that a preset made. @param preset its id */
export function presetTag(user: UserId, preset: string): Promise<string> {
  return tagOf("preset", user, preset);
}

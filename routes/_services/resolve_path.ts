/**
 * From a path in a URL to an image.
 *
 * @module
 */
import { FORMATS, type ImageFormat, outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { ImageId, ImagePath, UserId } from "../../kv/ids.ts";
import type { LocatedImage } from "../../kv/known_paths.ts";
import type { Deps } from "../deps.ts";
import { withoutAuto } from "./cache_tags.ts";

/** What was read to find a picture. */
export interface PathReads {
  path: boolean;
  base: boolean;
  image: boolean;
}

/** The exact path first, else the most recent picture of that base name (for endings that are outputs); or null. */
async function find(
  deps: Pick<Deps, "images">,
  user: UserId,
  path: ImagePath,
  reads: PathReads,
): Promise<LocatedImage | null> {
  reads.path = true;
  const exact = await deps.images.locate(user, path);
  reads.image = exact !== null;
  if (exact !== null) return exact;
  const plain = withoutAuto(path);
  const { base, extension } = plain === null ? splitExtension(path) : { base: plain, extension: null };
  const isGif = extension === "gif";
  const mayConvert = extension === null || isGif || outputOfExtension(extension) !== null;
  reads.base = mayConvert;
  const located = mayConvert ? await deps.images.locateBase(user, base) : null;
  reads.image = located !== null;
  // GIF is an output for what moves, and for nothing else.
  return located === null || (isGif && located.record.frames === 1) ? null : located;
}

/** What a path leads to, from memory (kv/known_paths.ts) or from KV; null = nothing. */
export function locatePath(
  deps: Pick<Deps, "images">,
  user: UserId,
  path: ImagePath,
  reads: PathReads = { path: false, base: false, image: false },
): Promise<LocatedImage | null> {
  return deps.images.resolve(user, path, () => find(deps, user, path, reads));
}

/**
 * The path without what only asks for "any format": `photo.auto` is `photo`, unless an image is stored under that very
 * name.
 */
export function plainPath(path: ImagePath, { record }: LocatedImage): ImagePath {
  const plain = withoutAuto(path);
  return plain === null || record.paths.includes(path) ? path : plain as ImagePath;
}

/**
 * The path that names an image in a format, for whom the format was chosen: with the ending that leads to this very
 * image, or null where each of them leads to another one.
 *
 * @param base path without an image extension
 */
export async function explicitPath(
  deps: Pick<Deps, "images">,
  { record }: LocatedImage,
  base: string,
  format: ImageFormat,
): Promise<ImagePath | null> {
  for (const extension of FORMATS[format].extensions.filter((e) => outputOfExtension(e) !== null)) {
    const path = `${base}.${extension}` as ImagePath;
    const found = await locatePath(deps, record.user, path);
    if (found?.record.nonce === record.nonce) return path;
  }
  return null;
}

/** Paths and ids have no control characters. */
const NOWHERE = "\u0001";

/**
 * Reads what finding a picture can take and did not: so that the time of a refusal doesn't tell a private picture from
 * one that isn't there.
 */
export async function readTheRest({ images }: Pick<Deps, "images">, user: UserId, reads: PathReads): Promise<void> {
  if (!reads.path) await images.atPath(user, NOWHERE as ImagePath);
  if (!reads.base) await images.atBase(user, NOWHERE);
  if (!reads.image) await images.get(user, NOWHERE as ImageId);
}

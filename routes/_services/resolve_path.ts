/**
 * From a path in a URL to an image.
 *
 * @module
 */
import { type DerivativeFormat, outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { ImageId, ImagePath, UserId } from "../../kv/ids.ts";
import type { LocatedImage } from "../../kv/known_paths.ts";
import type { Deps } from "../deps.ts";
import { AddressBook } from "./addresses.ts";
import { withoutAuto } from "./cache_tags.ts";

/** What was read to find a picture. */
export interface PathReads {
  path: boolean;
  base: boolean;
  image: boolean;
  /** Only of names such as `photo.jpg.webp`. */
  whole?: boolean;
}

/** Whether a name is a whole path with the ending that is wanted behind it: `photo.jpg.webp`. */
function mayBeWhole(path: string): boolean {
  const { base, extension } = splitExtension(path);
  return extension !== null && outputOfExtension(extension) !== null && splitExtension(base).extension !== null;
}

/**
 * The exact path first, else the most recent picture of that base name, else the one at exactly that base name (the
 * last two for endings that are outputs); or null.
 */
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
  const found = mayConvert ? await deps.images.locateBase(user, base) : null;
  reads.whole = found === null && mayBeWhole(path);
  const located = reads.whole ? await deps.images.locateWhole(user, base as ImagePath) : found;
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

/** They go with what they are about, which is kept for a second: a hit costs no read. */
const explicitPaths = new WeakMap<LocatedImage, Map<string, string | null>>();

/**
 * The path that names an image in the format that was chosen for whom left it open; null where none is certain to lead
 * to this very image.
 *
 * @param path without `.auto`
 */
export async function explicitPath(
  deps: Pick<Deps, "images">,
  located: LocatedImage,
  path: string,
  format: DerivativeFormat,
): Promise<string | null> {
  const known = explicitPaths.get(located) ?? new Map<string, string | null>();
  explicitPaths.set(located, known);
  const name = `${format} ${path}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = await new AddressBook(deps, located.record).inFormat(path, format);
  known.set(name, found);
  return found;
}

/** Paths and ids have no control characters. */
const NOWHERE = "\u0001";

/**
 * Reads what finding a picture can take and did not: so that the time of a refusal doesn't tell a private picture from
 * one that isn't there.
 */
export async function readTheRest(
  { images }: Pick<Deps, "images">,
  user: UserId,
  path: ImagePath,
  reads: PathReads,
): Promise<void> {
  if (!reads.path) await images.atPath(user, NOWHERE as ImagePath);
  if (!reads.base) await images.atBase(user, NOWHERE);
  if (mayBeWhole(path) && !reads.whole) await images.atPath(user, NOWHERE as ImagePath);
  if (!reads.image) await images.get(user, NOWHERE as ImageId);
}

/**
 * From a path in a URL to an image.
 *
 * @module
 */
import { outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { ImageId, ImagePath, UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";

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
export async function resolvePath(
  deps: Pick<Deps, "images">,
  user: UserId,
  path: ImagePath,
  reads: PathReads = { path: false, base: false, image: false },
): Promise<ImageRecord | null> {
  reads.path = true;
  const exact = await deps.images.atPath(user, path);
  reads.image = exact !== null;
  if (exact !== null) return exact;
  const { base, extension } = splitExtension(path);
  const isGif = extension === "gif";
  const mayConvert = extension === null || isGif || outputOfExtension(extension) !== null;
  reads.base = mayConvert;
  const found = mayConvert ? await deps.images.atBase(user, base) : null;
  reads.whole = found === null && mayBeWhole(path);
  const record = reads.whole ? await deps.images.atPath(user, base as ImagePath) : found;
  reads.image = record !== null;
  // GIF is an output for what moves, and for nothing else.
  return record === null || (isGif && record.frames === 1) ? null : record;
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

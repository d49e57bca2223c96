/**
 * From a path in a URL to an image.
 *
 * @module
 */
import { outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { ImagePath, UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";

/** The exact path first, else the most recent picture of that base name (for endings that are outputs); or null. */
export async function resolvePath(
  deps: Pick<Deps, "images">,
  user: UserId,
  path: ImagePath,
): Promise<ImageRecord | null> {
  const exact = await deps.images.atPath(user, path);
  if (exact !== null) return exact;
  const { base, extension } = splitExtension(path);
  const isGif = extension === "gif";
  const mayConvert = extension === null || isGif || outputOfExtension(extension) !== null;
  const record = mayConvert ? await deps.images.atBase(user, base) : null;
  // GIF is an output for what moves, and for nothing else.
  return record === null || (isGif && record.frames === 1) ? null : record;
}

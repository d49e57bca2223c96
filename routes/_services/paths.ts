/**
 * Paths of an image: added, moved and removed, one or many.
 *
 * @module
 */
import {
  type ImageId,
  type ImagePath,
  NameError,
  parseImagePath,
  parsePathSegments,
  type UserId,
} from "../../kv/ids.ts";
import { TooManyPathsError } from "../../kv/images.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { purge, type PurgeReceipt, purgeRemoved } from "./purge.ts";
import { ServiceError } from "./service_error.ts";

const lastSegment = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** An image with another path than before. */
export interface PathMoved {
  readonly record: ImageRecord;
  readonly purged: PurgeReceipt;
}

/**
 * Gives an image the path `to`, instead of `from` where one is named. A path in use stays with whom it is.
 *
 * @returns null when there is no such image or path
 * @throws {ServiceError} `conflict`
 */
export async function movePath(
  deps: Deps,
  user: UserId,
  id: ImageId,
  from: ImagePath | null,
  to: ImagePath,
): Promise<PathMoved | null> {
  const record = await moveRecord(deps, user, id, from, to);
  if (record === null) return null;
  return { record, purged: await purge(deps, user, { paths: from === null ? [to] : [from, to] }) };
}

async function moveRecord(
  deps: Deps,
  user: UserId,
  id: ImageId,
  from: ImagePath | null,
  to: ImagePath,
): Promise<ImageRecord | null> {
  try {
    const record = await deps.images.movePath(user, id, from, to);
    if (record !== "taken") return record;
  } catch (error) {
    if (!(error instanceof TooManyPathsError)) throw error;
    throw new ServiceError("conflict", error.message);
  }
  throw new ServiceError("conflict", `There is a picture at "${to}" already`);
}

/** What is left after a path is gone. */
export interface PathRemoval {
  readonly purged: PurgeReceipt;
  readonly remaining: readonly ImagePath[];
  readonly isImageDeleted: boolean;
}

/**
 * Takes a path away; an image that loses its last one goes with it, bytes and all.
 *
 * @param id the image that must have it; null = whichever has it
 */
export async function removePath(
  deps: Deps,
  user: UserId,
  id: ImageId | null,
  path: ImagePath,
): Promise<PathRemoval | null> {
  const removed = await deps.images.removePath(user, id, path);
  if (removed === null) return null;
  const { before, after } = removed;
  if (after === null) {
    return { remaining: [], isImageDeleted: true, purged: await purgeRemoved(deps, user, [before]) };
  }
  return { remaining: after.paths, isImageDeleted: false, purged: await purge(deps, user, { paths: [path] }) };
}

/** A path that moved. */
export interface Move {
  readonly id: ImageId;
  readonly from: ImagePath;
  readonly to: ImagePath;
}

/** Parses a folder; empty = the root. @throws {ServiceError} `validation` */
export function parseFolder(field: string, text: string): string {
  try {
    return parsePathSegments(text).join("/");
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ServiceError("validation", `Field "${field}": ${error.message}`);
  }
}

/**
 * Moves an image's paths into a folder, each under its own name.
 *
 * @param from only paths right in this folder; null = all
 * @param moves gets every move, also those before one that failed; {@linkcode purgeMoved} is for the caller
 * @returns how many paths moved, or null when there is no such image
 * @throws {ServiceError} `conflict`, `validation`; the paths before the one that failed have moved
 */
export async function moveToFolder(
  deps: Deps,
  user: UserId,
  id: ImageId,
  { from, to }: { readonly from: string | null; readonly to: string },
  moves: Move[],
): Promise<number | null> {
  const record = await deps.images.get(user, id);
  if (record === null) return null;
  const before = moves.length;
  await moveEach(deps, record, from, to, moves);
  return moves.length - before;
}

/** Purges what {@linkcode moveToFolder} moved: both paths of each. */
export function purgeMoved(deps: Deps, user: UserId, moves: readonly Move[]): Promise<PurgeReceipt> {
  return purge(deps, user, { paths: moves.flatMap(({ from, to }) => [from, to]) });
}

async function moveEach(deps: Deps, record: ImageRecord, from: string | null, to: string, moves: Move[]) {
  const { user, id } = record;
  const own = new Set(record.paths);
  for (const path of record.paths) {
    if (from !== null && folderOf(path) !== from) continue;
    const target = parseTarget(to, path);
    if (target === path) continue;
    // Two paths of one image that become the same are one path.
    const isMoved = own.has(target)
      ? await deps.images.removePath(user, id, path) !== null
      : await moveRecord(deps, user, id, path, target) !== null;
    if (isMoved) moves.push({ id, from: path, to: target });
    own.add(target);
  }
}

function parseTarget(folder: string, path: ImagePath): ImagePath {
  try {
    return parseImagePath(`${folder}/${lastSegment(path)}`);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new ServiceError("validation", `Field "to": ${error.message}`);
  }
}

/**
 * Lists: by time straight from the index; by name, size or folder over all images of the user.
 *
 * @module
 */
import type { ImageId, UserId } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { StateDeps } from "../deps.ts";

/** What is wanted of a list. */
export interface ListRequest {
  readonly limit: number;
  readonly offset: number;
  readonly sort: "newest" | "oldest" | "name" | "size";
  /** Folder or full path, segments joined by `/`; null = everything. */
  readonly path: string | null;
}

/** A page, and the folders right below `path`. */
export interface ListResult {
  readonly images: readonly ImageRecord[];
  readonly folders: readonly { readonly name: string; readonly imageCount: number }[];
  readonly total: number;
}

const byName = (a: ImageRecord, b: ImageRecord) => {
  const [left, right] = [a.originalFilename.toLowerCase(), b.originalFilename.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
};

const ORDERS: Record<ListRequest["sort"], (a: ImageRecord, b: ImageRecord) => number> = {
  newest: (a, b) => b.uploadedAtMs - a.uploadedAtMs,
  oldest: (a, b) => a.uploadedAtMs - b.uploadedAtMs,
  name: byName,
  size: (a, b) => b.size - a.size,
};

/** Folders right below `prefix`, each with the number of different images anywhere inside it. */
async function countFolders(state: StateDeps, user: UserId, prefix: string) {
  const folders = new Map<string, Set<ImageId>>();
  for await (const { path, image } of state.images.paths(user)) {
    if (!path.startsWith(prefix)) continue;
    const end = path.indexOf("/", prefix.length);
    if (end === -1) continue;
    const name = path.slice(prefix.length, end);
    const inside = folders.get(name) ?? new Set();
    folders.set(name, inside.add(image));
  }
  return [...folders].map(([name, images]) => ({ name, imageCount: images.size }));
}

/** A page of a user's images. */
export async function listImages(state: StateDeps, user: UserId, request: ListRequest): Promise<ListResult> {
  const { limit, offset, sort, path } = request;
  const prefix = path === null ? "" : `${path}/`;
  const folders = await countFolders(state, user, prefix);
  if (path === null && (sort === "newest" || sort === "oldest")) {
    return { ...await state.images.listByTime(user, offset, limit, sort === "newest"), folders };
  }
  const matching = (await state.images.all(user))
    .filter((record) => path === null || record.paths.some((p) => p === path || p.startsWith(prefix)))
    .sort((a, b) => ORDERS[sort](a, b) || (a.id < b.id ? -1 : 1));
  return { images: matching.slice(offset, offset + limit), folders, total: matching.length };
}

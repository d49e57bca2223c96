/**
 * Lists and searches of a user's images.
 *
 * @module
 */
import { type ImageId, NameError, parseImagePath, type UserId } from "../../kv/ids.ts";
import type { SortKey, SortOrder } from "../../kv/image_index.ts";
import type { RecordPage } from "../../kv/image_lists.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { StateDeps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";

/** What is wanted of a list. */
export interface ListRequest {
  readonly limit: number;
  readonly offset: number;
  readonly sort: SortOrder;
  /** Folder or full path, segments joined by `/`; null = everything. */
  readonly path: string | null;
  /** False = without what lies in subfolders. */
  readonly recursive: boolean;
  /** `nextCursor` of the page before; it wins over `offset`. */
  readonly cursor: string | null;
}

/** A page, and the folders right below `path`. */
export interface ListResult {
  readonly images: readonly ImageRecord[];
  readonly folders: readonly { readonly name: string; readonly imageCount: number }[];
  readonly total: number;
  readonly offset: number;
  readonly nextCursor: string | null;
}

const toBase64Url = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

function formatCursor(sort: SortOrder, { value, id }: SortKey): string {
  return toBase64Url(JSON.stringify([sort, value, id]));
}

/** @throws {ServiceError} for what no list of this order gave out */
function parseCursor(text: string, sort: SortOrder): SortKey {
  const wrong = () => new ServiceError("validation", 'Parameter "cursor" is not a next_cursor of a list in this order');
  let parsed: unknown;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw wrong();
  }
  if (!Array.isArray(parsed)) throw wrong();
  const [from, value, id] = parsed as unknown[];
  const isValue = sort === "name" ? typeof value === "string" : typeof value === "number";
  if (from !== sort || !isValue || typeof id !== "string") throw wrong();
  return { value: value as string | number, id: id as ImageId };
}

/** The image whose whole path is the filter itself. */
async function imageAt(state: StateDeps, user: UserId, path: string): Promise<ImageId | null> {
  try {
    return (await state.images.atPath(user, parseImagePath(path)))?.id ?? null;
  } catch (error) {
    if (error instanceof NameError) return null;
    throw error;
  }
}

/** A page of a user's images. @throws {ServiceError} `validation` for a cursor of another list */
export async function listImages(state: StateDeps, user: UserId, request: ListRequest): Promise<ListResult> {
  const { limit, offset, sort, path, recursive, cursor } = request;
  const after = cursor === null ? null : parseCursor(cursor, sort);
  const also = path === null ? null : await imageAt(state, user, path);
  const query = { sort, folder: path, recursive, also, offset, limit, after };
  const page: RecordPage = await state.lists.page(user, query);
  return { ...page, nextCursor: page.next === null ? null : formatCursor(sort, page.next) };
}

/** Images whose name or one of whose paths holds a text, newest first. */
export function searchImages(state: StateDeps, user: UserId, text: string, offset: number, limit: number) {
  return state.lists.search(user, text, offset, limit);
}

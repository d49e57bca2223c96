/**
 * Originals as ZIP: a folder, or a whole account.
 *
 * @module
 */
import type { ImageId } from "../../kv/ids.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { originalOf } from "./image_source.ts";
import { type ZipEntry, zipStream } from "./zip.ts";

const MISSING_NAME = "_missing.txt";

/** A backslash is a letter in our paths and a separator to some who unpack: no entry may lead out of its folder. */
const entryName = (path: string) => path.replaceAll("\\", "_");

/** The original at a path, or null when its bytes are missing or damaged: that holds up nothing else. */
async function originalEntry(deps: Deps, record: ImageRecord, name: string): Promise<ZipEntry | null> {
  try {
    const input = await deps.originals.get(originalOf(record));
    return { name, lastModified: new Date(record.uploadedAtMs), input };
  } catch (error) {
    if (!(error instanceof DamagedBlobError)) throw error;
    deps.log.error("original_damaged", { user: record.user, image: record.id, message: error.message });
    return null;
  }
}

async function* withMissing(
  deps: Deps,
  pictures: AsyncIterable<{ record: ImageRecord; name: string }>,
): AsyncGenerator<ZipEntry> {
  const missing: string[] = [];
  for await (const { record, name } of pictures) {
    const entry = await originalEntry(deps, record, name);
    if (entry === null) missing.push(name);
    else yield entry;
  }
  if (missing.length === 0) return;
  const text = `These pictures could not be read:\n${missing.join("\n")}\n`;
  yield { name: MISSING_NAME, lastModified: new Date(deps.now()), input: new TextEncoder().encode(text) };
}

async function* picturesUnder(deps: Deps, user: UserRecord, folder: string | null) {
  const start = folder === null ? 0 : folder.length + 1;
  for await (const { path, image } of deps.images.pathsUnder(user.id, folder)) {
    // Deleted since the walk began: it is not there any more.
    const record = await deps.images.get(user.id, image);
    if (record !== null) yield { record, name: entryName(path.slice(start)) };
  }
}

/**
 * A folder with everything below it, under names relative to it.
 *
 * @param folder null = everything
 * @returns null when there is nothing in it
 */
export async function folderArchive(
  deps: Deps,
  user: UserRecord,
  folder: string | null,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  for await (const _ of deps.images.pathsUnder(user.id, folder)) {
    return zipStream(withMissing(deps, picturesUnder(deps, user, folder)));
  }
  return null;
}

async function* picturesOf(deps: Deps, user: UserRecord, ids: readonly ImageId[]) {
  for (const id of new Set(ids)) {
    const record = await deps.images.get(user.id, id);
    if (record !== null) yield { record, name: entryName(record.paths[0]!) };
  }
}

/** Some images, each under its first path. What is not there any more is left out. */
export function selectionArchive(
  deps: Deps,
  user: UserRecord,
  ids: readonly ImageId[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return zipStream(withMissing(deps, picturesOf(deps, user, ids)));
}

const isoOrNull = (ms: number | null) => ms === null ? null : new Date(ms).toISOString();

async function accountJson(deps: Deps, user: UserRecord): Promise<string> {
  const keys = await deps.apiKeys.list(user.id);
  const presets = await deps.presets.list(user.id);
  const totals = await deps.images.totals(user.id);
  const account = {
    id: user.id,
    username: user.name,
    email: user.email,
    plan: user.plan,
    created_at: isoOrNull(user.createdAtMs),
    updated_at: isoOrNull(user.updatedAtMs),
    settings: user.settings,
    images: totals.images,
    storage_used_bytes: totals.bytes,
    api_keys: keys.map((key) => ({
      name: key.name,
      key_prefix: key.prefix,
      scopes: key.scopes,
      created_at: isoOrNull(key.createdAtMs),
      expires_at: isoOrNull(key.expiresAtMs),
    })),
    presets: presets.map(({ name, description, params }) => ({ name, description, params })),
  };
  return `${JSON.stringify(account, null, 2)}\n`;
}

function imageLine(record: ImageRecord): string {
  const { nonce: _nonce, user: _user, v: _v, uploadedAtMs, updatedAtMs, ...rest } = record;
  return `${JSON.stringify({ ...rest, uploadedAt: isoOrNull(uploadedAtMs), updatedAt: isoOrNull(updatedAtMs) })}\n`;
}

async function* imageLines(deps: Deps, user: UserRecord): AsyncGenerator<string> {
  for await (const record of deps.images.each(user.id)) yield imageLine(record);
}

/** Each original once, under its first path. */
async function* firstPaths(deps: Deps, user: UserRecord) {
  for await (const record of deps.images.each(user.id)) {
    yield { record, name: `originals/${entryName(record.paths[0]!)}` };
  }
}

async function* accountEntries(deps: Deps, user: UserRecord): AsyncGenerator<ZipEntry> {
  const lastModified = new Date(deps.now());
  const text = new TextEncoder();
  yield { name: "account.json", lastModified, input: text.encode(await accountJson(deps, user)) };
  yield { name: "images.jsonl", lastModified, input: imageLines(deps, user) };
  yield* withMissing(deps, firstPaths(deps, user));
}

/** Everything of an account: what it is, what it chose, each image with all its paths, and every original. */
export function accountArchive(deps: Deps, user: UserRecord): ReadableStream<Uint8Array<ArrayBuffer>> {
  return zipStream(accountEntries(deps, user));
}

/**
 * Uploads that are sent again with the same `Idempotency-Key`: answered as the first one was, and done once.
 *
 * @module
 */
import { MAX_IDEMPOTENCY_KEY_CHARS, sha256Hex } from "../../kv/ids.ts";
import type { UploadNote, UserRecord } from "../../kv/records.ts";
import { RepeatedUploadError } from "../../kv/upload_notes.ts";
import type { Deps } from "../deps.ts";
import { ingest, type Ingested, type Upload } from "./ingest.ts";
import { ServiceError } from "./service_error.ts";

/** @throws {ServiceError} `validation` */
export function assertIdempotencyKey(key: string): void {
  if (key.length >= 1 && key.length <= MAX_IDEMPOTENCY_KEY_CHARS && /^[\x20-\x7e]+$/.test(key)) return;
  throw new ServiceError(
    "validation",
    `Idempotency-Key must be 1 to ${MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters`,
  );
}

async function fingerprintOf({ bytes, filename, path, visibility }: Upload): Promise<string> {
  return await sha256Hex(JSON.stringify([await sha256Hex(bytes), filename, path, visibility]));
}

/** The answer of before, about the picture as it is now. */
async function replay(deps: Deps, user: UserRecord, note: UploadNote, fingerprint: string): Promise<Ingested> {
  if (note.fingerprint !== fingerprint) {
    throw new ServiceError("conflict", "Idempotency-Key was used for another upload; send each upload with its own");
  }
  const record = await deps.images.get(user.id, note.image);
  if (record === null || !record.paths.includes(note.path)) {
    throw new ServiceError(
      "conflict",
      "The picture of this Idempotency-Key was deleted or moved since; use another key to upload it again",
    );
  }
  const nothing = { displaced: null, isPathTaken: false, isVisibilityChanged: false, purged: null };
  return { record, isNew: note.isNew, ...nothing };
}

/**
 * Takes an upload in, at most once for each key of the user in 24 hours.
 *
 * @param key of the client; null = it sent none, and every upload is another one
 * @throws {ServiceError} `conflict` when the key stands for another upload, or for a picture that is gone; and what
 * {@linkcode ingest} throws
 */
export async function ingestOnce(
  deps: Deps,
  user: UserRecord,
  upload: Upload,
  { key, signal }: { readonly key: string | null; readonly signal: AbortSignal },
): Promise<Ingested> {
  if (key === null) return await ingest(deps, user, upload, signal);
  const fingerprint = await fingerprintOf(upload);
  const note = await deps.uploadNotes.find(user.id, key);
  if (note !== null) return await replay(deps, user, note, fingerprint);
  const beside = await deps.uploadNotes.writer(user.id, key, { fingerprint, path: upload.path });
  try {
    return await ingest(deps, user, upload, signal, beside);
  } catch (error) {
    if (error instanceof RepeatedUploadError) return await replay(deps, user, error.note, fingerprint);
    throw error;
  }
}

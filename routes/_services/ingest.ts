/**
 * Ingest: from the bytes of an upload to an image record.
 *
 * Bytes before record: a crash in between leaves an orphan blob for the sweeper, never a record without bytes.
 *
 * @module
 */
import { CodecError } from "../../codec/errors.ts";
import { MIN_DECODED_ROWS_SHARE } from "../../codec/limits.ts";
import type { Analysis, Inspection } from "../../codec/job.ts";
import { type ImageId, imageIdOfHash, type ImagePath, randomText, sha256Hex, type UserId } from "../../kv/ids.ts";
import { type AddResult, type AddTerms, type Beside, TooManyPathsError } from "../../kv/images.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import type { ImageRecord, UserRecord, Visibility } from "../../kv/records.ts";
import { RepeatedUploadError } from "../../kv/upload_notes.ts";
import type { Deps } from "../deps.ts";
import { baseFilename } from "./image_names.ts";
import { type PurgeReceipt, purgeReplaced } from "./purge.ts";
import { ServiceError } from "./service_error.ts";
import { stripUpload } from "./strip_upload.ts";

/** An upload, parsed. */
export interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly filename: string;
  readonly path: ImagePath;
  /** null = not said: public for a new image, unchanged for a known one. */
  readonly visibility: Visibility | null;
}

const NONCE_CHARS = 16;
/** An inspection decodes the first frame whole; its size is not known before. */
const INSPECT_MEMORY_BYTES = 128 * 1024 * 1024;

/** Says in words for people why a file is refused; limits differ by format, so that the codec names the one passed. */
function refusal(error: CodecError): ServiceError {
  const reasons: Partial<Record<CodecError["code"], string>> = {
    unknown_format: "File is not a picture: its bytes start like none of the formats that are taken",
    unsupported: `File uses a feature of its format that is not supported: ${error.message}`,
    limit: `File asks for more than its format may: ${error.message}`,
    deadline: "File takes too long to decode",
  };
  return new ServiceError("invalid_file", reasons[error.code] ?? "File is damaged: it could not be decoded");
}

async function inspect(
  deps: Deps,
  party: UserId,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Inspection> {
  const { MAX_PIXELS } = deps.config;
  try {
    const options = { signal, party, memoryBytes: INSPECT_MEMORY_BYTES };
    const { result } = await deps.pool.inspect({ kind: "inspect", maxPixels: MAX_PIXELS }, bytes, options);
    if (result.decodedRowsShare >= MIN_DECODED_ROWS_SHARE) return result;
    const percent = Math.floor(result.decodedRowsShare * 100);
    throw new ServiceError("invalid_file", `File is cut off: only ${percent} % of its rows could be decoded`);
  } catch (error) {
    if (!(error instanceof CodecError) || error.code === "busy" || error.code === "cancelled") throw error;
    throw refusal(error);
  }
}

const NOTHING_SEEN = {
  dominantColor: null,
  thumbhash: null,
  blurhash: null,
  takenAt: null,
  isOpaque: false,
} as const;

async function analyse(
  deps: Deps,
  party: UserId,
  bytes: Uint8Array<ArrayBuffer>,
  seen: Inspection,
): Promise<Analysis | typeof NOTHING_SEEN> {
  const { format, width, height, frames } = seen;
  const source = { width, height };
  const job = { kind: "analyse", maxPixels: deps.config.MAX_PIXELS, format, source, frames } as const;
  try {
    const options = { party, memoryBytes: INSPECT_MEMORY_BYTES, deadlineMs: deps.config.ANALYSIS_DEADLINE_MS };
    return (await deps.pool.analyse(job, bytes, options)).result;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    deps.log.info("not_analysed", { format, code: error.code });
    return NOTHING_SEEN;
  }
}

type Look = Inspection & (Analysis | typeof NOTHING_SEEN);

async function lookAt(
  deps: Deps,
  party: UserId,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Look> {
  const seen = await inspect(deps, party, bytes, signal);
  return { ...seen, ...await analyse(deps, party, bytes, seen) };
}

function freshRecord(deps: Deps, user: UserId, id: ImageId, hash: string, upload: Upload, seen: Look) {
  const now = deps.now();
  return {
    v: 1,
    id,
    user,
    hash,
    nonce: randomText(deps.randomBytes, NONCE_CHARS),
    size: upload.bytes.length,
    format: seen.format,
    width: seen.width,
    height: seen.height,
    orientation: seen.orientation,
    frames: seen.frames,
    hasAlpha: seen.hasAlpha && !seen.isOpaque,
    dominantColor: seen.dominantColor,
    thumbhash: seen.thumbhash,
    blurhash: seen.blurhash,
    takenAt: seen.takenAt,
    originalFilename: baseFilename(upload.filename),
    visibility: upload.visibility ?? "public",
    uploadedAtMs: now,
    updatedAtMs: now,
  } as const satisfies Omit<ImageRecord, "paths">;
}

/** Whose upload it is, what it may come up to, and what is written along with it. */
interface Owner {
  readonly user: UserId;
  readonly terms: AddTerms;
}

/** After one of them nothing was committed. */
const REFUSALS = [TooManyPathsError, QuotaError, RepeatedUploadError];

async function addWithBytes(deps: Deps, owner: Owner, hash: string, upload: Upload, seen: Look) {
  const { user, terms } = owner;
  const id = imageIdOfHash(hash);
  const fresh = freshRecord(deps, user, id, hash, upload, seen);
  const original = { user, hash, nonce: fresh.nonce };
  await deps.originals.put(original, upload.bytes);
  try {
    const result = await deps.images.add(user, id, upload.path, fresh, upload.visibility, terms) as AddResult;
    // Somebody was first with the same file: theirs stays, these bytes are no one's.
    if (result.record.nonce !== fresh.nonce) deps.background("drop_duplicate", deps.originals.remove(original));
    return result;
  } catch (error) {
    // Only where the commit surely did not happen; after a time-out it may have, and the sweeper decides.
    const isRefused = REFUSALS.some((kind) => error instanceof kind);
    if (isRefused) deps.background("drop_refused", deps.originals.remove(original));
    throw error;
  }
}

async function add(deps: Deps, owner: Owner, upload: Upload, signal: AbortSignal): Promise<AddResult> {
  const { user, terms } = owner;
  const hash = await sha256Hex(upload.bytes);
  const id = imageIdOfHash(hash);
  const known = await deps.images.get(user, id);
  if (known !== null && known.hash !== hash) {
    throw new ServiceError("conflict", "Another picture of yours has the same id; change a byte of this one");
  }
  if (known !== null) {
    const outcome = await deps.images.add(user, id, upload.path, null, upload.visibility, terms);
    if (outcome !== "needs_bytes") return outcome;
  }
  // The commit is what counts; this only spares the work.
  await deps.images.assertUploadLeft(user, terms);
  return await addWithBytes(deps, owner, hash, upload, await lookAt(deps, user, upload.bytes, signal));
}

/** What came of an upload. */
export interface Ingested extends AddResult {
  /** What went of what was there before; null where nothing was. */
  readonly purged: PurgeReceipt | null;
}

/**
 * Takes an upload in. A new picture spends an upload and storage, known bytes under another path neither.
 *
 * @param beside writes rows of its own into the upload's commit; what it throws ends the upload
 * @throws {ServiceError} `invalid_file`, `conflict`
 * @throws {QuotaError}
 * @throws {CodecError} `busy`, `cancelled`
 */
export async function ingest(
  deps: Deps,
  user: UserRecord,
  upload: Upload,
  signal: AbortSignal,
  beside?: Beside,
): Promise<Ingested> {
  try {
    const bytes = user.settings.stripOriginals ? await stripUpload(deps, user.id, upload.bytes, signal) : upload.bytes;
    const limits = await deps.quota.uploadLimits(user);
    const owner = { user: user.id, terms: { ...limits, ...(beside === undefined ? {} : { beside }) } };
    const result = await add(deps, owner, { ...upload, bytes }, signal);
    if (result.isNew) deps.usage.countDay(user.id, "uploads", 1);
    return { ...result, purged: await purgeReplaced(deps, upload.path, result) };
  } catch (error) {
    if (error instanceof TooManyPathsError) throw new ServiceError("conflict", error.message);
    throw error;
  }
}

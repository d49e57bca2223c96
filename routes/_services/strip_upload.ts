/**
 * Uploads without places: for those whose settings say so.
 *
 * @module
 */
import { CodecError } from "../../codec/errors.ts";
import type { UserId } from "../../kv/ids.ts";
import type { Deps } from "../deps.ts";

/** A file is taken apart once and put together again: both are in memory. */
const STRIP_MEMORY_BYTES = 32 * 1024 * 1024;

/**
 * The bytes to keep of an upload: without GPS position, serial numbers, thumbnails and maker notes, pixel for pixel the
 * same. The same file gives the same bytes, so duplicates are still found. A format that can't be changed in this way,
 * and a file that is broken (which ingest refuses in better words), comes back as it is.
 *
 * @throws {CodecError} `busy`, `cancelled`
 */
export async function stripUpload(
  deps: Deps,
  party: UserId,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const job = { kind: "strip", maxPixels: deps.config.MAX_PIXELS } as const;
  try {
    const answer = await deps.pool.strip(job, bytes, { signal, party, memoryBytes: STRIP_MEMORY_BYTES });
    return answer.result.isStripped ? answer.bytes : bytes;
  } catch (error) {
    if (!(error instanceof CodecError) || error.code === "busy" || error.code === "cancelled") throw error;
    return bytes;
  }
}

/**
 * The blob store that the configuration names.
 *
 * @module
 */
import { BlobError, type Blobs } from "./blobs.ts";
import { FileBlobs } from "./file.ts";
import { S3Blobs, type S3BlobsDeps } from "./s3.ts";
import type { S3Settings } from "./s3/settings.ts";

/** Settings of both stores, by their names in the configuration. */
export interface BlobSettings {
  readonly DATA_DIR: string;
  /** null = the folder. */
  readonly S3_ENDPOINT: URL | null;
  readonly S3_BUCKET: string;
  readonly S3_REGION: string;
  readonly S3_ACCESS_KEY_ID: string;
  readonly S3_SECRET_ACCESS_KEY: string;
  readonly S3_STYLE: string;
  readonly S3_PREFIX: string;
  readonly S3_FIRST_BYTE_TIMEOUT_MS: number;
  readonly S3_TIMEOUT_MS: number;
}

/** A file that is written for longer was given up by a process that is gone. */
const LONGEST_WRITE_MS = 10 * 60_000;

/** The bucket's settings; null where the folder is used. */
export function s3Settings(settings: BlobSettings): S3Settings | null {
  if (settings.S3_ENDPOINT === null) return null;
  return {
    endpoint: settings.S3_ENDPOINT,
    bucket: settings.S3_BUCKET,
    region: settings.S3_REGION,
    accessKeyId: settings.S3_ACCESS_KEY_ID,
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
    style: settings.S3_STYLE === "host" ? "host" : "path",
    prefix: settings.S3_PREFIX === "" ? "" : `${settings.S3_PREFIX}/`,
    firstByteTimeoutMs: settings.S3_FIRST_BYTE_TIMEOUT_MS,
    timeoutMs: settings.S3_TIMEOUT_MS,
  };
}

/**
 * Opens the bucket where one is configured, else the folder `DATA_DIR/blobs`. Nothing is asked of a bucket yet.
 *
 * @param isAlone no other process works on the folder: what is half-written in it was left behind
 */
export async function openBlobs(settings: BlobSettings, deps: S3BlobsDeps, isAlone: boolean): Promise<Blobs> {
  const bucket = s3Settings(settings);
  return bucket === null
    ? await FileBlobs.open(`${settings.DATA_DIR}/blobs`, deps.newName, isAlone ? 0 : LONGEST_WRITE_MS)
    : new S3Blobs(bucket, deps);
}

/**
 * Looks whether a bucket is there, for a server that starts. One that is down for now is no reason not to start.
 *
 * @returns what is wrong for now; null where nothing is
 * @throws {BlobError} `refused`: no such bucket, or the key is not let in
 */
export async function checkBlobs(blobs: Blobs): Promise<string | null> {
  try {
    await blobs.check();
    return null;
  } catch (error) {
    if (error instanceof BlobError && error.code === "unavailable") return error.message;
    throw error;
  }
}

/**
 * Bodies of answers, read once into one buffer and compared with what their headers promise.
 *
 * @module
 */
import { sha256Hex } from "../../ids.ts";

/** A body that is not the whole of what was announced, or not the bytes that were stored. */
export class DamagedBodyError extends Error {
  override readonly name = "DamagedBodyError";
}

/** Metadata in which the SHA-256 of an object's bytes is kept: an ETag is an MD5 with some services only. */
export const SHA256_HEADER = "x-amz-meta-sha256";

function announcedBytes(headers: Headers): number | null {
  const text = headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function readChunks(body: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
  const reader = body.getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) take(step.value);
  } finally {
    reader.releaseLock();
  }
}

async function readWhole(response: Response, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(bytes);
  let filled = 0;
  await readChunks(response.body!, (chunk) => {
    if (filled + chunk.length > bytes) throw new DamagedBodyError(`Body is longer than its ${bytes} bytes`);
    out.set(chunk, filled);
    filled += chunk.length;
  });
  if (filled !== bytes) throw new DamagedBodyError(`Body has ${filled} of ${bytes} bytes`);
  return out;
}

async function readAll(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  await readChunks(response.body!, (chunk) => void chunks.push(chunk));
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/**
 * Reads a body to its end.
 *
 * @throws {DamagedBodyError} when it is shorter or longer than announced, when the connection ends in its midst, or when
 * a whole object's SHA-256 is not the one that it was stored with
 */
export async function readBody(response: Response, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const bytes = announcedBytes(response.headers);
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = bytes === null ? await readAll(response) : await readWhole(response, bytes);
  } catch (error) {
    await response.body.cancel().catch(() => {});
    if (signal.aborted || error instanceof DamagedBodyError) throw error;
    throw new DamagedBodyError("Connection ended in the midst of a body", { cause: error });
  }
  const hash = response.status === 200 ? response.headers.get(SHA256_HEADER) : null;
  if (hash !== null && await sha256Hex(body) !== hash) throw new DamagedBodyError("Body has another SHA-256");
  return body;
}

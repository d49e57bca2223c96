/**
 * Uploads in parts, for what is too large for one request. Parts are views of the bytes, never copies.
 *
 * @module
 */
import { BlobError } from "../blobs.ts";
import type { S3Answer, S3Client } from "./client.ts";
import { parseUploadsPage, type UploadsPage, xmlText } from "./xml.ts";

/** Larger blobs go in parts of this size. S3 takes parts from 5 MiB, and 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;

const textOf = (answer: S3Answer) => new TextDecoder().decode(answer.body);

function completion(etags: readonly string[]): Uint8Array<ArrayBuffer> {
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escape(etag)}</ETag></Part>`);
  return new TextEncoder().encode(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
}

async function sendParts(client: S3Client, key: string, uploadId: string, bytes: Uint8Array<ArrayBuffer>) {
  const etags: string[] = [];
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const body = bytes.subarray(at, at + PART_BYTES);
    const query = { partNumber: String(etags.length + 1), uploadId };
    const etag = (await client.send({ method: "PUT", key, query, body })).headers.get("etag");
    if (etag === null) throw new BlobError("unavailable", "Bucket gave a part no ETag");
    etags.push(etag);
  }
  return etags;
}

/** Headers of the three kinds of requests. */
export interface MultipartHeaders {
  /** Of the object: its metadata. */
  readonly create: Readonly<Record<string, string>>;
  /** Conditions. */
  readonly complete: Readonly<Record<string, string>>;
}

/**
 * Uploads in parts; what was sent is thrown away when anything fails, so that it costs nothing.
 *
 * @param expected codes that are an answer to the last request
 * @throws {BlobError}
 */
export async function putInParts(
  client: S3Client,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  headers: MultipartHeaders,
  expected: readonly string[],
): Promise<S3Answer> {
  const created = await client.send({ method: "POST", key, query: { uploads: "" }, headers: headers.create });
  const uploadId = xmlText(textOf(created), "UploadId");
  if (uploadId === null) throw new BlobError("unavailable", "Bucket gave no id for an upload in parts");
  try {
    const body = completion(await sendParts(client, key, uploadId, bytes));
    const done = await client.send({
      method: "POST",
      key,
      query: { uploadId },
      headers: { ...headers.complete, "content-type": "application/xml" },
      body,
      expected,
    });
    // It may say 200 first and find out later that it failed.
    const fault = done.code === null && /<Error>/.test(textOf(done)) ? xmlText(textOf(done), "Code") : null;
    if (fault !== null) throw new BlobError("unavailable", `Bucket could not join parts: ${fault}`);
    if (done.code !== null) await abort(client, key, uploadId);
    return done;
  } catch (error) {
    await abort(client, key, uploadId);
    throw error;
  }
}

/** What is left of an upload that can't be thrown away now is for the bucket's own lifecycle rule. */
async function abort(client: S3Client, key: string, uploadId: string): Promise<void> {
  await client.send({ method: "DELETE", key, query: { uploadId }, expected: ["NoSuchUpload", "NoSuchKey"] }).catch(
    () => {},
  );
}

async function uploadsPage(client: S3Client, prefix: string, after: UploadsPage["next"]): Promise<UploadsPage> {
  const query = { uploads: "", prefix, ...(after && { "key-marker": after.key, "upload-id-marker": after.uploadId }) };
  try {
    return parseUploadsPage(textOf(await client.send({ method: "GET", key: "", query })));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BlobError("unavailable", "Bucket gave a list of uploads that can't be read", { cause: error });
  }
}

/**
 * Throws away uploads in parts that were begun before a time and never ended.
 *
 * @param prefix of the keys
 * @returns how many there were
 */
export async function abortUnfinished(client: S3Client, prefix: string, beforeMs: number): Promise<number> {
  let count = 0;
  for (let after: UploadsPage["next"] = null;;) {
    const page = await uploadsPage(client, prefix, after);
    for (const { key, uploadId, begunAtMs } of page.uploads) {
      if (begunAtMs >= beforeMs || !key.startsWith(prefix)) continue;
      await abort(client, key, uploadId);
      count++;
    }
    if (page.next === null) return count;
    if (page.next.key === after?.key && page.next.uploadId === after.uploadId) {
      throw new BlobError("unavailable", "Bucket lists the same uploads again and again");
    }
    after = page.next;
  }
}

/**
 * Blobs in a bucket of any S3-compatible service.
 *
 * Each object carries the SHA-256 of its bytes; what is read whole is compared with it. Requests, time-outs and tries:
 * s3/client.ts.
 *
 * @module
 */
import { sha256Hex } from "../ids.ts";
import {
  assertBlobKey,
  BlobError,
  type BlobInfo,
  type Blobs,
  type ByteRange,
  isBlobKey,
  type PutOptions,
} from "./blobs.ts";
import { SHA256_HEADER } from "./s3/body.ts";
import { type S3Answer, S3Client, type S3Deps } from "./s3/client.ts";
import { abortUnfinished, PART_BYTES, putInParts } from "./s3/multipart.ts";
import type { S3Settings } from "./s3/settings.ts";
import { type ListPage, parseListPage } from "./s3/xml.ts";

/** Names one write, so that a try whose answer got lost is known again. */
const WRITE_HEADER = "x-amz-meta-write";
const IS_THERE = ["PreconditionFailed", "ConditionalRequestConflict"];
const WRITE_ROUNDS = 5;

/** What the store needs beside the bucket. */
export interface S3BlobsDeps extends S3Deps {
  /** Gives a fresh name at each call. */
  readonly newName: () => string;
}

/** See the module's comment. */
export class S3Blobs implements Blobs {
  #client: S3Client;
  #prefix: string;
  #newName: () => string;

  constructor(settings: S3Settings, deps: S3BlobsDeps) {
    this.#client = new S3Client(settings, deps);
    this.#prefix = settings.prefix;
    this.#newName = deps.newName;
  }

  #key(key: string): string {
    assertBlobKey(key);
    return this.#prefix + key;
  }

  /** Looks whether the bucket is there and may be read. @throws {BlobError} `unavailable`, `refused` */
  async check(): Promise<void> {
    await this.#page("", null, 1);
  }

  async head(key: string): Promise<BlobInfo | null> {
    const answer = await this.#head(this.#key(key));
    if (answer.code !== null) return null;
    const size = Number(answer.headers.get("content-length") ?? NaN);
    if (!Number.isSafeInteger(size)) throw new BlobError("unavailable", "Bucket gave an object no length");
    return { key, size, modifiedAtMs: Date.parse(answer.headers.get("last-modified") ?? "") || 0 };
  }

  #head(key: string): Promise<S3Answer> {
    return this.#client.send({ method: "HEAD", key, expected: ["NoSuchKey"] });
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer> | null> {
    const whole = this.#key(key);
    if (range === undefined) {
      const answer = await this.#client.send({ method: "GET", key: whole, expected: ["NoSuchKey"] });
      return answer.code === null ? answer.body : null;
    }
    // HTTP has no way to ask for nothing.
    if (range.end <= range.start) return await this.head(key) === null ? null : new Uint8Array();
    const headers = { range: `bytes=${range.start}-${range.end - 1}` };
    const expected = ["NoSuchKey", "InvalidRange"];
    const answer = await this.#client.send({ method: "GET", key: whole, headers, expected });
    if (answer.code === "InvalidRange") return new Uint8Array();
    if (answer.code !== null) return null;
    // An empty object, or a service that does not know ranges, answers with the whole.
    return answer.status === 206 ? answer.body : answer.body.slice(range.start, range.end);
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>, options: PutOptions = {}): Promise<boolean> {
    const whole = this.#key(key);
    const write = this.#newName();
    const create = {
      [SHA256_HEADER]: await sha256Hex(bytes),
      [WRITE_HEADER]: write,
      "content-type": "application/octet-stream",
    };
    const condition: Record<string, string> = options.ifAbsent ? { "if-none-match": "*" } : {};
    for (let round = 1; round <= WRITE_ROUNDS; round++) {
      if ((await this.#write(whole, bytes, create, condition)).code === null) return true;
      // Written by an earlier try of ours, by somebody else, or by nobody yet: two at once, and both were sent away.
      const there = await this.#head(whole);
      const isOurs = there.headers.get(WRITE_HEADER) === write;
      if (there.code === null && (isOurs || options.ifAbsent)) return isOurs;
    }
    throw new BlobError("unavailable", `Bucket refused ${WRITE_ROUNDS} writes of one object`);
  }

  #write(
    key: string,
    body: Uint8Array<ArrayBuffer>,
    create: Readonly<Record<string, string>>,
    condition: Readonly<Record<string, string>>,
  ): Promise<S3Answer> {
    const refusals = "if-none-match" in condition ? IS_THERE : [];
    if (body.length <= PART_BYTES) {
      return this.#client.send({ method: "PUT", key, headers: { ...create, ...condition }, body, expected: refusals });
    }
    // The upload is gone where an earlier try of the last request was carried out and its answer got lost.
    const expected = [...refusals, "NoSuchUpload"];
    return putInParts(this.#client, key, body, { create, complete: condition }, expected);
  }

  /** S3 does not say whether there was something: two deletes of one key at once may both say yes. */
  async delete(key: string): Promise<boolean> {
    const whole = this.#key(key);
    if ((await this.#head(whole)).code !== null) return false;
    await this.#client.send({ method: "DELETE", key: whole, expected: ["NoSuchKey"] });
    return true;
  }

  sweepUnfinished(beforeMs: number): Promise<number> {
    return abortUnfinished(this.#client, this.#prefix, beforeMs);
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    for (let token: string | null = null;;) {
      const page: ListPage = await this.#page(prefix, token);
      for (const { key: whole, size, modifiedAtMs } of page.objects) {
        const key = whole.slice(this.#prefix.length);
        // Others may keep what they like in the bucket.
        if (whole.startsWith(this.#prefix) && key.startsWith(prefix) && isBlobKey(key)) {
          yield { key, size, modifiedAtMs };
        }
      }
      if (page.next === null) return;
      if (page.next === token) throw new BlobError("unavailable", "Bucket lists the same page again and again");
      token = page.next;
    }
  }

  async #page(prefix: string, token: string | null, maxKeys = 1_000): Promise<ListPage> {
    const query = {
      "list-type": "2",
      "max-keys": String(maxKeys),
      prefix: this.#prefix + prefix,
      ...(token === null ? {} : { "continuation-token": token }),
    };
    const { body } = await this.#client.send({ method: "GET", key: "", query });
    try {
      return parseListPage(new TextDecoder().decode(body));
    } catch (error) {
      throw new BlobError("unavailable", "Bucket gave a list that can't be read", { cause: error });
    }
  }
}

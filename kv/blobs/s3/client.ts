/**
 * Requests to an S3-compatible service: signed, bounded in time, tried again where that makes sense, and refused at
 * once while the service is known to be down.
 *
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import { sha256Hex } from "../../ids.ts";
import { BlobError } from "../blobs.ts";
import { DamagedBodyError, readBody } from "./body.ts";
import { Breaker } from "./breaker.ts";
import { objectUrl, type S3Settings } from "./settings.ts";
import { xmlText } from "./xml.ts";

/** The outside world, as arguments. */
export interface S3Deps {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
  /** Milliseconds since 1970: requests are signed with their time. */
  readonly now: () => number;
  /** Milliseconds of a clock that never leaps, for how long the service is given up. Default `performance.now`. */
  readonly monotonicMs?: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Told when the service is given up for a while, and when it is back. */
  readonly onChange?: (state: "closed" | "open") => void;
}

/** A request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Whole key of the object; empty = the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Codes of S3 that are an answer and no fault, such as `NoSuchKey`. */
  readonly expected?: readonly string[];
}

/** An answer. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Code of an expected fault; null where all is well. */
  readonly code: string | null;
  /** Try that got it, from 1: an earlier one may have been carried out all the same. */
  readonly attempt: number;
}

/** Most tries of a request. */
const MAX_TRIES = 3;
/** Before the second try it waits up to this, before the third up to twice as long. */
const BACKOFF_MS = 200;
const SEND_BYTES_PER_MS = 1024 * 1024 / 1000;
const BREAKER_BOUNDS = { failuresToOpen: 5, openMs: 2_000 };
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** An answer without a body has its code by its status. */
const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  404: "NoSuchKey",
  409: "ConditionalRequestConflict",
  412: "PreconditionFailed",
  416: "InvalidRange",
};

/** A failure that another try may mend. */
class PassingError extends Error {
  override readonly name: string = "PassingError";
}

/** No answer within the time for one: not tried again. */
class SilenceError extends PassingError {
  override readonly name = "SilenceError";
}

/** 409: something else is under way with a neighbour or this very object (S3: OperationAborted), and over soon. */
const isPassingStatus = (status: number) => status >= 500 || [408, 409, 429].includes(status);

function codeOf(status: number, body: Uint8Array): string {
  return xmlText(new TextDecoder().decode(body), "Code") ?? CODES_BY_STATUS[status] ?? `HTTP ${status}`;
}

/** See the module's comment. */
export class S3Client {
  #settings: S3Settings;
  #deps: S3Deps;
  #breaker: Breaker;
  /** Derived signing keys, one a day. */
  #signingKeys = new Map<string, ArrayBuffer>();

  constructor(settings: S3Settings, deps: S3Deps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#breaker = new Breaker(BREAKER_BOUNDS, deps.monotonicMs ?? (() => performance.now()), deps.onChange);
  }

  async #sign(request: S3Request, bodyHash: string): Promise<{ url: URL; init: RequestInit }> {
    const { accessKeyId, secretAccessKey, region } = this.#settings;
    const signer = new AwsV4Signer({
      method: request.method,
      url: objectUrl(this.#settings, request.key, request.query).href,
      headers: { ...request.headers, "x-amz-content-sha256": bodyHash },
      accessKeyId,
      secretAccessKey,
      region,
      service: "s3",
      cache: this.#signingKeys,
      datetime: new Date(this.#deps.now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    });
    const { method, url, headers } = await signer.sign();
    // Not signed, since some proxies change it: the bytes are wanted as they are stored.
    headers.set("accept-encoding", "identity");
    return { url, init: { method, headers, redirect: "manual", ...(request.body && { body: request.body }) } };
  }

  /** One try. The timer runs to the first byte, then to the last. */
  async #try(request: S3Request, bodyHash: string, endsAtMs: number): Promise<Omit<S3Answer, "attempt">> {
    const leftMs = Math.max(1, endsAtMs - performance.now());
    const sendMs = (request.body?.length ?? 0) / SEND_BYTES_PER_MS;
    const abort = new AbortController();
    const late = () => abort.abort(new SilenceError("No answer in time"));
    let timer = setTimeout(late, Math.min(leftMs, this.#settings.firstByteTimeoutMs + sendMs));
    try {
      const { url, init } = await this.#sign(request, bodyHash);
      const response = await this.#deps.fetch(url, { ...init, signal: abort.signal });
      clearTimeout(timer);
      timer = setTimeout(late, Math.max(1, endsAtMs - performance.now()));
      const body = request.method === "HEAD" ? new Uint8Array() : await readBody(response, abort.signal);
      return this.#judge(request, response, body);
    } catch (error) {
      if (error instanceof BlobError || error instanceof DamagedBodyError) throw error;
      if (abort.signal.aborted) throw new SilenceError("No answer in time", { cause: error });
      if (error instanceof PassingError) throw error;
      throw new PassingError(error instanceof Error ? error.message : String(error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #judge(request: S3Request, response: Response, body: Uint8Array<ArrayBuffer>): Omit<S3Answer, "attempt"> {
    const { status, headers } = response;
    if (response.ok) return { status, headers, body, code: null };
    const code = codeOf(status, body);
    if (request.expected?.includes(code)) return { status, headers, body, code };
    const message = `Bucket "${this.#settings.bucket}" answered ${request.method} with ${status} ${code}`;
    if (isPassingStatus(status) || code === "RequestTimeout") throw new PassingError(message);
    throw new BlobError("refused", message);
  }

  /**
   * Sends a request and reads its answer whole.
   *
   * @throws {BlobError} `unavailable` when it can't be had, `refused` when the service will not, `damaged` when bytes came otherwise than they were stored
   */
  async send(request: S3Request): Promise<S3Answer> {
    const bodyHash = request.body === undefined ? EMPTY_SHA256 : await sha256Hex(request.body);
    const endsAtMs = performance.now() + this.#settings.timeoutMs;
    for (let attempt = 1;; attempt++) {
      if (!this.#breaker.admit()) {
        throw new BlobError("unavailable", "Bucket was not reached lately; it is tried again soon");
      }
      try {
        const answer = await this.#try(request, bodyHash, endsAtMs);
        this.#breaker.succeed();
        return { ...answer, attempt };
      } catch (error) {
        if (error instanceof PassingError) this.#breaker.fail();
        else this.#breaker.succeed();
        if (error instanceof BlobError) throw error;
        const backoffMs = BACKOFF_MS * 2 ** (attempt - 1) * this.#deps.random();
        // Who gave no answer for seconds gives none to another try either, and the caller has waited long enough.
        const isSilent = error instanceof SilenceError;
        if (isSilent || attempt === MAX_TRIES || performance.now() + backoffMs >= endsAtMs) throw finalError(error);
        await this.#deps.sleep(backoffMs);
      }
    }
  }
}

function finalError(error: unknown): BlobError {
  const { message } = error as Error;
  if (error instanceof DamagedBodyError) return new BlobError("damaged", message, { cause: error });
  return new BlobError("unavailable", `Bucket gave no good answer: ${message}`, { cause: error });
}

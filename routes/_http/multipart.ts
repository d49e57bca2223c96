/**
 * Bodies with a cap, and the multipart form of an upload.
 *
 * @module
 */
import { ApiError } from "./api_error.ts";

/** Room for boundaries, part headers and the other fields beside the file. */
const FORM_OVERHEAD_BYTES = 64 * 1024;
const MAX_FORM_FIELDS = 20;

const tooLarge = (maxBytes: number) =>
  new ApiError("INVALID_FILE", `File must be at most ${maxBytes.toLocaleString("en-US")} bytes`, {
    connection: "close",
  });

/** The least that a body must bring: so many bytes in every so many ms, on average since its start. */
export interface BodyPace {
  readonly bytes: number;
  readonly ms: number;
}

/** 4 KB a second, a third of what the slowest phone networks carry; looked at every 15 s. */
const BODY_PACE: BodyPace = { bytes: 60 * 1_024, ms: 15_000 };

const tooSlow = ({ bytes, ms }: BodyPace) =>
  new ApiError("REQUEST_TIMEOUT", `Body came too slowly: at least ${bytes} bytes must come every ${ms / 1_000} s`, {
    connection: "close",
  });

/** A body that ended before its end. Of a server that is leaving, the connection itself may have been the cause. */
export class BrokenBodyError extends ApiError {
  constructor() {
    super("VALIDATION_ERROR", "Body broke off or is not framed as its headers say", { connection: "close" });
  }
}

/** A body whose sender broke its framing or went away is the sender's fault, and so is one that trickles. */
async function* inTime(body: ReadableStream<Uint8Array>, pace: BodyPace): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  let [bytes, due] = [0, 0];
  const timer = setInterval(() => {
    due += pace.bytes;
    if (bytes < due) late.reject(tooSlow(pace));
  }, pace.ms);
  try {
    while (true) {
      const { value, done } = await Promise.race([reader.read(), late.promise]);
      if (done) return;
      bytes += value.length;
      yield value;
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new BrokenBodyError();
  } finally {
    clearInterval(timer);
    // Not awaited: a client that stalls would keep it waiting as well.
    reader.cancel().catch(() => {});
  }
}

/**
 * Reads a body into memory, and stops reading as soon as it is past the cap or comes too slowly.
 *
 * @throws {ApiError} what `onTooLarge` makes, REQUEST_TIMEOUT, or a {@linkcode BrokenBodyError}
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  onTooLarge: () => ApiError,
  pace: BodyPace = BODY_PACE,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > maxBytes) {
    await request.body?.cancel();
    throw onTooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body === null ? [] : inTime(request.body, pace)) {
    size += chunk.length;
    // Leaving the loop cancels the stream: nothing more is read.
    if (size > maxBytes) throw onTooLarge();
    chunks.push(chunk);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** The fields of an upload form. */
export interface UploadForm {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As sent by the client; may be empty. */
  readonly filename: string;
  readonly path: string | null;
  readonly visibility: string | null;
}

async function parseForm(contentType: string, body: Uint8Array<ArrayBuffer>): Promise<FormData> {
  try {
    return await new Response(body, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw new ApiError("VALIDATION_ERROR", "Body is not a well-formed multipart form");
  }
}

function textField(form: FormData, name: string): string | null {
  const values = form.getAll(name);
  if (values.length === 0) return null;
  const value = values[0];
  if (values.length > 1 || typeof value !== "string") {
    throw new ApiError("VALIDATION_ERROR", `Field "${name}" must be one text field`);
  }
  // The form's parser puts U+FFFD where bytes are no UTF-8; as part of a path it would name something else.
  if (value.includes("\ufffd")) throw new ApiError("VALIDATION_ERROR", `Field "${name}" must be valid UTF-8`);
  return value;
}

/**
 * Reads the multipart form of an upload: `file`, `path` or `target_path` (`path` wins), `visibility`. Unknown fields
 * are ignored.
 *
 * @param maxFileBytes cap of the file itself
 * @throws {ApiError} VALIDATION_ERROR, or INVALID_FILE when the file is too large or empty
 */
export async function readUploadForm(request: Request, maxFileBytes: number): Promise<UploadForm> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    await request.body?.cancel();
    throw new ApiError(
      "VALIDATION_ERROR",
      `Content-Type must be multipart/form-data with a "file" field, got "${contentType.slice(0, 60)}"`,
    );
  }
  const body = await readBody(request, maxFileBytes + FORM_OVERHEAD_BYTES, () => tooLarge(maxFileBytes));
  const form = await parseForm(contentType, body);
  if ([...form.keys()].length > MAX_FORM_FIELDS) {
    throw new ApiError("VALIDATION_ERROR", `Form must have at most ${MAX_FORM_FIELDS} fields`);
  }
  const files = form.getAll("file");
  const file = files[0];
  if (files.length !== 1 || !(file instanceof File)) {
    const got = files.length === 1 ? "text" : files.length;
    throw new ApiError("VALIDATION_ERROR", `Form must hold exactly one file in the field "file", got ${got}`);
  }
  if (file.size > maxFileBytes) throw tooLarge(maxFileBytes);
  if (file.size === 0) throw new ApiError("INVALID_FILE", "File is empty");
  return {
    bytes: new Uint8Array(await file.arrayBuffer()),
    filename: file.name,
    path: textField(form, "path") ?? textField(form, "target_path"),
    visibility: textField(form, "visibility"),
  };
}

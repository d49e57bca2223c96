/**
 * Frames on a byte stream, the language between the server and its codec processes.
 *
 * One frame: header length (u32 LE), body length (u32 LE), header (UTF-8 JSON), body (bytes).
 *
 * @module
 */

/** One message: a small JSON header and any number of bytes. */
export interface CodecFrame {
  readonly header: Record<string, unknown>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 1 << 20;
/** An RGBA output of 64 MP is 256 MB; nothing honest is larger. */
const MAX_BODY_BYTES = 300 * 1024 * 1024;

/** Prefix and header of a frame. */
function headOf(header: Record<string, unknown>, bodyBytes: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(PREFIX_BYTES + json.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, json.length, true);
  view.setUint32(4, bodyBytes, true);
  head.set(json, PREFIX_BYTES);
  return head;
}

/** Lengths of a header and a body. @throws {RangeError} when they are beyond anything honest */
function lengthsOf(prefix: Uint8Array): [header: number, body: number] {
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const [headerBytes, bodyBytes] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (headerBytes > MAX_HEADER_BYTES || bodyBytes > MAX_BODY_BYTES) {
    throw new RangeError(`Frame of ${headerBytes} + ${bodyBytes} bytes is larger than any answer`);
  }
  return [headerBytes, bodyBytes];
}

/** Writes one frame completely. */
export async function writeFrame(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  header: Record<string, unknown>,
  body: Uint8Array,
): Promise<void> {
  await writer.write(headOf(header, body.length));
  if (body.length > 0) await writer.write(body);
}

/** Where a process writes without an event loop: `Deno.stdout`. */
export interface SyncTarget {
  /** Writes some of the bytes, at least one. @returns how many */
  writeSync(bytes: Uint8Array): number;
}

/** Where a process reads without an event loop: `Deno.stdin`. */
export interface SyncSource {
  /** Reads some bytes, at least one. @returns how many, or null at the end */
  readSync(into: Uint8Array): number | null;
}

/** As {@linkcode writeFrame}, for a process that has nothing else to do meanwhile. */
export function writeFrameSync(target: SyncTarget, header: Record<string, unknown>, body: Uint8Array): void {
  for (const bytes of [headOf(header, body.length), body]) {
    for (let at = 0; at < bytes.length;) at += target.writeSync(bytes.subarray(at));
  }
}

/**
 * The next frame, or null at the end of the source: straight into its memory, which through a stream takes a turn of the
 * event loop and a copy for each 64 KiB.
 *
 * @throws {RangeError} as {@linkcode FrameReader.read}
 */
export function readFrameSync(source: SyncSource): CodecFrame | null {
  const prefix = takeSync(source, PREFIX_BYTES);
  if (prefix === null) return null;
  const [headerBytes, bodyBytes] = lengthsOf(prefix);
  const header = takeSync(source, headerBytes);
  const body = header === null ? null : takeSync(source, bodyBytes);
  if (header === null || body === null) return null;
  return { header: JSON.parse(new TextDecoder().decode(header)), body };
}

function takeSync(source: SyncSource, bytes: number): Uint8Array<ArrayBuffer> | null {
  const out = new Uint8Array(bytes);
  for (let at = 0; at < bytes;) {
    const read = source.readSync(out.subarray(at));
    if (read === null) return null;
    at += read;
  }
  return out;
}

/** Reads frames off a stream. */
export class FrameReader {
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async #take(bytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#size < bytes) {
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#chunks.push(value);
      this.#size += value.length;
    }
    const out = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      const chunk = this.#chunks[0]!;
      const part = chunk.subarray(0, bytes - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#size -= bytes;
    return out;
  }

  /**
   * The next frame, or null at the end of the stream.
   *
   * @throws {RangeError} when the lengths are beyond anything honest: the other side is broken
   */
  async read(): Promise<CodecFrame | null> {
    const prefix = await this.#take(PREFIX_BYTES);
    if (prefix === null) return null;
    const [headerBytes, bodyBytes] = lengthsOf(prefix);
    const header = await this.#take(headerBytes);
    const body = header === null ? null : await this.#take(bodyBytes);
    if (header === null || body === null) return null;
    return { header: JSON.parse(new TextDecoder().decode(header)), body };
  }
}

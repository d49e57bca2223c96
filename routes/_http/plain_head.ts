/**
 * Heads of plain requests and of their answers, taken apart just far enough to know where each ends (RFC 9112).
 *
 * What is not certain is not plain: then somebody else reads the bytes.
 *
 * @module
 */

/** Whoever tells headers by name, in small letters. */
export interface HeaderReader {
  get(name: string): string | null;
}

/** A GET or HEAD without a body. */
export interface PlainRequest {
  readonly method: "GET" | "HEAD";
  /** As sent, from the slash on. */
  readonly target: string;
  readonly host: string;
  readonly headers: HeaderReader;
}

/** An answer as bytes of HTTP/1.1. */
export interface PlainAnswer {
  /** ASCII, its empty line included. */
  readonly head: string;
  /** Null of a 304. */
  readonly body: Uint8Array | null;
}

/** Headers as lines of a head, each with its end. */
export function headerLines(headers: Iterable<[string, string]>): string {
  return [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

const MAX_HEAD_BYTES = 8_192;
const END = "\r\n\r\n";
const REQUEST_LINE = /^(GET|HEAD) (\/[!"$-~]*) HTTP\/1\.1$/;
/** No folding, nothing beyond ASCII. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*)$/;
const HOST = /^[A-Za-z0-9.\-:[\]]+$/;
/** With these a request has a body, changes the protocol or ends the connection. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "trailer",
  "upgrade",
  "expect",
  "http2-settings",
]);

/** Whether a `Host` is a name or address with or without a port, and nothing that a URL would read otherwise. */
export function isPlainHost(host: string): boolean {
  return HOST.test(host);
}

function headersOf(lines: readonly string[]): Map<string, string> | null {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const match = HEADER.exec(line);
    if (match === null) return null;
    const name = match[1]!.toLowerCase();
    if (NOT_PLAIN.has(name) || headers.has(name)) return null;
    headers.set(name, match[2]!.trimEnd());
  }
  return headers;
}

/** Reads bytes that are one whole plain request and nothing else; null = they are not. */
export function parsePlainRequest(bytes: Uint8Array): PlainRequest | null {
  if (bytes.length > MAX_HEAD_BYTES || bytes[bytes.length - 1] !== 10) return null;
  const text = asciiOf(bytes);
  if (text.indexOf(END) !== text.length - END.length) return null;
  const [first = "", ...lines] = text.slice(0, -END.length).split("\r\n");
  const request = REQUEST_LINE.exec(first);
  const headers = request === null ? null : headersOf(lines);
  const host = headers?.get("host");
  if (headers === null || host === undefined || !isPlainHost(host)) return null;
  const connection = headers.get("connection");
  if (connection !== undefined && connection.toLowerCase() !== "keep-alive") return null;
  return {
    method: request![1] as "GET" | "HEAD",
    target: request![2]!,
    host,
    headers: { get: (name) => headers.get(name) ?? null },
  };
}

const DECODER = new TextDecoder("latin1");

function asciiOf(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d) /;
const LENGTH = /\r\ncontent-length: (\d{1,15})\r\n/i;
const OTHER_FRAME = /\r\n(transfer-encoding|upgrade):|\r\nconnection: *close/i;

/**
 * How many bytes an answer has from its first byte on, head included; null where its head does not say so, is not whole
 * yet, or leaves the connection in another state than before.
 *
 * @param bytes the first ones of it
 */
export function plainAnswerBytes(bytes: Uint8Array, method: PlainRequest["method"]): number | null {
  const head = asciiOf(bytes.subarray(0, MAX_HEAD_BYTES));
  const end = head.indexOf(END);
  const status = STATUS_LINE.exec(head)?.[1];
  if (end === -1 || status === undefined) return null;
  const lines = head.slice(0, end + 2);
  if (OTHER_FRAME.test(lines)) return null;
  const headBytes = end + END.length;
  if (method === "HEAD" || status === "204" || status === "304") return headBytes;
  const length = LENGTH.exec(lines)?.[1];
  return length === undefined ? null : headBytes + Number(length);
}

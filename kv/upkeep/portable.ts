/**
 * Rows as lines of JSON, for a folder that any set-up can read.
 *
 * What JSON has no word for is an object with one key that begins with `$`: `{"$bytes": base64}`, `{"$count": "12"}` (a
 * counter of KV), `{"$bigint": "12"}`; an object that has such a key itself is `{"$object": [[key, value], …]}`.
 *
 * @module
 */

/** A row of KV. */
export interface Row {
  readonly key: Deno.KvKey;
  readonly value: unknown;
}

const LINES_BYTES = 64 * 1024;

function encode(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (value instanceof Deno.KvU64) return { $count: String(value.value) };
  if (value instanceof Uint8Array) return { $bytes: (value as Uint8Array<ArrayBuffer>).toBase64() };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
    .map(([key, part]) => [key, encode(part)] as const);
  return entries.some(([key]) => key.startsWith("$")) ? { $object: entries } : Object.fromEntries(entries);
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [name, part] = entries[0] ?? ["", null];
  if (entries.length === 1 && name.startsWith("$")) return decodeSpecial(name, part);
  return Object.fromEntries(entries.map(([key, part]) => [key, decode(part)]));
}

function decodeSpecial(name: string, part: unknown): unknown {
  switch (name) {
    case "$bigint":
      return BigInt(String(part));
    case "$count":
      return new Deno.KvU64(BigInt(String(part)));
    case "$bytes":
      return Uint8Array.fromBase64(String(part));
    case "$object":
      return Object.fromEntries((part as [string, unknown][]).map(([key, inner]) => [key, decode(inner)]));
    default:
      throw new SyntaxError(`Line has a value of the unknown kind ${name}`);
  }
}

/** Any value of KV as one line of JSON, without its end. */
export function encodeLine(value: unknown): string {
  return JSON.stringify(encode(value));
}

/** What {@linkcode encodeLine} wrote. @throws {SyntaxError} */
export function decodeLine<T>(line: string): T {
  return decode(JSON.parse(line)) as T;
}

/** A file that lines are added to. */
export class LineFile implements AsyncDisposable {
  #file: Deno.FsFile;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** Writes come one after the other, whoever adds lines at once. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Opens an empty file, only for its owner to read: there are secrets in it. */
  static async create(path: string): Promise<LineFile> {
    return new LineFile(await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 }));
  }

  /** Adds a value. */
  async add(value: unknown): Promise<void> {
    const line = encodeLine(value);
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#waitingChars >= LINES_BYTES) await this.#flush();
  }

  #flush(): Promise<void> {
    const bytes = new TextEncoder().encode(this.#waiting.map((line) => `${line}\n`).join(""));
    this.#waiting = [];
    this.#waitingChars = 0;
    return this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#flush();
      await this.#file.sync();
    } finally {
      this.#file.close();
    }
  }
}

/** The values of a file of lines, one after the other. */
export async function* readLines<T>(path: string): AsyncGenerator<T> {
  const file = await Deno.open(path);
  let rest = "";
  for await (const text of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield decodeLine<T>(line);
  }
  if (rest !== "") throw new SyntaxError(`File ${path} ends in the midst of a line`);
}

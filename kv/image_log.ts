/**
 * The log of a user's image changes, from which lists are made (kv/image_index.ts).
 *
 * Every commit that changes an image adds a row to the log under the user's next number, in that same commit. Rows are
 * packed, some hundred at a time, into segments of text, so that a process that has never seen the user reads 100,000
 * images in a few dozen calls. A segment's lines still say what happened, in order; once most of them are overtaken,
 * all are rewritten as a new generation. Readers check that the numbers they read leave no gap.
 *
 * A line is `seq, id, time, size, name, path, path …`, by tabs; `seq, id` alone = the image is gone. Names and paths
 * hold no control characters.
 *
 * @module
 */
import type { ImageId, UserId } from "./ids.ts";
import { imageLogKey, imageLogPrefix, imageLogStateKey, imageSegmentKey, imageSegmentsPrefix } from "./keys.ts";
import type { ImageRecord } from "./records.ts";
import type { Store } from "./store.ts";

/** What a list needs of an image. */
export interface ListEntry {
  readonly timeMs: number;
  readonly size: number;
  readonly name: string;
  readonly paths: readonly string[];
}

/** A change: the image as it is now, or null when it is gone. */
export interface ImageOp {
  readonly id: ImageId;
  readonly entry: ListEntry | null;
}

/** Where the log of a user stands; changed by every commit that changes one of their images. */
export interface ImageLogState {
  readonly v: 1;
  /** Number of the last change. */
  readonly seq: number;
  /** Changes up to this one are in segments. */
  readonly packedSeq: number;
  readonly generation: number;
  /** The generation was written whole at this change: what was dropped before has left no line. */
  readonly baseSeq: number;
  /** Lines in segments. */
  readonly packedLines: number;
}

/** Nothing has happened yet. */
export const EMPTY_LOG: ImageLogState = { v: 1, seq: 0, packedSeq: 0, generation: 0, baseSeq: 0, packedLines: 0 };

/** Rows that wait at most before they are packed. */
export const PACK_ABOVE = 400;
/** Bytes of a segment: a KV value holds 65,536. */
const SEGMENT_BYTES = 60_000;
/** Segments of one call: about a MiB. */
const SEGMENT_PAGE = 16;
/** Bytes of segments in one commit: it holds 800 KiB. */
const COMMIT_BYTES = 500_000;
/** Overtaken lines that are worth a rewrite, beside as many as there are images. */
const SLACK_LINES = 2_000;
const MAX_NAME_CHARS = 500;

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f]/g;

/** The change that leaves a record behind. */
export function putOp(record: ImageRecord): ImageOp {
  const name = record.originalFilename.replace(CONTROL, " ").slice(0, MAX_NAME_CHARS);
  const { uploadedAtMs: timeMs, size, paths } = record;
  return { id: record.id, entry: { timeMs, size, name, paths } };
}

/** The change that leaves none. */
export function dropOp(id: ImageId): ImageOp {
  return { id, entry: null };
}

/** A line and its number. */
interface Line {
  readonly seq: number;
  readonly text: string;
}

function formatOp(seq: number, { id, entry }: ImageOp): string {
  if (entry === null) return `${seq}\t${id}`;
  return `${seq}\t${id}\t${entry.timeMs}\t${entry.size}\t${entry.name}\t${entry.paths.join("\t")}`;
}

function parseOp(text: string): ImageOp {
  const fields = text.split("\t");
  const id = fields[1] as ImageId;
  if (fields.length === 2) return dropOp(id);
  return {
    id,
    entry: { timeMs: Number(fields[2]), size: Number(fields[3]), name: fields[4]!, paths: fields.slice(5) },
  };
}

const seqOf = (text: string) => Number(text.slice(0, text.indexOf("\t")));

interface Segment {
  readonly lastSeq: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Cuts lines into segments that fit a KV value each. */
function* segmentsOf(lines: Iterable<Line>): Generator<Segment> {
  const encoder = new TextEncoder();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let lastSeq = 0;
  const close = (): Segment => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    parts = [];
    size = 0;
    return { lastSeq, bytes };
  };
  for (const { seq, text } of lines) {
    const part = encoder.encode(`${text}\n`);
    if (size > 0 && size + part.length > SEGMENT_BYTES) yield close();
    parts.push(part);
    size += part.length;
    lastSeq = seq;
  }
  if (size > 0) yield close();
}

/** Whether a reader at change `seq` (null = new) must begin from nothing: what was dropped has left no line. */
export function mustReload(seq: number | null, state: ImageLogState): boolean {
  return seq === null || seq < state.baseSeq;
}

/** See the module's comment. */
export class ImageLog {
  #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Where the log stands, for a commit to check. */
  state(user: UserId): Promise<Deno.KvEntryMaybe<ImageLogState>> {
    return this.#store.get<ImageLogState>(imageLogStateKey(user));
  }

  /** Adds a commit's changes to it. The commit is lost when another one of this user comes first. */
  append(operation: Deno.AtomicOperation, user: UserId, at: Deno.KvEntryMaybe<ImageLogState>, ops: readonly ImageOp[]) {
    const before = at.value ?? EMPTY_LOG;
    const seq = before.seq + 1;
    operation.check(at).set(at.key, { ...before, seq } satisfies ImageLogState);
    operation.set(imageLogKey(user, seq), ops.map((op) => formatOp(seq, op)));
    return { seq, isPackDue: seq - before.packedSeq >= PACK_ABOVE };
  }

  /**
   * Tells of all changes after `known` up to where `state` stands, in order and piece by piece, so that other work comes
   * in between. What was told twice does no harm.
   *
   * @param known change up to which the reader knows everything; null where it {@linkcode mustReload}
   * @returns false when rows moved meanwhile: what was told is incomplete, read the state again
   */
  async replay(
    user: UserId,
    known: number | null,
    state: ImageLogState,
    tell: (ops: readonly ImageOp[]) => void,
  ): Promise<boolean> {
    let seq = known ?? 0;
    if (known === null || known < state.packedSeq) {
      for await (const lines of this.#segments(user, state.generation, seq)) {
        tell(lines.filter((line) => known === null || seqOf(line) > known).map(parseOp));
      }
      // Another process may have rewritten them while they were read.
      if (((await this.state(user)).value ?? EMPTY_LOG).generation !== state.generation) return false;
      seq = state.packedSeq;
    }
    const tail = await this.#tail(user, seq, state.seq);
    if (tail !== null) tell(tail.map(({ text }) => parseOp(text)));
    return tail !== null;
  }

  /** Lines of one segment after the other. */
  async *#segments(user: UserId, generation: number, afterSeq: number): AsyncGenerator<string[]> {
    const prefix = imageSegmentsPrefix(user, generation);
    const selector = { prefix, start: [...prefix, afterSeq === 0 ? 0 : afterSeq + 1] };
    const decoder = new TextDecoder();
    for await (const { value } of this.#store.list<Uint8Array>(selector, { batchSize: SEGMENT_PAGE })) {
      yield decoder.decode(value).split("\n").filter((line) => line !== "");
    }
  }

  /** Log rows after `seq` up to `lastSeq`; null when one is missing. */
  async #tail(user: UserId, seq: number, lastSeq: number): Promise<Line[] | null> {
    if (seq >= lastSeq) return [];
    const lines: Line[] = [];
    const selector = { start: imageLogKey(user, seq + 1), end: imageLogKey(user, lastSeq + 1) };
    let next = seq + 1;
    for await (const { key, value } of this.#store.list<readonly string[]>(selector)) {
      const at = key.at(-1) as number;
      if (at !== next++) return null;
      for (const text of value) lines.push({ seq: at, text });
    }
    return next === lastSeq + 1 ? lines : null;
  }

  /**
   * Packs waiting rows into segments, one commit's worth. Call it in the user's turn.
   *
   * @returns whether the lines are worth a {@linkcode rewrite} now
   */
  async pack(user: UserId, imageCount: number): Promise<boolean> {
    const entry = await this.state(user);
    const state = entry.value;
    if (state === null) return false;
    const lines = await this.#tail(user, state.packedSeq, Math.min(state.seq, state.packedSeq + PACK_ABOVE));
    if (lines === null || lines.length === 0) return false;
    const packed = firstBytes(lines, COMMIT_BYTES);
    const packedSeq = packed.at(-1)!.seq;
    const packedLines = state.packedLines + packed.length;
    const operation = this.#store.atomic().check(entry);
    operation.set(entry.key, { ...state, packedSeq, packedLines } satisfies ImageLogState);
    let number = 0;
    for (const { lastSeq, bytes } of segmentsOf(packed)) {
      operation.set(imageSegmentKey(user, state.generation, lastSeq, number++), bytes);
    }
    for (let seq = state.packedSeq + 1; seq <= packedSeq; seq++) operation.delete(imageLogKey(user, seq));
    await this.#store.commit(operation);
    return packedLines > 2 * imageCount + SLACK_LINES;
  }

  /** Writes only the lines that count as a new generation. Call it in the user's turn, now and then. */
  async rewrite(user: UserId): Promise<void> {
    const entry = await this.state(user);
    if (entry.value === null || entry.value.packedSeq === 0) return;
    const latest = new Map<string, string>();
    for await (const lines of this.#segments(user, entry.value.generation, 0)) {
      for (const text of lines) {
        const [, id, ...rest] = text.split("\t", 3);
        latest.delete(id!);
        if (rest.length > 0) latest.set(id!, text);
      }
    }
    const lines = [...latest.values()].map((text) => ({ seq: seqOf(text), text }));
    await this.#replace(user, entry, lines, entry.value.packedSeq);
  }

  /** Makes the log anew from the records themselves, for data that has none. */
  async rebuild(user: UserId, records: AsyncIterable<ImageRecord>): Promise<void> {
    const entry = await this.state(user);
    // Changes of the meantime come behind and say the same or more.
    const seq = entry.value?.seq ?? 0;
    const lines: Line[] = [];
    for await (const record of records) lines.push({ seq, text: formatOp(seq, putOp(record)) });
    await this.#replace(user, entry, lines, seq);
  }

  async #replace(user: UserId, entry: Deno.KvEntryMaybe<ImageLogState>, lines: readonly Line[], packedSeq: number) {
    const before = entry.value ?? EMPTY_LOG;
    const generation = before.generation + 1;
    await this.#clear(user, generation);
    let operation = this.#store.atomic();
    let bytes = 0;
    let number = 0;
    for (const segment of segmentsOf(lines)) {
      operation.set(imageSegmentKey(user, generation, segment.lastSeq, number++), segment.bytes);
      bytes += segment.bytes.length;
      if (bytes < COMMIT_BYTES) continue;
      await this.#store.commit(operation);
      operation = this.#store.atomic();
      bytes = 0;
    }
    const state = { ...before, generation, packedSeq, baseSeq: packedSeq, packedLines: lines.length };
    const isOurs = await this.#store.commit(operation.check(entry).set(entry.key, state satisfies ImageLogState));
    await this.#clear(user, isOurs ? before.generation : generation);
    for (let seq = before.packedSeq + 1; isOurs && seq <= packedSeq; seq++) {
      await this.#store.commit(this.#store.atomic().delete(imageLogKey(user, seq)));
    }
  }

  async #clear(user: UserId, generation: number): Promise<void> {
    await this.#store.deleteAll(imageSegmentsPrefix(user, generation));
  }

  /** Removes everything of a user. */
  async clear(user: UserId): Promise<void> {
    await this.#store.commit(this.#store.atomic().delete(imageLogStateKey(user)));
    await this.#store.deleteAll(imageSegmentsPrefix(user, null));
    await this.#store.deleteAll(imageLogPrefix(user));
  }
}

/** The first lines that make up so many bytes, whole commits only; at least one commit's. */
function firstBytes(lines: readonly Line[], limit: number): readonly Line[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  for (const [at, { seq, text }] of lines.entries()) {
    bytes += encoder.encode(text).length;
    if (bytes > limit && at > 0 && lines[at - 1]!.seq !== seq) return lines.slice(0, at);
  }
  return lines;
}

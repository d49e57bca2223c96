/**
 * Export: everything that there is, into a folder that {@linkcode Importer} reads.
 *
 *     export.json     what it is and how much; written last, so that a half export is known as one
 *     rows.jsonl      accounts, keys, presets, counters: a record and what finds it in one line
 *     images.jsonl    records of images, each written after its bytes
 *     blobs/          the bytes, by their keys
 *
 * A server may be running: a record is read together with what finds it, and an image's line is written only once its
 * bytes are there. What comes or goes meanwhile is in it or not, never half. A second export into the same folder copies
 * only the bytes that are new.
 *
 * @module
 */
import { BlobError, type Blobs } from "../blobs/blobs.ts";
import { FileBlobs } from "../blobs/file.ts";
import { lockFolder } from "../folder_lock.ts";
import { sha256Hex } from "../ids.ts";
import { derivativesBlobPrefix, imageKey, originalBlobKey, pathKey, usersByNamePrefix } from "../keys.ts";
import type { ImageRecord, PathRow } from "../records.ts";
import type { Store } from "../store.ts";
import { LineFile, type Row } from "./portable.ts";
import { isTakenName, MOVING_KINDS, pointersTo } from "./row_kinds.ts";

/** What says that a folder is a whole export. */
export interface ExportNote {
  readonly format: "imgsrc-export";
  readonly v: 1;
  readonly exportedAtMs: number;
  readonly rows: number;
  readonly images: number;
}

/** A line of rows.jsonl: a record first, then what finds it. */
export interface RowLine {
  readonly rows: readonly Row[];
}

/** A line of images.jsonl. */
export interface ImageLine {
  readonly record: ImageRecord;
  /** When each of the record's paths was pointed to it, in their order. */
  readonly pathTimes: readonly number[];
}

/** What an export did. */
export interface ExportResult extends ExportNote {
  readonly blobsCopied: number;
  readonly blobsThere: number;
  /** Images whose bytes are missing or damaged: they are not in it. */
  readonly broken: readonly string[];
}

/** A folder that can't be used. */
export class TransferError extends Error {
  override readonly name = "TransferError";
}

/** Time and chance, as arguments. */
export interface UpkeepDeps {
  readonly now: () => number;
  readonly newUuid: () => string;
}

const IMAGES_AT_ONCE = 8;

type Copied = "copied" | "there";

/** See the module's comment. */
export class Exporter {
  #store: Store;
  #blobs: Blobs;
  #deps: UpkeepDeps;

  constructor(store: Store, blobs: Blobs, deps: UpkeepDeps) {
    this.#store = store;
    this.#blobs = blobs;
    this.#deps = deps;
  }

  /**
   * Writes everything into a folder, made where there is none.
   *
   * @param withDerivatives false = leave out what can be made again
   * @throws {TransferError} when another export or import works on the folder
   */
  async run(folder: string, withDerivatives: boolean): Promise<ExportResult> {
    const lock = await lockFolder(folder);
    if (lock === null) throw new TransferError(`Another export or import works on ${folder}`);
    try {
      await Deno.remove(`${folder}/export.json`).catch(() => {});
      const target = await FileBlobs.open(`${folder}/blobs`, this.#deps.newUuid);
      const rows = await this.#writeRows(`${folder}/rows.jsonl`);
      const done = await this.#writeImages(`${folder}/images.jsonl`, target, withDerivatives);
      const note: ExportNote = {
        format: "imgsrc-export",
        v: 1,
        exportedAtMs: this.#deps.now(),
        rows,
        images: done.images,
      };
      await Deno.writeTextFile(`${folder}/export.json.part`, JSON.stringify(note), { mode: 0o600 });
      await Deno.rename(`${folder}/export.json.part`, `${folder}/export.json`);
      return { ...note, blobsCopied: done.copied, blobsThere: done.there, broken: done.broken };
    } finally {
      lock.release();
    }
  }

  async #writeRows(path: string): Promise<number> {
    await using file = await LineFile.create(path);
    let count = 0;
    const write = async (rows: readonly Row[]) => {
      await file.add({ rows } satisfies RowLine);
      count += rows.length;
    };
    for (const kind of MOVING_KINDS) {
      // A row may be the kind's only one, whose key is the kind alone.
      const only = (await this.#store.get([kind])).value;
      if (only !== null) await write([{ key: [kind], value: only }]);
      for await (const { key } of this.#store.list({ prefix: [kind] })) {
        const rows = await this.#withPointers(key);
        if (rows !== null) await write(rows);
      }
    }
    for await (const { key, value } of this.#store.list({ prefix: usersByNamePrefix })) {
      if (isTakenName(value)) await write([{ key, value }]);
    }
    return count;
  }

  /** A record as it is now with what finds it; null where it is being made or removed. */
  async #withPointers(key: Deno.KvKey): Promise<Row[] | null> {
    const { value } = await this.#store.get(key);
    if (value === null) return null;
    const rows: Row[] = [{ key, value }];
    for (const pointer of pointersTo(key, value)) {
      const found = (await this.#store.get(pointer.key)).value;
      if (found !== null && pointer.leadsHere(found)) rows.push({ key: pointer.key, value: found });
      else if (pointer.isNeeded) return null;
    }
    return rows;
  }

  async #writeImages(path: string, target: Blobs, withDerivatives: boolean) {
    await using file = await LineFile.create(path);
    const done = { images: 0, copied: 0, there: 0, broken: [] as string[] };
    const write = async (record: ImageRecord) => {
      const line = await this.#imageLine(record);
      if (line === null) return;
      const copies = await this.#copyBytes(record, target, withDerivatives);
      if (copies === null) {
        if (await this.#isThere(record)) done.broken.push(`user ${record.user}, image ${record.id}`);
        return;
      }
      for (const copy of copies) done[copy]++;
      await file.add(line);
      done.images++;
    };
    let batch: Promise<void>[] = [];
    for await (const { value } of this.#store.list<ImageRecord>({ prefix: ["image"] })) {
      batch.push(write(value));
      if (batch.length < IMAGES_AT_ONCE) continue;
      await Promise.all(batch);
      batch = [];
    }
    await Promise.all(batch);
    return done;
  }

  async #isThere({ user, id, nonce }: ImageRecord): Promise<boolean> {
    return (await this.#store.get<ImageRecord>(imageKey(user, id))).value?.nonce === nonce;
  }

  /** With those of its paths that lead to it now; null when none does. */
  async #imageLine(record: ImageRecord): Promise<ImageLine | null> {
    const rows = await this.#store.getMany<PathRow>(record.paths.map((path) => pathKey(record.user, path)));
    const own = record.paths.flatMap((path, at) => {
      const row = rows[at]!.value;
      return row?.image === record.id ? [{ path, atMs: row.atMs }] : [];
    });
    if (own.length === 0) return null;
    return { record: { ...record, paths: own.map(({ path }) => path) }, pathTimes: own.map(({ atMs }) => atMs) };
  }

  /** Null when the original is missing or damaged. */
  async #copyBytes(record: ImageRecord, target: Blobs, withDerivatives: boolean): Promise<Copied[] | null> {
    const original = await this.#copyOriginal(record, target);
    if (original === null || !withDerivatives) return original === null ? null : [original];
    const copies = [original];
    for await (const { key, size } of this.#blobs.list(derivativesBlobPrefix(record))) {
      const copy = await this.#copyDerivative(key, size, target);
      if (copy !== null) copies.push(copy);
    }
    return copies;
  }

  async #copyOriginal(record: ImageRecord, target: Blobs): Promise<Copied | null> {
    const key = originalBlobKey(record);
    if ((await target.head(key))?.size === record.size) return "there";
    const bytes = await readOrNull(this.#blobs, key);
    if (bytes === null || await sha256Hex(bytes) !== record.hash) return null;
    await target.put(key, bytes);
    return "copied";
  }

  /** One that is damaged or evicted meanwhile is made anew when it is asked for. */
  async #copyDerivative(key: string, size: number, target: Blobs): Promise<Copied | null> {
    if ((await target.head(key))?.size === size) return "there";
    const bytes = await readOrNull(this.#blobs, key);
    if (bytes === null) return null;
    await target.put(key, bytes);
    return "copied";
  }
}

/** A blob; null when it is missing or damaged. */
export async function readOrNull(blobs: Blobs, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await blobs.get(key);
  } catch (error) {
    if (error instanceof BlobError && error.code === "damaged") return null;
    throw error;
  }
}

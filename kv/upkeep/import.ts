/**
 * Import: what {@linkcode Exporter} wrote, into this KV and these blobs.
 *
 * What is there already stays: an import that was broken off is simply begun again, and one that is repeated changes
 * nothing. Bytes come before the record of each image, a few images at a time. Nothing is written when a name, an e-mail
 * or a key of the export belongs to somebody else here.
 *
 * @module
 */
import { type Blobs, isBlobKey } from "../blobs/blobs.ts";
import { FileBlobs } from "../blobs/file.ts";
import { lockFolder } from "../folder_lock.ts";
import { sha256Hex, type UserId } from "../ids.ts";
import {
  derivativesBlobPrefix,
  derivativesIndexedKey,
  originalBlobKey,
  presetCountKey,
  presetsPrefix,
} from "../keys.ts";
import type { ImageRecord } from "../records.ts";
import type { Store } from "../store.ts";
import { type ExportNote, type ImageLine, readOrNull, type RowLine, TransferError, type UpkeepDeps } from "./export.ts";
import { importImages } from "./import_images.ts";
import { encodeLine, readLines, type Row } from "./portable.ts";
import { ROW_KINDS } from "./row_kinds.ts";

/** What an import did. */
export interface ImportResult {
  readonly rowsAdded: number;
  readonly rowsThere: number;
  readonly images: number;
  readonly blobsCopied: number;
  readonly blobsThere: number;
  /** Images whose bytes are not in the folder as their record says: left out. */
  readonly broken: readonly string[];
}

/** Bounds of one commit of images: it holds 1,000 mutations, and the log's line of it 64 KiB. */
const MAX_BATCH_IMAGES = 20;
const MAX_BATCH_PATHS = 100;
const MAX_BATCH_PATH_CHARS = 8_000;
const BLOBS_AT_ONCE = 8;
const MAX_CONFLICTS_TOLD = 20;

async function readNote(folder: string): Promise<ExportNote> {
  const text = await Deno.readTextFile(`${folder}/export.json`).catch(() => null);
  if (text === null) throw new TransferError(`Folder ${folder} holds no whole export: export.json is not there`);
  const note = JSON.parse(text) as Partial<ExportNote>;
  if (note.format === "imgsrc-export" && note.v === 1) return note as ExportNote;
  throw new TransferError(`Folder ${folder} holds no export of a kind that is known here`);
}

/** Lines of one user that fit one commit. */
async function* imageBatches(path: string): AsyncGenerator<ImageLine[]> {
  let batch: ImageLine[] = [];
  let [paths, chars] = [0, 0];
  for await (const line of readLines<ImageLine>(path)) {
    const own = line.record.paths;
    const ownChars = own.join().length;
    const isFull = batch.length === MAX_BATCH_IMAGES || paths + own.length > MAX_BATCH_PATHS ||
      chars + ownChars > MAX_BATCH_PATH_CHARS || batch[0]?.record.user !== line.record.user;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      [paths, chars] = [0, 0];
    }
    batch.push(line);
    paths += own.length;
    chars += ownChars;
  }
  if (batch.length > 0) yield batch;
}

/** See the module's comment. */
export class Importer {
  #store: Store;
  #blobs: Blobs;
  #deps: UpkeepDeps;

  constructor(store: Store, blobs: Blobs, deps: UpkeepDeps) {
    this.#store = store;
    this.#blobs = blobs;
    this.#deps = deps;
  }

  /**
   * Reads everything from a folder.
   *
   * @param isReplacing records of the export replace those that are here: for a second import into a place that is not
   * in use yet
   * @throws {TransferError} when it is no whole export, or something of it belongs to others here
   */
  async run(folder: string, isReplacing = false): Promise<ImportResult> {
    await readNote(folder);
    const lock = await lockFolder(folder);
    if (lock === null) throw new TransferError(`Another export or import works on ${folder}`);
    try {
      await this.#assertNoConflicts(`${folder}/rows.jsonl`);
      const rows = await this.#readRows(`${folder}/rows.jsonl`, isReplacing);
      await this.#countPresets(`${folder}/rows.jsonl`);
      const images = await this.#readImages(folder);
      return { rowsAdded: rows.added, rowsThere: rows.there, ...images };
    } finally {
      lock.release();
    }
  }

  async #assertNoConflicts(path: string): Promise<void> {
    const conflicts: string[] = [];
    for await (const { rows } of readLines<RowLine>(path)) {
      for (const { key, value } of rows) {
        if (ROW_KINDS[String(key[0])] !== "pointer") continue;
        const there = (await this.#store.get(key)).value;
        if (there !== null && encodeLine(there) !== encodeLine(value)) conflicts.push(key.slice(0, 2).join(" "));
      }
    }
    if (conflicts.length === 0) return;
    const told = conflicts.slice(0, MAX_CONFLICTS_TOLD).join(", ");
    throw new TransferError(
      `Export can't come in here, where these belong to somebody else: ${told}; import into an empty set-up`,
    );
  }

  async #readRows(path: string, isReplacing: boolean): Promise<{ added: number; there: number }> {
    const count = { added: 0, there: 0 };
    for await (const { rows } of readLines<RowLine>(path)) {
      const kinds = rows.map(({ key }) => ROW_KINDS[String(key[0])]);
      if (!kinds.every((kind) => kind === "record" || kind === "pointer")) {
        throw new TransferError("Export has a row of a kind that does not move");
      }
      if (await this.#add(rows, isReplacing)) count.added += rows.length;
      else count.there += rows.length;
    }
    return count;
  }

  /** Adds a record with what finds it; false when it is there and stays. */
  #add(rows: readonly Row[], isReplacing: boolean): Promise<boolean> {
    return this.#store.transact<boolean>(async () => {
      const first = await this.#store.get(rows[0]!.key);
      const isThere = first.value !== null;
      if (isThere && (!isReplacing || encodeLine(first.value) === encodeLine(rows[0]!.value))) return { result: false };
      const commit = this.#store.atomic().check(first);
      for (const { key, value } of rows) commit.set(key, value);
      return { commit, result: true };
    });
  }

  /** The counter of presets is what there are. */
  async #countPresets(path: string): Promise<void> {
    const users = new Set<UserId>();
    for await (const { rows: [first] } of readLines<RowLine>(path)) {
      if (first!.key[0] === "preset") users.add(first!.key[1] as UserId);
    }
    for (const user of users) {
      await this.#store.transact<null>(async () => {
        const counter = await this.#store.get<number>(presetCountKey(user));
        const { length } = await Array.fromAsync(this.#store.list({ prefix: presetsPrefix(user) }));
        if (counter.value === length) return { result: null };
        return { commit: this.#store.atomic().check(counter).set(counter.key, length), result: null };
      });
    }
  }

  async #readImages(folder: string) {
    const source = await FileBlobs.open(`${folder}/blobs`, this.#deps.newUuid);
    const done = { images: 0, blobsCopied: 0, blobsThere: 0, broken: [] as string[] };
    const note = (isCopied: boolean) => isCopied ? done.blobsCopied++ : done.blobsThere++;
    for await (const batch of imageBatches(`${folder}/images.jsonl`)) {
      const whole: ImageLine[] = [];
      for (let at = 0; at < batch.length; at += BLOBS_AT_ONCE) {
        await Promise.all(
          batch.slice(at, at + BLOBS_AT_ONCE).map(async (line) => {
            if (await this.#copyOriginal(line.record, source, note)) whole.push(line);
            else done.broken.push(`user ${line.record.user}, image ${line.record.id}`);
          }),
        );
      }
      const unwanted = whole.length === 0
        ? []
        : await importImages(this.#store, whole[0]!.record.user, whole, this.#deps.now());
      for (const record of unwanted) await this.#blobs.delete(originalBlobKey(record));
      const wanted = whole.map(({ record }) => record).filter((record) => !unwanted.includes(record));
      for (const record of wanted) await this.#copyDerivatives(record, source, note);
      done.images += wanted.length;
    }
    // They are found and get their rows like any that a process before did not note.
    await this.#store.commit(this.#store.atomic().delete(derivativesIndexedKey));
    return done;
  }

  /** False when the folder has not the bytes that the record tells of. */
  async #copyOriginal(record: ImageRecord, source: Blobs, note: (isCopied: boolean) => void): Promise<boolean> {
    const key = originalBlobKey(record);
    if (!isBlobKey(key)) return false;
    if ((await this.#blobs.head(key))?.size === record.size) {
      note(false);
      return true;
    }
    const bytes = await readOrNull(source, key);
    if (bytes === null || bytes.length !== record.size || await sha256Hex(bytes) !== record.hash) return false;
    await this.#blobs.put(key, bytes);
    note(true);
    return true;
  }

  async #copyDerivatives(record: ImageRecord, source: Blobs, note: (isCopied: boolean) => void): Promise<void> {
    for await (const { key, size } of source.list(derivativesBlobPrefix(record))) {
      const isThere = (await this.#blobs.head(key))?.size === size;
      const bytes = isThere ? null : await readOrNull(source, key);
      if (bytes !== null) await this.#blobs.put(key, bytes);
      note(!isThere);
    }
  }
}

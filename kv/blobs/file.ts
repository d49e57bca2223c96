/**
 * Blobs in a folder: one file a blob, written beside its place, synced, then renamed into it.
 *
 * @module
 */
import {
  assertBlobKey,
  BlobError,
  type BlobInfo,
  type Blobs,
  type ByteRange,
  isBlobKey,
  type PutOptions,
} from "./blobs.ts";

const TEMPORARY_FOLDER = ".tmp";
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const FOLDER_TRIES = 20;

const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/"));
const isAbsent = (error: unknown) =>
  error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;

/** A store in one folder of the local disk. */
export class FileBlobs implements Blobs {
  #root: string;
  #newName: () => string;

  private constructor(root: string, newName: () => string) {
    this.#root = root;
    this.#newName = newName;
  }

  /**
   * Opens (and makes) the folder; half-written files of an earlier run are removed.
   *
   * @param root absolute or relative folder, no slash at its end
   * @param newName gives a fresh name at each call, for temporary files
   * @param othersMs 0 where no other process writes here; else half-written files younger than this may be theirs
   */
  static async open(root: string, newName: () => string, othersMs = 0): Promise<FileBlobs> {
    const temporary = `${root}/${TEMPORARY_FOLDER}`;
    await Deno.mkdir(temporary, { recursive: true, mode: FOLDER_MODE });
    await syncFolder(root);
    for await (const { name } of Deno.readDir(temporary)) await removeStale(`${temporary}/${name}`, othersMs);
    return new FileBlobs(root, newName);
  }

  #path(key: string): string {
    assertBlobKey(key);
    return `${this.#root}/${key}`;
  }

  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof BlobError) throw error;
      const code = (error as { code?: string }).code;
      if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
        throw new BlobError("full", "Disk is full", { cause: error });
      }
      throw new BlobError("unavailable", "Blob folder gave an error", { cause: error });
    }
  }

  async #orNull<T>(run: () => Promise<T>): Promise<T | null> {
    return await this.#guard(async () => {
      try {
        return await run();
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  /** Both folders are made at the start; without that for temporary files nothing can be written. */
  async check(): Promise<void> {
    const stat = await this.#orNull(() => Deno.stat(`${this.#root}/${TEMPORARY_FOLDER}`));
    if (stat?.isDirectory !== true) throw new BlobError("unavailable", "Folder of the blobs is not there any more");
  }

  async head(key: string): Promise<BlobInfo | null> {
    const path = this.#path(key);
    const stat = await this.#orNull(() => Deno.stat(path));
    return stat === null || !stat.isFile ? null : toInfo(key, stat);
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer> | null> {
    const path = this.#path(key);
    if (range === undefined) return await this.#orNull(() => Deno.readFile(path));
    return await this.#orNull(async () => {
      using file = await Deno.open(path);
      const { size } = await file.stat();
      const out = new Uint8Array(Math.max(0, Math.min(range.end, size) - range.start));
      await file.seek(range.start, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < out.length) filled += (await file.read(out.subarray(filled))) ?? out.length;
      return out;
    });
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>, options: PutOptions = {}): Promise<boolean> {
    const path = this.#path(key);
    const temporary = `${this.#root}/${TEMPORARY_FOLDER}/${this.#newName()}`;
    const { ifAbsent = false, isRemakable = false } = options;
    return await this.#guard(async () => {
      // A rename takes it away, a link and a fault leave it.
      let isLeft = true;
      try {
        await (isRemakable ? write : writeSynced)(temporary, bytes);
        const isWritten = await intoPlace(
          path,
          () => ifAbsent ? linkIfAbsent(temporary, path) : rename(temporary, path),
        );
        isLeft = ifAbsent;
        if (!isRemakable) await this.#syncFolders(parentOf(path));
        return isWritten;
      } finally {
        if (isLeft) await Deno.remove(temporary).catch(() => {});
      }
    });
  }

  async delete(key: string): Promise<boolean> {
    const path = this.#path(key);
    const removed = await this.#orNull(async () => {
      await Deno.remove(path);
      return true;
    });
    if (removed === true) await this.#removeEmptyFolders(parentOf(path));
    return removed ?? false;
  }

  /** Up to the root: a folder may be new itself, and so an entry of the one above that a power cut would take. */
  async #syncFolders(folder: string): Promise<void> {
    for (let at = folder; at.length >= this.#root.length; at = parentOf(at)) await syncFolder(at);
  }

  /** A folder that still has something in it refuses to go: that is the check. */
  async #removeEmptyFolders(folder: string): Promise<void> {
    while (folder.length > this.#root.length) {
      try {
        await Deno.remove(folder);
      } catch {
        return;
      }
      folder = parentOf(folder);
    }
  }

  async sweepUnfinished(beforeMs: number): Promise<number> {
    const folder = `${this.#root}/${TEMPORARY_FOLDER}`;
    let removed = 0;
    for (const { name } of await this.#guard(() => Array.fromAsync(Deno.readDir(folder)))) {
      const path = `${folder}/${name}`;
      const stat = await this.#orNull(() => Deno.stat(path));
      if (stat === null || (stat.mtime?.getTime() ?? 0) >= beforeMs) continue;
      if (await this.#orNull(() => Deno.remove(path).then(() => true)) !== null) removed++;
    }
    return removed;
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    // No key begins with anything else, and `../` would lead out of the root.
    if (folder === "" || isBlobKey(folder.slice(0, -1))) yield* this.#walk(folder, prefix);
  }

  async *#walk(folder: string, prefix: string): AsyncGenerator<BlobInfo> {
    const entries = await this.#orNull(() => Array.fromAsync(Deno.readDir(`${this.#root}/${folder}`)));
    for (const entry of entries ?? []) {
      const key = folder + entry.name;
      // The temporary folder, and what others put here (.DS_Store).
      if (!isBlobKey(key)) continue;
      if (entry.isDirectory && (key.startsWith(prefix) || prefix.startsWith(`${key}/`))) {
        yield* this.#walk(`${key}/`, prefix);
      } else if (entry.isFile && key.startsWith(prefix)) {
        const info = await this.head(key);
        if (info !== null) yield info;
      }
    }
  }
}

const toInfo = (key: string, stat: Deno.FileInfo): BlobInfo => ({
  key,
  size: stat.size,
  modifiedAtMs: stat.mtime?.getTime() ?? 0,
});

/** Another process may be faster. */
async function removeStale(path: string, minAgeMs: number): Promise<void> {
  const stat = minAgeMs === 0 ? null : await Deno.stat(path).catch(() => null);
  const isYoung = stat !== null && Date.now() - (stat.mtime?.getTime() ?? 0) < minAgeMs;
  if (isYoung) return;
  await Deno.remove(path).catch((error) => {
    if (!isAbsent(error)) throw error;
  });
}

/** In one call: each one is a way to another thread and back, and nearly all that a small file costs. */
function write(path: string, bytes: Uint8Array): Promise<void> {
  return Deno.writeFile(path, bytes, { createNew: true, mode: FILE_MODE });
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: FILE_MODE });
  let written = 0;
  while (written < bytes.length) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

/**
 * Makes the folder where there is none. A delete beside it may remove that, empty until then, before the file is in it:
 * made again, a few times.
 */
async function intoPlace(path: string, move: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1;; attempt++) {
    try {
      return await move();
    } catch (error) {
      if (!isAbsent(error) || attempt === FOLDER_TRIES) throw error;
    }
    await Deno.mkdir(parentOf(path), { recursive: true, mode: FOLDER_MODE }).catch((error) => {
      // It went between mkdir's try and its look.
      if (!(error instanceof Deno.errors.AlreadyExists) && !isAbsent(error)) throw error;
    });
  }
}

async function rename(from: string, to: string): Promise<boolean> {
  await Deno.rename(from, to);
  return true;
}

/** A hard link fails where the name is taken: the only rename that never overwrites. */
async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** A rename is durable once its folder is synced (POSIX says nothing sooner). Windows can't and need not. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch (error) {
    // A delete beside it has emptied it and taken it away.
    if (!isAbsent(error)) throw error;
  }
}

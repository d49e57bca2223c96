/**
 * Reading what `/static/*` serves, at the start.
 *
 * @module
 */
import { sha256Hex } from "../kv/ids.ts";
import { STATIC_TYPES, type StaticFile } from "./static.ts";

/** What it takes of the system. */
export type ReadFolder = Pick<typeof Deno, "readDir" | "readFile">;

/** A file and its name below `/static/`. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const ETAG_CHARS = 32;

/** Adds files whose endings are known, one after the other: what a later one names is there before it. */
export async function addFiles(files: Map<string, StaticFile>, added: Iterable<NamedBytes>): Promise<void> {
  for (const { name, bytes } of added) {
    const mimeType = STATIC_TYPES[name.split(".").at(-1)!];
    if (mimeType === undefined) continue;
    files.set(name, { bytes, mimeType, etag: `"${(await sha256Hex(bytes)).slice(0, ETAG_CHARS)}"` });
  }
}

/** The files right in a folder, by name. @param folder with a slash at its end */
export async function readStaticFolder(folder: URL, system: ReadFolder): Promise<Map<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  for await (const { name, isFile } of system.readDir(folder)) {
    if (isFile) await addFiles(files, [{ name, bytes: await system.readFile(new URL(name, folder)) }]);
  }
  return files;
}

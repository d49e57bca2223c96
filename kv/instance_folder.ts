/**
 * The folder where a process keeps what is its own: its lock, its codec processes' pids, where it can be reached.
 *
 * Where one process has the data to itself, that is the data folder. Where many share it, each takes a numbered folder
 * in it: the first whose lock is free. So a process that was killed leaves its number to the next one, which finds the
 * pids that it left.
 *
 * @module
 */
import { type FolderLock, isFolderLocked, lockFolder } from "./folder_lock.ts";

/** A folder of this process until it lets go of it. */
export interface InstanceFolder {
  readonly path: string;
  readonly lock: FolderLock;
}

/** Processes that may share a folder. */
const MAX_INSTANCES = 1_000;

const numbered = (dataFolder: string, number: number) => `${dataFolder}/instances/${number}`;

/** Takes a folder for this process, or answers null where another one has all the data to itself. */
export async function takeInstanceFolder(dataFolder: string, isShared: boolean): Promise<InstanceFolder | null> {
  if (!isShared) {
    const lock = await lockFolder(dataFolder);
    return lock === null ? null : { path: dataFolder, lock };
  }
  for (let number = 1; number <= MAX_INSTANCES; number++) {
    const path = numbered(dataFolder, number);
    // Whoever only looks at a lock holds it for a moment: then the next number will do.
    const lock = await lockFolder(path, 1);
    if (lock !== null) return { path, lock };
  }
  return null;
}

/** Folders of the processes that work on this data now. */
export async function livingInstanceFolders(dataFolder: string, isShared: boolean): Promise<string[]> {
  const folders: string[] = [];
  if (!isShared) folders.push(dataFolder);
  else {
    const entries = await Array.fromAsync(Deno.readDir(`${dataFolder}/instances`)).catch(() => []);
    folders.push(...entries.filter((e) => e.isDirectory).map((e) => `${dataFolder}/instances/${e.name}`));
  }
  const living: string[] = [];
  for (const folder of folders) {
    if (await isFolderLocked(folder)) living.push(folder);
  }
  return living;
}

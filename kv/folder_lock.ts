/**
 * One process a data folder.
 *
 * @module
 */

/** Held for as long as the process lives. */
export interface FolderLock {
  /** Lets another process have the folder. */
  release(): void;
}

/**
 * Takes a folder (made where there is none) for this process, or answers null where another one has it. The operating system lets go of it when
 * the process ends, however it ends: nothing is left to clean up.
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await Deno.open(`${folder}/lock`, { create: true, write: true, mode: 0o600 });
  if (await file.tryLock(true)) return { release: () => file.close() };
  file.close();
  return null;
}

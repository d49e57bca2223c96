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

/** Tries of a server that starts: the command line looks at the lock for a moment, by taking it. */
const TRIES = 5;
const TRY_AGAIN_MS = 100;

/**
 * Takes a folder (made where there is none) for this process, or answers null where another one has it. The operating
 * system lets go of it when the process ends, however it ends: nothing is left to clean up.
 *
 * @param tries how often to look, a tenth of a second apart
 */
export async function lockFolder(folder: string, tries = TRIES): Promise<FolderLock | null> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await Deno.open(`${folder}/lock`, { create: true, write: true, mode: 0o600 });
  for (let tried = 1; !(await file.tryLock(true)); tried++) {
    if (tried === tries) {
      file.close();
      return null;
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
  return { release: () => file.close() };
}

/** Whether a process has the folder now. */
export async function isFolderLocked(folder: string): Promise<boolean> {
  try {
    using file = await Deno.open(`${folder}/lock`, { write: true });
    return !(await file.tryLock(true));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

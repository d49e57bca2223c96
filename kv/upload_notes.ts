/**
 * What uploads with an `Idempotency-Key` came to, so that one that is sent again changes nothing.
 *
 * A note is written in the commit of its upload: there is never one without the other. Each user keeps the latest
 * {@linkcode MAX_NOTES}: a new one takes the slot of the oldest.
 *
 * @module
 */
import { sha256Hex, type UserId } from "./ids.ts";
import type { Beside } from "./images.ts";
import { uploadNoteCountKey, uploadNoteKey, uploadNoteSlotKey } from "./keys.ts";
import type { UploadNote } from "./records.ts";
import type { Store } from "./store.ts";

/** How long a note holds. */
export const NOTE_MS = 86_400_000;
/** Most notes of a user. */
export const MAX_NOTES = 10_000;

/** The same key was there before this upload could be committed. */
export class RepeatedUploadError extends Error {
  override readonly name = "RepeatedUploadError";
  constructor(readonly note: UploadNote) {
    super("Upload was taken before");
  }
}

/** See the module's comment. */
export class UploadNotes {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async #find(user: UserId, keyHash: string): Promise<UploadNote | null> {
    const { value } = await this.#store.get<UploadNote>(uploadNoteKey(user, keyHash));
    // Entries are removed late: what counts is their own time.
    return value === null || value.atMs + NOTE_MS <= this.#now() ? null : value;
  }

  /** What an upload with this key came to; null where there was none in the last 24 hours. */
  async find(user: UserId, key: string): Promise<UploadNote | null> {
    return await this.#find(user, await sha256Hex(key));
  }

  /**
   * Writes the note into the upload's own commit, for `Images.add`, which the checked log keeps from running twice.
   *
   * @param asked fingerprint and path of the upload
   * @throws {RepeatedUploadError} from the commit, when another upload with the key came first
   */
  async writer(user: UserId, key: string, asked: Pick<UploadNote, "fingerprint" | "path">): Promise<Beside> {
    const keyHash = await sha256Hex(key);
    return async (operation, { record, isNew }) => {
      const earlier = await this.#find(user, keyHash);
      if (earlier !== null) throw new RepeatedUploadError(earlier);
      const count = (await this.#store.get<number>(uploadNoteCountKey(user))).value ?? 0;
      const slot = uploadNoteSlotKey(user, count % MAX_NOTES);
      const oldest = (await this.#store.get<string>(slot)).value;
      if (oldest !== null && oldest !== keyHash) operation.delete(uploadNoteKey(user, oldest));
      const note: UploadNote = { v: 1, ...asked, image: record.id, isNew, atMs: this.#now() };
      operation.set(uploadNoteCountKey(user), count + 1);
      operation.set(slot, keyHash, { expireIn: NOTE_MS });
      operation.set(uploadNoteKey(user, keyHash), note, { expireIn: NOTE_MS });
    };
  }
}

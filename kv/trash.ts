/**
 * Deletes that are not carried out yet: they lie in KV with their time, so a restart forgets none.
 *
 * @module
 */
import type { ImageId, UserId } from "./ids.ts";
import { trashByTimeKey, trashByTimePrefix, trashKey } from "./keys.ts";
import type { TrashRow } from "./records.ts";
import type { Store } from "./store.ts";

const PAGE = 50;

/** See the module's comment. */
export class Trash {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * Takes the deletes whose time has come: from then on there is no way back. One that was taken before and never
   * finished comes again.
   *
   * @param user only theirs, whatever their time; null = everybody's
   */
  async claim(user: UserId | null = null): Promise<TrashRow[]> {
    const out: TrashRow[] = [];
    const end = user === null ? [...trashByTimePrefix, this.#now() + 1] : null;
    const selector = end === null ? { prefix: trashByTimePrefix } : { start: trashByTimePrefix, end };
    for await (const { key } of this.#store.list(selector, user === null ? { limit: PAGE } : {})) {
      const [, deleteAtMs, owner, id, nonce] = key as [string, number, UserId, ImageId, string];
      if (user !== null && owner !== user) continue;
      const entry = await this.#store.get<TrashRow>(trashKey(owner, id, nonce));
      if (entry.value === null) {
        await this.#store.commit(this.#store.atomic().delete(trashByTimeKey(deleteAtMs, owner, id, nonce)));
        continue;
      }
      const claimed: TrashRow = { ...entry.value, isClaimed: true };
      if (await this.#store.commit(this.#store.atomic().check(entry).set(entry.key, claimed))) out.push(claimed);
    }
    return out;
  }

  /** Forgets a delete whose bytes are gone. */
  async finish({ image: { user, id, nonce }, deleteAtMs }: TrashRow): Promise<void> {
    const operation = this.#store.atomic().delete(trashKey(user, id, nonce));
    await this.#store.commit(operation.delete(trashByTimeKey(deleteAtMs, user, id, nonce)));
  }
}

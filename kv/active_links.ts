/**
 * The latest signed link of each image, so that lists can show it.
 *
 * @module
 */
import type { ImageId, UserId } from "./ids.ts";
import { activeLinkKey } from "./keys.ts";
import type { ActiveLinkRow } from "./records.ts";
import type { Store } from "./store.ts";

/** See the module's comment. */
export class ActiveLinks {
  #store: Store;
  #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Remembers a link as the image's latest. */
  async put(user: UserId, id: ImageId, row: ActiveLinkRow): Promise<void> {
    const expireIn = Math.max(1, row.expiresAtMs - this.#now());
    await this.#store.commit(this.#store.atomic().set(activeLinkKey(user, id), row, { expireIn }));
  }

  /** Forgets the link of an image that is gone. */
  async remove(user: UserId, id: ImageId): Promise<void> {
    await this.#store.commit(this.#store.atomic().delete(activeLinkKey(user, id)));
  }

  /** The rows of some images, those that have expired left out. */
  async get(user: UserId, ids: readonly ImageId[]): Promise<Map<ImageId, ActiveLinkRow>> {
    const entries = await this.#store.getMany<ActiveLinkRow>(ids.map((id) => activeLinkKey(user, id)));
    const living = entries.flatMap(({ value }, at) =>
      value === null || value.expiresAtMs <= this.#now() ? [] : [[ids[at]!, value] as const]
    );
    return new Map(living);
  }
}

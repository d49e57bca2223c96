/**
 * Lists and searches of images: an index a user in memory, brought up to date from the log by every call, so that a
 * list shows what was committed before it was asked for, in this process or another.
 *
 * @module
 */
import type { ImageId, UserId } from "./ids.ts";
import { ImageIndex, type IndexPage, type IndexQuery } from "./image_index.ts";
import { EMPTY_LOG, ImageLog, type ImageOp, mustReload } from "./image_log.ts";
import type { Images } from "./images.ts";
import { Lru } from "./lru.ts";
import type { ImageRecord } from "./records.ts";
import { type Store, StoreError } from "./store.ts";
import { Turns } from "./turns.ts";

interface Loaded {
  index: ImageIndex;
  seq: number;
}

/** A page of records. */
export interface RecordPage extends Omit<IndexPage, "ids"> {
  readonly images: readonly ImageRecord[];
}

/** Times that rows may move under a reader before it gives up. */
const READ_TRIES = 20;
/** Times that an image of a page may vanish before its record is read. */
const PAGE_TRIES = 5;

/** See the module's comment. */
export class ImageLists {
  #images: Images;
  #log: ImageLog;
  #turns = new Turns<UserId>();
  #loaded: Lru<UserId, Loaded>;

  /** @param memoryBytes of all indexes together, about; a user whose index is larger is read anew by every call */
  constructor(store: Store, images: Images, memoryBytes: number) {
    this.#images = images;
    this.#log = new ImageLog(store);
    this.#loaded = new Lru(memoryBytes);
  }

  /** Calls `ask` with the index as it stands now. */
  #ask<T>(user: UserId, ask: (index: ImageIndex) => T): Promise<T> {
    return this.#turns.run(user, async () => ask((await this.#fresh(user)).index));
  }

  async #fresh(user: UserId): Promise<Loaded> {
    for (let round = 1; round <= READ_TRIES; round++) {
      const { value } = await this.#log.state(user);
      if (value === null && await this.#rebuild(user)) continue;
      const state = value ?? EMPTY_LOG;
      const known = this.#loaded.get(user) ?? null;
      if (known?.seq === state.seq) return known;
      const isNew = mustReload(known?.seq ?? null, state);
      const loaded = isNew || known === null ? { index: new ImageIndex(), seq: 0 } : known;
      const tell = (ops: readonly ImageOp[]) => loaded.index.apply(ops);
      if (!await this.#log.replay(user, isNew ? null : loaded.seq, state, tell)) continue;
      loaded.seq = state.seq;
      this.#loaded.set(user, loaded, loaded.index.weight);
      return loaded;
    }
    throw new StoreError("conflict", `List of images moved ${READ_TRIES} times while it was read`);
  }

  /** Data from before there was a log; false when there is none at all. */
  async #rebuild(user: UserId): Promise<boolean> {
    if ((await this.#images.totals(user)).images === 0) return false;
    await this.#log.rebuild(user, this.#images.each(user));
    return true;
  }

  /** A page of records; nothing is missing from it even when images vanish meanwhile. */
  async #records<P extends { readonly ids: readonly ImageId[] }>(user: UserId, ask: (index: ImageIndex) => P) {
    for (let round = 1;; round++) {
      const page = await this.#ask(user, ask);
      const found = await this.#images.getMany(user, page.ids);
      const images = found.flatMap((record) => record ?? []);
      if (images.length === page.ids.length || round === PAGE_TRIES) return { page, images };
    }
  }

  /** A page of a list. */
  async page(user: UserId, query: IndexQuery): Promise<RecordPage> {
    const { page, images } = await this.#records(user, (index) => index.page(query));
    return { ...page, images };
  }

  /** Images whose name or one of whose paths holds a text, newest first. */
  async search(user: UserId, text: string, offset: number, limit: number) {
    const { page, images } = await this.#records(user, (index) => index.search(text, offset, limit));
    return { images, total: page.total };
  }

  /** Those paths whose name, without its image extension, another path may have too. */
  async sharedNames(user: UserId, paths: readonly string[]): Promise<ReadonlySet<string>> {
    return await this.#ask(user, (index) => new Set(paths.filter((path) => index.mayShareName(path))));
  }

  /** Forgets a user that is gone. */
  forget(user: UserId): void {
    this.#loaded.delete(user);
  }
}

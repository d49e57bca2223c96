/**
 * What images and paths must look like: the rules as a check over all rows, and a simple model in memory.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { splitExtension } from "../../codec/formats.ts";
import type { ImageId, ImagePath, UserId } from "../../kv/ids.ts";
import type { Images } from "../../kv/images.ts";
import { ImageLists } from "../../kv/image_lists.ts";
import { baseKey, pathKey } from "../../kv/keys.ts";
import type { PathRow } from "../../kv/records.ts";
import { testRecord, type TestState } from "./state.ts";

/** Fails unless every row agrees with the records: nothing dangling, nothing missing, totals exact. */
export async function assertConsistent(state: TestState, images: Images, user: UserId): Promise<void> {
  const records = await images.all(user);
  const countOf = async (prefix: string) => (await Array.fromAsync(state.kv.list({ prefix: [prefix, user] }))).length;
  for (const record of records) {
    assertEquals(new Set(record.paths).size, record.paths.length, "a path is listed twice");
    assertEquals(record.paths.length > 0, true, "an image without a path");
    for (const path of record.paths) {
      const row = (await state.kv.get<PathRow>(pathKey(user, path))).value;
      assertEquals(row?.image, record.id, `path "${path}" points elsewhere`);
      const base = (await state.kv.get<PathRow>(baseKey(user, splitExtension(path).base, path))).value;
      assertEquals(base, row, `base of "${path}"`);
    }
  }
  const paths = records.flatMap((r) => r.paths);
  assertEquals([await countOf("path"), await countOf("base")], [paths.length, paths.length], "rows left behind");
  const lists = new ImageLists(state.store, images, 2 ** 20);
  const query = {
    sort: "oldest",
    folder: null,
    recursive: true,
    also: null,
    offset: 0,
    limit: 10_000,
    after: null,
  } as const;
  const listed = (await lists.page(user, query)).images.map((r) => r.id);
  const byTime = records.toSorted((a, b) => a.uploadedAtMs - b.uploadedAtMs || (a.id < b.id ? -1 : 1));
  assertEquals(listed, byTime.map((r) => r.id), "list by time");
  const bytes = records.reduce((sum, r) => sum + r.size, 0);
  assertEquals(await images.totals(user), { images: records.length, bytes });
}

/** One user's images as a map, without any index. */
export class ImagesModel {
  /** Paths of each image, in the order in which they came. */
  readonly images = new Map<ImageId, ImagePath[]>();

  /** What `add` must say. */
  add(id: ImageId, path: ImagePath): { isNew: boolean; displaced: ImageId | null } {
    let displaced: ImageId | null = null;
    for (const [owner, paths] of this.images) {
      if (owner === id || !paths.includes(path)) continue;
      paths.splice(paths.indexOf(path), 1);
      if (paths.length > 0) continue;
      this.images.delete(owner);
      displaced = owner;
    }
    const own = this.images.get(id);
    if (own === undefined) this.images.set(id, [path]);
    else if (!own.includes(path)) own.push(path);
    return { isNew: own === undefined, displaced };
  }

  /** What `remove` must say. */
  remove(id: ImageId): readonly ImagePath[] | null {
    const paths = this.images.get(id) ?? null;
    this.images.delete(id);
    return paths;
  }

  /** Fails unless the store holds the same. */
  async assertSame(images: Images, user: UserId): Promise<void> {
    const stored = (await images.all(user)).map((r) => [r.id, r.paths] as const);
    const model = [...this.images].toSorted(([a], [b]) => a < b ? -1 : 1);
    assertEquals(stored, model);
  }
}

/** Uploads file number `n` to a path, as an upload that wrote its bytes does. */
export function addFile(images: Images, user: UserId, n: number, path: ImagePath) {
  const record = testRecord(user, n);
  return images.add(user, record.id, path, record, null);
}

/**
 * A user with very many images, written straight into KV as a hundred thousand uploads would leave them.
 *
 * @module
 */
import { splitExtension } from "../../codec/formats.ts";
import type { ImagePath, UserId } from "../../kv/ids.ts";
import { ImageLog } from "../../kv/image_log.ts";
import { baseKey, imageKey, pathKey, totalKey } from "../../kv/keys.ts";
import type { ImageRecord, PathRow } from "../../kv/records.ts";
import { addTo, type Store } from "../../kv/store.ts";
import { testRecord } from "./state.ts";

const YEARS = 10;
const ALBUMS = 40;
const WORDS = ["beach", "Zürich", "café", "IMG", "screenshot", "Ñandú", "product shot", "harbour", "DSC", "日本"];
const IMAGES_PER_COMMIT = 60;
const SIZES = 4_000_000;

/** Image number `n` of those that {@linkcode seedImages} writes. */
export function manyImage(user: UserId, n: number): ImageRecord {
  const name = `${WORDS[n % WORDS.length]} ${n}.jpg`;
  const path = `${2015 + n % YEARS}/album ${Math.floor(n / YEARS) % ALBUMS}/${name}` as ImagePath;
  const record = testRecord(user, n, Date.UTC(2026, 0, 1) + n * 1_000);
  return { ...record, size: 1 + (n * 7_919) % SIZES, originalFilename: name, paths: [path] };
}

/** Writes images 0 … `count` - 1 of a user who has none. */
export async function seedImages(store: Store, user: UserId, count: number): Promise<void> {
  let bytes = 0;
  for (let first = 0; first < count; first += IMAGES_PER_COMMIT) {
    const operation = store.atomic();
    for (let n = first; n < Math.min(count, first + IMAGES_PER_COMMIT); n++) {
      const record = manyImage(user, n);
      const row: PathRow = { image: record.id, atMs: record.uploadedAtMs };
      operation.set(imageKey(user, record.id), record);
      for (const path of record.paths) {
        operation.set(pathKey(user, path), row).set(baseKey(user, splitExtension(path).base, path), row);
      }
      bytes += record.size;
    }
    await store.commit(operation);
  }
  const operation = store.atomic();
  addTo(operation, totalKey(user, "images"), count);
  addTo(operation, totalKey(user, "bytes"), bytes);
  await store.commit(operation);
  await new ImageLog(store).rebuild(user, recordsOf(user, count));
}

async function* recordsOf(user: UserId, count: number): AsyncGenerator<ImageRecord> {
  for (let n = 0; n < count; n++) yield manyImage(user, n);
}

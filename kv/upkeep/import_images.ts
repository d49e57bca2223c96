/**
 * Images of an export, some at a time in one commit, as if they were uploaded: paths, counters and the log come with
 * them, also into a user who has images already.
 *
 * @module
 */
import type { ImageId, ImagePath, UserId } from "../ids.ts";
import { ImageChange } from "../image_change.ts";
import { ImageLog } from "../image_log.ts";
import { imageKey, pathKey, totalKey } from "../keys.ts";
import type { ImageRecord, PathRow } from "../records.ts";
import { type Store, toCount } from "../store.ts";
import type { ImageLine } from "./export.ts";

/** Images as they stand within a commit that is being put together; null = not there. */
class Draft {
  readonly before = new Map<ImageId, ImageRecord | null>();
  readonly after = new Map<ImageId, ImageRecord | null>();
  readonly rows = new Map<ImagePath, PathRow | null>();

  constructor(private readonly store: Store, private readonly user: UserId) {}

  async image(id: ImageId): Promise<ImageRecord | null> {
    if (!this.after.has(id)) {
      const { value } = await this.store.get<ImageRecord>(imageKey(this.user, id));
      this.before.set(id, value);
      this.after.set(id, value);
    }
    return this.after.get(id)!;
  }

  async row(path: ImagePath): Promise<PathRow | null> {
    if (!this.rows.has(path)) this.rows.set(path, (await this.store.get<PathRow>(pathKey(this.user, path))).value);
    return this.rows.get(path)!;
  }

  /** Takes a path away from the image that has it; without its last one the image goes. */
  async detach(id: ImageId, path: ImagePath): Promise<void> {
    const owner = await this.image(id);
    if (owner === null) return;
    const paths = owner.paths.filter((p) => p !== path);
    this.after.set(id, paths.length === 0 ? null : { ...owner, paths });
  }
}

/** Adds one image to a draft. What is there already and as new stays. @returns whether its bytes are wanted */
async function addTo(draft: Draft, { record, pathTimes }: ImageLine): Promise<boolean> {
  const there = await draft.image(record.id);
  const isSame = there?.nonce === record.nonce;
  if (isSame && there.updatedAtMs >= record.updatedAtMs) return true;
  const paths: ImagePath[] = isSame || there === null ? [] : [...there.paths];
  if (isSame) { for (const path of there.paths) draft.rows.set(path, null); }
  for (const [at, path] of record.paths.entries()) {
    const row = await draft.row(path);
    const atMs = pathTimes[at]!;
    // Of two images that want a path the one has it that got it later.
    if (row !== null && row.image !== record.id && row.atMs > atMs) continue;
    if (row !== null && row.image !== record.id) await draft.detach(row.image, path);
    draft.rows.set(path, { image: record.id, atMs });
    if (!paths.includes(path)) paths.push(path);
  }
  if (paths.length === 0) return false;
  // The same file under another nonce was uploaded here as well: those bytes stay.
  draft.after.set(record.id, { ...(isSame || there === null ? record : there), paths });
  return isSame || there === null;
}

function write(draft: Draft, change: ImageChange): void {
  for (const [id, after] of draft.after) {
    const before = draft.before.get(id) ?? null;
    if (after === null) {
      if (before !== null) change.dropWithPaths(before);
    } else if (before === null) change.putMoved(after);
    else if (before !== after) {
      change.put(after);
      for (const path of before.paths) if (!after.paths.includes(path)) change.dropPath(path);
    }
  }
  // After the drops: within a commit the last word on a key counts.
  for (const [path, row] of draft.rows) {
    if (row !== null && draft.after.get(row.image)?.paths.includes(path)) change.pointPath(path, row.image, row.atMs);
  }
}

/**
 * Takes images of one user in, whose bytes are there already.
 *
 * @returns those of them whose bytes nobody needs: a later picture has all their paths, or the file was there
 */
export async function importImages(
  store: Store,
  user: UserId,
  lines: readonly ImageLine[],
  nowMs: number,
): Promise<ImageRecord[]> {
  const log = new ImageLog(store);
  const { isPackDue, unwanted } = await store.transact(async () => {
    const at = await log.state(user);
    const draft = new Draft(store, user);
    const unwanted: ImageRecord[] = [];
    for (const line of lines) if (!await addTo(draft, line)) unwanted.push(line.record);
    const change = new ImageChange(store.atomic(), user, nowMs);
    write(draft, change);
    if (change.ops.length === 0) return { result: { isPackDue: false, unwanted } };
    const { isPackDue } = log.append(change.operation, user, at, change.ops);
    return { commit: change.operation, result: { isPackDue, unwanted } };
  });
  if (isPackDue && await log.pack(user, toCount(await store.get<Deno.KvU64>(totalKey(user, "images"))))) {
    await log.rewrite(user);
  }
  return unwanted;
}

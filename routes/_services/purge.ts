/**
 * Purging: after a change, nothing that was made or remembered before it is served any more, by no instance and not at
 * the edge.
 *
 * The order matters. The record has changed already, so that nobody finds the old state any more; then every instance
 * forgets what it remembers; then what was made goes from the store; and last the edge, which would otherwise fetch the
 * old state again. What browsers keep nobody can take away.
 *
 * @module
 */
import type { ImageId, ImagePath, UserId, UserName } from "../../kv/ids.ts";
import type { AddResult } from "../../kv/images.ts";
import type { OriginalRef } from "../../kv/keys.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { imageTag, pathTag, presetTag, userTag } from "./cache_tags.ts";
import type { EdgePurgeResult } from "./edge_purge.ts";
import { originalOf } from "./image_source.ts";

/** What a purge took away. */
export interface PurgeReceipt {
  /** Stored derivatives that were removed. */
  readonly derivatives: number;
  /** Tags that were purged at the edge, or would be if there was one. */
  readonly tags: readonly string[];
  /** Instances that have forgotten what they remembered, the answering one among them. */
  readonly instances: number;
  readonly edge: EdgePurgeResult;
}

/** What changed of a user. */
export interface PurgeScope {
  readonly images?: readonly ImageId[];
  /** Paths that point elsewhere, or nowhere, now. */
  readonly paths?: readonly ImagePath[];
  /** Ids of presets. */
  readonly presets?: readonly string[];
  /** Originals whose derivatives are no longer to be served from memory. */
  readonly originals?: readonly OriginalRef[] | "all";
  /** Those of the images that are gone for good. */
  readonly gone?: readonly ImageId[];
  /** Set when the user is gone. */
  readonly name?: UserName;
  /** Removes stored bytes. @returns how many derivatives there were */
  readonly remove?: () => Promise<number>;
}

async function tagsOf(user: UserId, scope: PurgeScope): Promise<string[]> {
  const tags = await Promise.all([
    ...(scope.images ?? []).map((id) => imageTag(user, id)),
    ...(scope.paths ?? []).map((path) => pathTag(user, path)),
    ...(scope.presets ?? []).map((id) => presetTag(user, id)),
    ...(scope.name === undefined ? [] : [userTag(user)]),
  ]);
  return [...new Set(tags)];
}

/** Purges what a change concerns. @throws what `scope.remove` throws */
export async function purge(deps: Deps, user: UserId, scope: PurgeScope): Promise<PurgeReceipt> {
  const name = scope.name ?? null;
  const originals = name === null ? scope.originals ?? [] : "all" as const;
  const forget = { user, originals, gone: scope.gone ?? [], name };
  const instances = await deps.peers.tell(forget);
  const derivatives = await scope.remove?.() ?? 0;
  const tags = await tagsOf(user, scope);
  return { derivatives, tags, instances, edge: tags.length === 0 ? "none" : await deps.edge.purge(tags) };
}

/** Purges an image that was hidden before, with all its bytes. @throws when its bytes can't be removed now */
export async function purgeForGood(deps: Deps, record: ImageRecord): Promise<void> {
  await purge(deps, record.user, { ...scopeOf([record]), gone: [record.id], remove: () => removeBytes(deps, record) });
}

/** The scope of images with all their paths; bytes are for the caller to add. */
export function scopeOf(records: readonly ImageRecord[]) {
  return {
    images: records.map(({ id }) => id),
    paths: records.flatMap(({ paths }) => paths),
    originals: records.map(originalOf),
  } satisfies PurgeScope;
}

/** Removes bytes of images one after the other; a failure is logged, and their bytes are left to the sweep. */
async function removeEach(
  deps: Deps,
  records: readonly ImageRecord[],
  remove: (record: ImageRecord) => Promise<number>,
): Promise<number> {
  let derivatives = 0;
  for (const record of records) {
    derivatives += await remove(record).catch((error) => {
      deps.log.error("remove_bytes_failed", { image: record.id, message: String(error) });
      return 0;
    });
  }
  return derivatives;
}

/** Rows first: who stores a derivative meanwhile finds none, and takes its blob away again. */
async function removeBytes(deps: Deps, record: ImageRecord): Promise<number> {
  const original = originalOf(record);
  await deps.derivativeRows.remove(original);
  const derivatives = await deps.originals.remove(original);
  await removeTraces(deps, record);
  return derivatives;
}

/** What else stands under an image's name, unless the same file has come anew meanwhile. */
async function removeTraces(deps: Deps, { user, id, uploadedAtMs }: ImageRecord): Promise<void> {
  if (await deps.images.get(user, id) !== null) return;
  await deps.activeLinks.remove(user, id);
  await deps.usage.removeImage(user, id, uploadedAtMs);
}

async function removeDerivatives(deps: Deps, record: ImageRecord): Promise<number> {
  const original = originalOf(record);
  await deps.derivativeRows.remove(original);
  return await deps.originals.removeDerivatives(original);
}

const removeAll = (deps: Deps, records: readonly ImageRecord[]) =>
  removeEach(deps, records, (record) => removeBytes(deps, record));

/** Of those that others may no more see: what was made for the ones is not left for the others. */
const removeHidden = (deps: Deps, records: readonly ImageRecord[]) =>
  removeEach(
    deps,
    records.filter(({ visibility }) => visibility === "private"),
    (record) => removeDerivatives(deps, record),
  );

/** Purges images whose records are gone, with all their bytes. */
export function purgeRemoved(deps: Deps, user: UserId, records: readonly ImageRecord[]): Promise<PurgeReceipt> {
  const scope = scopeOf(records);
  return purge(deps, user, { ...scope, gone: scope.images, remove: () => removeAll(deps, records) });
}

/** Purges images that others may see now, or no more. */
export function purgeVisibility(deps: Deps, user: UserId, records: readonly ImageRecord[]): Promise<PurgeReceipt> {
  return purge(deps, user, { ...scopeOf(records), remove: () => removeHidden(deps, records) });
}

/**
 * Purges what an upload's path led to before, and the uploaded image itself where others may see it now, or no more.
 *
 * @returns null where nothing was there before
 */
export async function purgeReplaced(deps: Deps, path: ImagePath, result: AddResult): Promise<PurgeReceipt | null> {
  const { record, displaced, isPathTaken, isVisibilityChanged } = result;
  if (!isPathTaken && !isVisibilityChanged) return null;
  const gone = displaced === null ? [] : [displaced];
  const changed = isVisibilityChanged ? [record] : [];
  const { paths, ...scope } = scopeOf([...gone, ...changed]);
  const remove = async () => await removeAll(deps, gone) + await removeHidden(deps, changed);
  return await purge(deps, record.user, { ...scope, paths: [path, ...paths], gone: gone.map(({ id }) => id), remove });
}

/**
 * Purges what was made of a preset that says something else now, or is gone. Who had the same derivative made by its
 * parameters keeps it.
 */
export function purgePreset(deps: Deps, user: UserId, preset: string): Promise<PurgeReceipt> {
  const remove = () =>
    deps.derivativeRows.removeMadeFor(user, preset, ({ original, key }) => deps.derivatives.remove(original, key))
      .catch((error) => {
        deps.log.error("remove_bytes_failed", { preset, message: String(error) });
        return 0;
      });
  return purge(deps, user, { presets: [preset], originals: "all", remove });
}

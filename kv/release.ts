/**
 * Since when pictures are made as they are made now: a release that makes others ends what caches hold by date.
 *
 * @module
 */
import { nextSecond } from "./change_time.ts";
import { releaseKey } from "./keys.ts";
import type { ReleaseRow } from "./records.ts";
import type { Store } from "./store.ts";

/**
 * The time since which this set-up runs a release, in ms. The first instance that runs another one than the last dates
 * it.
 *
 * @param version of what decides a derivative's bytes
 */
export function releasedAt(store: Store, version: string, nowMs: number): Promise<number> {
  return store.transact<number>(async () => {
    const entry = await store.get<ReleaseRow>(releaseKey);
    if (entry.value?.version === version) return { result: entry.value.sinceMs };
    // Nothing was served before the first release that says so: there is nobody to be told apart from.
    const sinceMs = entry.value === null ? nowMs : nextSecond(nowMs);
    const row: ReleaseRow = { v: 1, version, sinceMs };
    return { commit: store.atomic().check(entry).set(releaseKey, row), result: sinceMs };
  });
}

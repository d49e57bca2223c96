/**
 * That a first start is under way: from before its user is made until the key has been shown. So one that is killed in
 * between is gone on with, and no user is left to whom nobody has a key.
 *
 * @module
 */
import { firstStartKey } from "./keys.ts";
import type { Store } from "./store.ts";

/** Longer than a first start takes: after that another instance goes on with it. */
const LONGEST_MS = 30_000;

/** Whether a first start was begun whose key nobody has been shown. */
export async function isFirstStartOpen(store: Store): Promise<boolean> {
  return (await store.get(firstStartKey)).value !== null;
}

/**
 * Begins a first start, or goes on with one that was broken off.
 *
 * @param isAlone no other process works on the same data: whoever began one before is gone
 * @returns false where another instance is at it
 */
export async function beginFirstStart(store: Store, nowMs: number, isAlone: boolean): Promise<boolean> {
  const entry = await store.get<number>(firstStartKey);
  const isTheirs = entry.value !== null && !isAlone && nowMs - entry.value < LONGEST_MS;
  return !isTheirs && await store.commit(store.atomic().check(entry).set(firstStartKey, nowMs));
}

/** Says that the key has been shown. */
export async function endFirstStart(store: Store): Promise<void> {
  await store.commit(store.atomic().delete(firstStartKey));
}

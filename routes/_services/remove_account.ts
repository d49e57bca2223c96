/**
 * Removal of an account with everything in it.
 *
 * @module
 */
import type { UserId } from "../../kv/ids.ts";
import type { UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { purge } from "./purge.ts";
import { carryOutDeletes } from "./undoable_delete.ts";

/** After this long no request that began before the account's end is under way any more. */
const STRAGGLERS_MS = 60_000;

async function sweep(deps: Deps, user: UserId): Promise<void> {
  deps.derivatives.forgetUser(user);
  await carryOutDeletes(deps, user);
  await deps.accountRemoval.removeRows(user);
  await deps.derivativeRows.removeUser(user);
  await deps.originals.removeAll(user);
  deps.lists.forget(user);
  deps.derivatives.forgetUser(user);
}

/** Ends an account at once, and removes its rows and bytes behind the answer. False when it had ended before. */
export async function removeAccount(deps: Deps, user: UserRecord): Promise<boolean> {
  if (!await deps.accountRemoval.begin(user.id)) return false;
  await purge(deps, user.id, { name: user.name });
  deps.background("remove_account", sweep(deps, user.id));
  return true;
}

/**
 * Goes on with removals that a crash left, and looks once more for what requests under way wrote behind the first
 * sweep.
 */
export async function finishRemovals(deps: Deps): Promise<void> {
  for (const { user, atMs } of await deps.accountRemoval.pending()) {
    await sweep(deps, user);
    if (atMs + STRAGGLERS_MS <= deps.now()) await deps.accountRemoval.finish(user);
  }
}

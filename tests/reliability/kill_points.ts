/**
 * Kills the program at a named step: preloaded before main.ts (`deno run --preload`), so that the product itself knows
 * nothing of it. `KILL_AT=point:n` kills at the n-th time that the point is passed after SIGUSR2.
 *
 * @module
 */
import { FileBlobs } from "../../kv/blobs/file.ts";
import { Store } from "../../kv/store.ts";

/** Every point: before and after each step that leaves something behind. */
export const KILL_POINTS = [
  "blob_put_before",
  "blob_put_after",
  "blob_delete_before",
  "blob_delete_after",
  "commit_before",
  "commit_after",
  "rename_before",
  "rename_after",
  "remove_before",
  "remove_after",
  "open_after",
] as const;
/** Name of a point. */
export type KillPoint = (typeof KILL_POINTS)[number];

const [wanted, countText] = (Deno.env.get("KILL_AT") ?? ":").split(":");
let left = Number(countText);

function pass(point: KillPoint): void {
  if (point !== wanted || !isArmed || --left > 0) return;
  Deno.kill(Deno.pid, "SIGKILL");
  // The signal arrives in a moment; nothing may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

let isArmed = false;

// deno-lint-ignore no-explicit-any -- methods of any shape
function around(owner: any, method: string, name: string): void {
  const original = owner[method];
  owner[method] = async function (...args: unknown[]) {
    pass(`${name}_before` as KillPoint);
    const result = await original.apply(this, args);
    pass(`${name}_after` as KillPoint);
    return result;
  };
}

if (wanted !== "") {
  around(FileBlobs.prototype, "put", "blob_put");
  around(FileBlobs.prototype, "delete", "blob_delete");
  around(Store.prototype, "commit", "commit");
  around(Deno, "rename", "rename");
  around(Deno, "remove", "remove");
  around(Deno, "open", "open");
  Deno.addSignalListener("SIGUSR2", () => isArmed = true);
}

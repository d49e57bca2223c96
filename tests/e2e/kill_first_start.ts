/**
 * Kills the program in the middle of its first start: preloaded before main.ts (`deno run --preload`). `KILL_AT=key`
 * kills after the user and before the key, `KILL_AT=file` after the key and before anybody can read it.
 *
 * @module
 */
import { ApiKeys } from "../../kv/api_keys.ts";
import { Sessions } from "../../kv/sessions.ts";

function killMe(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  // The signal arrives in a moment; nothing may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("Still alive");
}

if (Deno.env.get("KILL_AT") === "key") ApiKeys.prototype.create = killMe;
if (Deno.env.get("KILL_AT") === "file") Sessions.prototype.createLink = killMe;

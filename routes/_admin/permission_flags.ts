/**
 * Prints the flags that `deno task start` gives to main.ts: no permission that these settings don't need. An own
 * program, since Deno can't narrow what a process has been given.
 *
 * @module
 */
import { ConfigError, loadConfig } from "../config.ts";
import { permissionFlags, permissionFlagsOfFault } from "../permissions.ts";

function flags(): string[] {
  const root = decodeURIComponent(new URL("../../", import.meta.url).pathname).replace(/\/$/, "");
  try {
    const config = loadConfig((name) => Deno.env.get(name));
    return permissionFlags(config, { root, cwd: Deno.cwd(), denoPath: Deno.execPath() });
  } catch (error) {
    if (error instanceof ConfigError) return permissionFlagsOfFault();
    throw error;
  }
}

console.log(flags().join(" "));

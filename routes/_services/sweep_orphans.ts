/**
 * The scheduled look for orphans.
 *
 * @module
 */
import type { Deps } from "../deps.ts";

/** Sweeps orphans when the last sweep, by whichever process, is as long ago as the configuration says. */
export async function sweepOrphansWhenDue(deps: Deps): Promise<void> {
  const { ORPHAN_SWEEP_INTERVAL_MS, ORPHAN_GRACE_MS } = deps.config;
  const { orphans } = deps.upkeep;
  if (!await orphans.isDue(ORPHAN_SWEEP_INTERVAL_MS)) return;
  const result = await orphans.sweep({ graceMs: ORPHAN_GRACE_MS, isDryRun: false });
  deps.log.info("orphans_swept", { ...result });
}

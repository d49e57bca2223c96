/**
 * THE table of what goes on by itself, and the timers that run it.
 *
 * @module
 */
import { finishRemovals } from "./_services/remove_account.ts";
import { sweepDerivatives } from "./_services/store_derivative.ts";
import { sweepOrphansWhenDue } from "./_services/sweep_orphans.ts";
import { carryOutDeletes } from "./_services/undoable_delete.ts";
import type { Background } from "./background.ts";
import type { Deps } from "./deps.ts";

/** Work that comes again and again. */
interface ScheduledJob {
  readonly everyMs: number;
  /** Whether one instance does it for all. */
  readonly isForAll: boolean;
  readonly isAtStart?: boolean;
  readonly run: (deps: Deps) => Promise<unknown>;
}

/** By name, as the log has it. */
const SCHEDULE: Readonly<Record<string, ScheduledJob>> = {
  flush_usage: { everyMs: 1_000, isForAll: false, run: ({ usage }) => usage.flush() },
  return_quota: { everyMs: 1_000, isForAll: false, run: ({ quota }) => quota.returnIdle() },
  carry_out_deletes: { everyMs: 1_000, isForAll: true, run: carryOutDeletes },
  sweep_derivatives: { everyMs: 5_000, isForAll: true, run: sweepDerivatives },
  finish_removals: { everyMs: 30_000, isForAll: true, isAtStart: true, run: finishRemovals },
  sweep_orphans: { everyMs: 60_000, isForAll: true, isAtStart: true, run: sweepOrphansWhenDue },
  note_uses: { everyMs: 60_000, isForAll: false, run: ({ derivativeUses }) => derivativeUses.flush() },
};

/**
 * Starts all of it.
 *
 * @param isLeader whether this instance does what one does for all
 * @returns stops the timers
 */
export function startSchedule(deps: Deps, background: Background, isLeader: () => Promise<boolean>): () => void {
  const timers = Object.entries(SCHEDULE).map(([name, { everyMs, isForAll, isAtStart, run }]) => {
    const work = async () => void (!isForAll || await isLeader() ? await run(deps) : null);
    const start = () => background.once(name, work);
    if (isAtStart) start();
    return setInterval(start, everyMs);
  });
  return () => timers.forEach(clearInterval);
}

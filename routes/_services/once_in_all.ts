/**
 * Making a thing once in all instances, as far as it goes.
 *
 * Inside one instance a flight (single_flight.ts) joins those who ask at once. Here the flights of several instances
 * take turns by a lease: the first makes the thing, the others look whether it is in the store by now. It is no lock: a
 * holder that stalls is overtaken, and who has waited long enough makes the thing too, so nobody waits for the dead.
 *
 * @module
 */
import { type Lease, RENEW_MS } from "../../kv/leases.ts";
import type { Deps } from "../deps.ts";

/** Longest wait for another instance. */
const WAIT_MS = 20_000;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 200;

/** What is to be made. */
export interface Making<T> {
  /** Unlike that of any other thing. */
  readonly name: string;
  /** Looks whether it is in the store. */
  readonly find: () => Promise<T | null>;
  /** Makes it. `stored` settles when others can find it. */
  readonly make: () => Promise<{ readonly made: T; readonly stored: Promise<unknown> }>;
}

async function withLease<T>(deps: Deps, lease: Lease, { make }: Making<T>): Promise<T> {
  const renewing = setInterval(() => void lease.renew().catch(() => {}), RENEW_MS);
  const release = async () => {
    clearInterval(renewing);
    await lease.release();
  };
  try {
    const { made, stored } = await make();
    deps.background("release_lease", stored.catch(() => {}).then(release));
    return made;
  } catch (error) {
    // The next one tries for itself: a failure is nobody else's.
    deps.background("release_lease", release());
    throw error;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Makes a thing that was not in the store a moment ago, or waits for the instance that makes it.
 *
 * @throws what `make` throws; the signal's reason
 */
export async function onceInAll<T>(deps: Deps, making: Making<T>, signal: AbortSignal): Promise<T> {
  const seeker = deps.leases?.seek(`make ${making.name}`) ?? null;
  const untilMs = performance.now() + WAIT_MS;
  for (let waitMs = FIRST_LOOK_MS; seeker !== null; waitMs = Math.min(LAST_LOOK_MS, waitMs * 2)) {
    const lease = await seeker.tryTake();
    // Whoever had the lease before has stored the thing before letting go of it.
    const found = lease !== null && waitMs === FIRST_LOOK_MS ? null : await making.find();
    if (found !== null) {
      if (lease !== null) deps.background("release_lease", lease.release());
      return found;
    }
    if (lease !== null) return await withLease(deps, lease, making);
    if (performance.now() >= untilMs) break;
    await pause(waitMs);
    signal.throwIfAborted();
  }
  const { made } = await making.make();
  return made;
}

/**
 * The same work asked for by many runs once.
 *
 * @module
 */

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  waiters: number;
}

/**
 * Joins calls of one key. A caller that goes away leaves the others alone; when the last one has gone, the work's
 * signal is aborted. A failure goes to all waiters and is not kept.
 */
export class SingleFlight<T> {
  #flights = new Map<string, Flight<T>>();

  /** Keys under way. */
  get size(): number {
    return this.#flights.size;
  }

  /**
   * Runs `work` for `key`, or joins the run that is under way.
   *
   * @param signal of this caller; when it aborts, this call rejects with its reason
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiters++;
    try {
      return await untilAborted(flight.promise, signal);
    } finally {
      if (--flight.waiters === 0) flight.abort.abort();
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const forget = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    const flight: Flight<T> = { promise: work(abort.signal), abort, waiters: 0 };
    // Nobody may join a flight that its last waiter has left: it is about to fail as cancelled.
    abort.signal.addEventListener("abort", forget);
    flight.promise.then(forget, forget);
    this.#flights.set(key, flight);
    return flight;
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

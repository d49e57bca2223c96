/**
 * A bounded pool of codec processes: bounded queue, deadline, memory budget, replacement of what hangs or crashes.
 *
 * Jobs are taken in turn by party (a user), and a party that has none at work may have the spare process; of the party
 * with most at work one stands still meanwhile. So somebody who sends a hundred slow pictures waits for himself, and
 * there are never more at work than cores.
 *
 * A deadline needs a process that can be killed: `worker.terminate()` does not stop a thread inside a WASM call
 * (measured, Deno 2.9.6).
 *
 * @module
 */
import type { CodecProcess } from "./codec_process.ts";
import { cancelledError, CodecError, KilledError } from "./errors.ts";
import { FairQueue, type Waiter } from "./fair_queue.ts";
import { HeldPlaces, type Place, type Verdict } from "./held_places.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Analysis, CodecAnswer, CodecJob, Inspection, Rendered, Stripped } from "./job.ts";

export type { CodecProcess } from "./codec_process.ts";

/** How a pool is built. */
export interface CodecPoolOptions {
  /** Processes that work at once. */
  readonly size: number;
  /** Jobs that may wait; one more is refused as busy. */
  readonly queueMax: number;
  /** Longest wait in the queue in ms; then refused as busy. */
  readonly queueTimeoutMs: number;
  /** Longest run of a job in ms; then its process is killed. */
  readonly deadlineMs: number;
  /** Sum of the estimates of all running jobs, in bytes. A job larger than that runs alone. */
  readonly memoryBudgetBytes: number;
  /** A process that has grown past this is replaced after its job: WASM memory never shrinks. */
  readonly retireResidentBytes: number;
  /** How long a job waits whose process was killed from outside, in ms, before it has another one. Default 100. */
  readonly killedDelayMs?: number;
  /** Starts a process. */
  readonly spawn: () => CodecProcess;
  /** Hears of every process that is killed, crashes or retires. */
  readonly onEvent?: (event: PoolEvent) => void;
  /** Hears how long a job has waited when it starts, in ms. */
  readonly onStart?: (waitedMs: number) => void;
}

/** Something worth a log line. */
export interface PoolEvent {
  readonly kind: "killed" | "crashed" | "retired" | "spawn_failed";
  readonly pid: number;
  readonly message: string;
}

/** Options of one job. */
export interface RunOptions {
  /** Cancels the job while it waits; a running job ends by itself. */
  readonly signal?: AbortSignal;
  /** Estimated peak in bytes, for the memory budget. Default 0. */
  readonly memoryBytes?: number;
  /** Longest run in ms, where it is shorter than the pool's. */
  readonly deadlineMs?: number;
  /** Whose job it is; default nobody's in particular. */
  readonly party?: string;
  /** The place that was held for it; it is left now. */
  readonly place?: Place;
}

/** Counters for tests, metrics and readiness. */
export interface PoolStats {
  readonly idle: number;
  readonly busy: number;
  readonly queued: number;
  readonly jobs: number;
  readonly replaced: number;
}

/** An answer, and how long its job waited for a process, in ms. */
export type PoolAnswer<R> = CodecAnswer<R> & { readonly queueMs: number };

interface Waiting extends Waiter {
  readonly job: CodecJob;
  readonly bytes: Uint8Array;
  /** How many of its processes were killed from outside. */
  killed: number;
  readonly signal: AbortSignal | undefined;
  readonly memoryBytes: number;
  readonly deadlineMs: number;
  /** By the monotonic clock. */
  readonly queuedAt: number;
  readonly resolve: (answer: PoolAnswer<unknown>) => void;
  readonly reject: (error: unknown) => void;
  readonly startWaiting: () => void;
  readonly stopWaiting: () => void;
  /** Gives up waiting, with an error. */
  readonly leave: (code: "busy" | "cancelled", message: string) => void;
}

/** A job at work. */
interface Running {
  readonly party: string;
  readonly deadline: Stopwatch;
  /** While it stands still: since when, by the monotonic clock. */
  pausedAt: number | null;
  /** How often it stood still. */
  pauses: number;
}

const tooMany = (queueMax: number) => new CodecError("busy", `${queueMax} pictures are waiting already`);

const closing = () => new CodecError("busy", "Codec pool is closing");

const NOBODY_COMES: ReadonlyMap<string, number> = new Map();
const SPARE_PROCESSES = 1;
const RESPAWN_DELAY_MS = 500;
/** A job whose process was killed from outside has another one so often, each time after a while. */
const [MAX_KILLED, KILLED_DELAY_MS] = [3, 100];
/** But not later than so long after it came: what was reserved for it ends once. */
const KILLED_WITHIN_MS = 20_000;

/** See the module's comment. */
export class CodecPool {
  #options: CodecPoolOptions;
  /** The one used last is at the end and goes first: memory of WASM never shrinks, so the fewer work the better. */
  #idle: CodecProcess[] = [];
  #starting = 0;
  #queue = new FairQueue<Waiting>();
  #held = new HeldPlaces((party) => this.#verdictOn(party), () => tooMany(this.#options.queueMax));
  #busy = new Map<CodecProcess, Running>();
  /** Processes that have ended while their last answer was still being read. */
  #gone = new WeakSet<CodecProcess>();
  #memoryInUseBytes = 0;
  #jobs = 0;
  #replaced = 0;
  #closed = false;

  constructor(options: CodecPoolOptions) {
    this.#options = options;
    this.#fill();
  }

  get stats(): PoolStats {
    return {
      idle: this.#idle.length,
      busy: this.#busy.size,
      queued: this.#queue.size,
      jobs: this.#jobs,
      replaced: this.#replaced,
    };
  }

  /** Keeps `size` + one spare alive, so that a killed process has its replacement ready. */
  #fill(): void {
    const wanted = this.#options.size + SPARE_PROCESSES;
    while (!this.#closed && this.#idle.length + this.#busy.size + this.#starting < wanted) this.#start();
  }

  #start(): void {
    this.#starting++;
    const process = this.#options.spawn();
    process.ready.then(() => {
      this.#starting--;
      if (this.#closed) return process.close();
      // Below those that have worked: they go on growing, and this one stays small until it is needed.
      this.#idle.unshift(process);
      process.ended.then(() => this.#forget(process));
      this.#dispatch();
    }, (error) => {
      this.#options.onEvent?.({ kind: "spawn_failed", pid: process.pid, message: String(error) });
      process.kill();
      setTimeout(() => {
        this.#starting--;
        this.#fill();
      }, RESPAWN_DELAY_MS);
    });
  }

  #forget(process: CodecProcess): void {
    this.#gone.add(process);
    const at = this.#idle.indexOf(process);
    if (at === -1) return;
    this.#idle.splice(at, 1);
    if (this.#closed) return;
    this.#replaced++;
    this.#options.onEvent?.({ kind: "crashed", pid: process.pid, message: "Idle codec process ended" });
    this.#fill();
  }

  #fitsMemory(bytes: number): boolean {
    return this.#busy.size === 0 || this.#memoryInUseBytes + bytes <= this.#options.memoryBudgetBytes;
  }

  #atWork(party: string): number {
    let count = 0;
    for (const other of this.#busy.values()) if (other.party === party) count++;
    return count;
  }

  /** How many processes may begin to work for a party now. */
  #freeFor(party: string): number {
    const own = this.#options.size - this.#busy.size;
    const maySpare = own + SPARE_PROCESSES > 0 && this.#atWork(party) === 0;
    return Math.min(this.#idle.length, own > 0 ? own : maySpare ? 1 : 0);
  }

  /** Keeps as many at work as there may be: whoever has most gives way to the spare process. */
  #balance(): void {
    const all = [...this.#busy].map(([process, running]) => ({ process, running }));
    const paused = all.filter(({ running }) => running.pausedAt !== null);
    const atWork = all.length - paused.length;
    if (paused.length > 0 && (this.#closed || atWork < this.#options.size)) {
      const { process, running } = paused.sort((a, b) => a.running.pausedAt! - b.running.pausedAt!)[0]!;
      running.pausedAt = null;
      process.resume();
      running.deadline.start();
      return this.#balance();
    }
    if (this.#closed || atWork <= this.#options.size) return;
    const candidates = all.filter(({ running }) => running.pausedAt === null && this.#atWork(running.party) > 1);
    const next = candidates.sort((a, b) => a.running.pauses - b.running.pauses)[0];
    if (next === undefined) return;
    next.running.pausedAt = performance.now();
    next.running.pauses++;
    next.running.deadline.stop();
    next.process.pause();
  }

  #dispatch(): void {
    while (this.#queue.size > 0) {
      const waiting = this.#queue.next((party) => this.#atWork(party))!;
      if (this.#freeFor(waiting.party) === 0 || !this.#fitsMemory(waiting.memoryBytes)) break;
      this.#queue.take(waiting);
      waiting.stopWaiting();
      this.#execute(this.#idle.pop()!, waiting);
    }
    this.#balance();
    this.#held.settle();
  }

  async #execute(process: CodecProcess, waiting: Waiting): Promise<void> {
    this.#memoryInUseBytes += waiting.memoryBytes;
    this.#jobs++;
    const queueMs = Math.round((performance.now() - waiting.queuedAt) * 10) / 10;
    this.#options.onStart?.(performance.now() - waiting.queuedAt);
    let isPastDeadline = false;
    const deadline = new Stopwatch(waiting.deadlineMs, () => {
      isPastDeadline = true;
      process.kill();
    });
    const running: Running = { party: waiting.party, deadline, pausedAt: null, pauses: 0 };
    this.#busy.set(process, running);
    let residentBytes = Infinity;
    try {
      const answer = await process.run(waiting.job, waiting.bytes);
      residentBytes = answer.residentBytes;
      waiting.resolve({ ...answer, queueMs });
    } catch (error) {
      if (error instanceof CodecError && error.code !== "crashed") residentBytes = 0;
      this.#failed(waiting, error, isPastDeadline);
    } finally {
      deadline.stop();
      // It may have answered just before it was told to stand still.
      if (running.pausedAt !== null) process.resume();
      this.#busy.delete(process);
      this.#memoryInUseBytes -= waiting.memoryBytes;
      this.#release(process, residentBytes, isPastDeadline);
    }
  }

  /** Says so, or lets the job wait again where it was not to blame. */
  #failed(waiting: Waiting, error: unknown, isPastDeadline: boolean): void {
    const seconds = waiting.deadlineMs / 1000;
    if (isPastDeadline) waiting.reject(new CodecError("deadline", `Picture took longer than ${seconds} s`));
    else if (this.#closed) waiting.reject(closing());
    else if (error instanceof KilledError) this.#tryAgain(waiting);
    else waiting.reject(error);
  }

  /** Who kills one process may be killing all: those that are gone, too, are noticed before one of them is chosen. */
  #tryAgain(waiting: Waiting): void {
    const isLate = performance.now() - waiting.queuedAt > KILLED_WITHIN_MS;
    if (++waiting.killed > MAX_KILLED || isLate) {
      return waiting.reject(new CodecError("busy", `${waiting.killed} codec processes were killed at this picture`));
    }
    setTimeout(() => {
      if (this.#closed) return waiting.reject(closing());
      if (waiting.signal?.aborted) return waiting.reject(cancelledError());
      waiting.startWaiting();
      this.#dispatch();
    }, this.#options.killedDelayMs ?? KILLED_DELAY_MS);
  }

  /** A process goes back among the idle ones, or is replaced when it hung, crashed or grew too large. */
  #release(process: CodecProcess, residentBytes: number, isPastDeadline: boolean): void {
    if (this.#closed) {
      this.#balance();
      return process.close();
    }
    // An answer in the very moment of the deadline: the job is done, its process killed all the same.
    const isGone = isPastDeadline || this.#gone.has(process);
    if (!isGone && residentBytes <= this.#options.retireResidentBytes) {
      this.#idle.push(process);
    } else {
      this.#replaced++;
      const kind = isPastDeadline ? "killed" : isGone || residentBytes === Infinity ? "crashed" : "retired";
      this.#options.onEvent?.({ kind, pid: process.pid, message: `Codec process ${kind}` });
      if (kind === "retired") process.close();
      else process.kill();
      this.#fill();
    }
    this.#dispatch();
  }

  /** Looks at an upload. @throws {CodecError} */
  inspect(
    job: CodecJob & { kind: "inspect" },
    bytes: Uint8Array,
    options?: RunOptions,
  ): Promise<CodecAnswer<Inspection>> {
    return this.run(job, bytes, options) as Promise<CodecAnswer<Inspection>>;
  }

  /** Looks at a picture that is taken. @throws {CodecError} */
  analyse(
    job: CodecJob & { kind: "analyse" },
    bytes: Uint8Array,
    options?: RunOptions,
  ): Promise<CodecAnswer<Analysis>> {
    return this.run(job, bytes, options) as Promise<CodecAnswer<Analysis>>;
  }

  /** Takes metadata out of an upload. @throws {CodecError} */
  strip(job: CodecJob & { kind: "strip" }, bytes: Uint8Array, options?: RunOptions): Promise<CodecAnswer<Stripped>> {
    return this.run(job, bytes, options) as Promise<CodecAnswer<Stripped>>;
  }

  /** Makes a derivative. @throws {CodecError} */
  render(job: CodecJob & { kind: "render" }, bytes: Uint8Array, options?: RunOptions): Promise<PoolAnswer<Rendered>> {
    return this.run(job, bytes, options) as Promise<PoolAnswer<Rendered>>;
  }

  /** What becomes of one more job of a party: whether it is among those that wait for their places is not yet known. */
  #verdictOn(party: string): Verdict {
    if (this.#closed) return "refused";
    const places = this.#options.queueMax + this.#freeFor(party);
    const waiting = this.#queue.size;
    if (waiting + this.#held.total < places || !this.#queue.wouldBeLongest(party, this.#held.byParty)) return "granted";
    return waiting >= places && this.#queue.wouldBeLongest(party, NOBODY_COMES) ? "refused" : "waits";
  }

  /** Whether there is no place for one more job of this party, those counted that are held. */
  isCrowdedBy(party: string): boolean {
    return this.#verdictOn(party) !== "granted";
  }

  /**
   * Holds a place for a job that is sure to come, for callers who have much to do before it. Where all places that are
   * free are held by others, it waits until one is left or taken. The place is to be left in any case.
   *
   * @param party whose it will be
   * @param signal ends the waiting
   * @throws {CodecError} `busy` where the job would be refused, `cancelled`
   */
  hold(party: string, signal?: AbortSignal): Promise<Place> {
    return this.#held.hold(party, signal);
  }

  /**
   * Queues a job and waits for its answer.
   *
   * @throws {CodecError} `busy` when the queue is full or the wait too long, `cancelled` by the signal, `deadline`,
   * `crashed`, or what the core says of the picture
   */
  run(job: CodecJob, bytes: Uint8Array, options: RunOptions = {}): Promise<PoolAnswer<unknown>> {
    if (this.#closed) return Promise.reject(closing());
    if (options.signal?.aborted) return Promise.reject(cancelledError());
    return new Promise((resolve, reject) => {
      const leave = (code: "busy" | "cancelled", message: string) => {
        if (!this.#queue.remove(waiting)) return;
        waiting.stopWaiting();
        reject(new CodecError(code, message));
      };
      const onAbort = () => leave("cancelled", "Request was cancelled");
      let timer: ReturnType<typeof setTimeout> | undefined;
      const startWaiting = () => {
        timer = setTimeout(() => leave("busy", "Picture waited too long"), this.#options.queueTimeoutMs);
        options.signal?.addEventListener("abort", onAbort);
        this.#queue.push(waiting);
      };
      const stopWaiting = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", onAbort);
      };
      const waiting: Waiting = {
        job,
        bytes,
        killed: 0,
        signal: options.signal,
        memoryBytes: options.memoryBytes ?? 0,
        deadlineMs: Math.min(this.#options.deadlineMs, options.deadlineMs ?? Infinity),
        party: options.party ?? "",
        queuedAt: performance.now(),
        resolve,
        leave,
        reject,
        startWaiting,
        stopWaiting,
      };
      startWaiting();
      this.#dispatch();
      options.place?.leave();
      // Counted after the dispatch: a job that finds a free process never waits, so a queue of 0 takes it too.
      const { queueMax } = this.#options;
      if (this.#queue.size <= queueMax) return;
      this.#queue.latestOfLongest()!.leave("busy", tooMany(queueMax).message);
    });
  }

  /** Refuses new work, lets running jobs end, sends idle processes home. */
  close(): void {
    this.#closed = true;
    for (const process of this.#idle.splice(0)) process.close();
    for (const waiting of this.#queue.drain()) {
      waiting.stopWaiting();
      waiting.reject(closing());
    }
    this.#balance();
    this.#held.settle();
  }

  /** Kills everything: for the end of a shutdown's grace and for tests. */
  kill(): void {
    this.close();
    for (const process of this.#busy.keys()) process.kill();
  }
}

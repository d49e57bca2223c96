/**
 * A codec process that does what a test tells it to.
 *
 * @module
 */
import { CodecError, type CodecErrorCode, KilledError } from "../../codec/errors.ts";
import type { CodecAnswer, CodecJob } from "../../codec/job.ts";
import type { CodecProcess } from "../../codec/pool.ts";

type Answer = CodecAnswer<unknown> & { readonly residentBytes: number };

const TIMINGS = { decodeMs: 0, resizeMs: 0, encodeMs: 0 };

/** One process; its job ends when the test says how. */
export class FakeCodecProcess implements CodecProcess {
  readonly pid: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  isKilled = false;
  isClosed = false;
  /** The job under way. */
  job: CodecJob | null = null;
  #start = Promise.withResolvers<void>();
  #end = Promise.withResolvers<void>();
  #run: PromiseWithResolvers<Answer> | null = null;

  constructor(pid: number, startsAtOnce: boolean) {
    this.pid = pid;
    this.ready = this.#start.promise;
    this.ended = this.#end.promise;
    if (startsAtOnce) this.start();
  }

  /** Becomes ready. */
  start(): void {
    this.#start.resolve();
  }

  /** Never becomes ready. */
  failToStart(): void {
    this.#start.reject(new CodecError("crashed", "Could not start"));
  }

  run(job: CodecJob, bytes: Uint8Array): Promise<Answer> {
    if (this.job !== null) throw new Error("A process runs one job at a time");
    if (this.isKilled) return Promise.reject(new CodecError("crashed", "Codec process ended"));
    this.job = job;
    this.bytes = bytes;
    this.#run = Promise.withResolvers();
    return this.#run.promise;
  }

  /** Bytes of the last job. */
  bytes: Uint8Array = new Uint8Array();

  /** Ends the job well. */
  answer(residentBytes = 0, result: unknown = { pid: this.pid }): void {
    this.job = null;
    this.#run!.resolve({ result, bytes: new Uint8Array(), timings: TIMINGS, residentBytes });
  }

  /** Ends the job with what the core says of the picture. */
  refuse(code: CodecErrorCode): void {
    this.job = null;
    this.#run!.reject(new CodecError(code, `Refused as ${code}`));
  }

  /** Ends by itself, in the middle of a job or between two. */
  crash(): void {
    this.job = null;
    this.#run?.reject(new CodecError("crashed", "Codec process ended"));
    this.#end.resolve();
  }

  /** Is killed from outside in the middle of a job. */
  killFromOutside(): void {
    this.job = null;
    this.#run!.reject(new KilledError());
    this.#end.resolve();
  }

  /** Is gone although its job's answer is still on the way. */
  endEarly(): void {
    this.#end.resolve();
  }

  /** Whether it stands still. */
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  kill(): void {
    this.isKilled = true;
    this.crash();
  }

  close(): void {
    this.isClosed = true;
    if (this.job === null) this.#end.resolve();
  }
}

/** Starts fake processes and remembers them all. */
export class FakeSpawner {
  readonly processes: FakeCodecProcess[] = [];
  startsAtOnce = true;

  /** For the pool's `spawn`. */
  readonly spawn = (): FakeCodecProcess => {
    const process = new FakeCodecProcess(this.processes.length + 1, this.startsAtOnce);
    this.processes.push(process);
    return process;
  };

  /** Processes with a job, in the order in which they were started. */
  get working(): FakeCodecProcess[] {
    return this.processes.filter((p) => p.job !== null);
  }

  /** Processes that are neither killed nor closed. */
  get living(): FakeCodecProcess[] {
    return this.processes.filter((p) => !p.isKilled && !p.isClosed);
  }
}

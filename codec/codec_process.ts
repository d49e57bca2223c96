/**
 * The seam between the pool and its processes.
 *
 * @module
 */
import type { CodecAnswer, CodecJob } from "./job.ts";

/** One codec process as the pool sees it. */
export interface CodecProcess {
  readonly pid: number;
  /** Resolves when the process can take work; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Runs one job; one at a time. @throws {CodecError} */
  run(job: CodecJob, bytes: Uint8Array): Promise<CodecAnswer<unknown> & { readonly residentBytes: number }>;
  /** Stops it where it stands (SIGSTOP), until {@linkcode resume}. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
  /** SIGKILL. */
  kill(): void;
  /** Ends the input: the process leaves by itself. */
  close(): void;
}

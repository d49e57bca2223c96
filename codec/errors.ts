/**
 * What can go wrong in the core, without any HTTP in it. The edge maps the codes to answers.
 *
 * @module
 */

/** Stable codes of {@linkcode CodecError}. */
export type CodecErrorCode =
  /** The bytes start like no known format. */
  | "unknown_format"
  /** A known format whose bytes are broken or cut. */
  | "corrupt"
  /** A known format with a feature that no decoder here reads. */
  | "unsupported"
  /** The header asks for more pixels, frames or memory than allowed. */
  | "limit"
  /** The codec process ended before it answered (trap, out of memory, killed from outside). */
  | "crashed"
  /** The job ran past its deadline and its process was killed. */
  | "deadline"
  /** The queue before the pool is full. */
  | "busy"
  /** The caller went away before the job began or ended. */
  | "cancelled"
  /** The job itself made no sense: a bug on our side. */
  | "bad_request";

const CODES: ReadonlySet<string> = new Set<CodecErrorCode>([
  "unknown_format",
  "corrupt",
  "unsupported",
  "limit",
  "crashed",
  "deadline",
  "busy",
  "cancelled",
  "bad_request",
]);

/** A failure of the codec core or its pool. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  /** @param code what the caller must act on @param message a sentence for people, free of paths and bytes */
  constructor(readonly code: CodecErrorCode, message: string) {
    super(message);
  }
}

/** What is said to who no longer waits. */
export function cancelledError(): CodecError {
  return new CodecError("cancelled", "Request was cancelled");
}

/** A codec process was killed from outside, as by a kernel that is short of memory: no word on the picture. */
export class KilledError extends CodecError {
  constructor() {
    super("crashed", "Codec process was killed");
  }
}

/** Turns a code that came over the process boundary into a typed one; anything unknown is a crash. */
export function toCodecErrorCode(value: unknown): CodecErrorCode {
  return typeof value === "string" && CODES.has(value) ? (value as CodecErrorCode) : "crashed";
}

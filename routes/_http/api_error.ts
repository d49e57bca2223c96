/**
 * THE table of errors: code → status and meaning. Everything that fails is answered from it, in one envelope.
 *
 * @module
 */

/** A row: HTTP status, when it is sent, and seconds for `Retry-After` where another try makes sense. */
export interface ErrorRow {
  readonly status: number;
  readonly doc: string;
  readonly retryAfterSeconds?: number;
}

/** Codes as clients see them. */
export const API_ERRORS = {
  VALIDATION_ERROR: { status: 400, doc: "Invalid request body or parameters" },
  INVALID_FILE: { status: 400, doc: "File is not a picture that is taken, or is larger than 5 MB" },
  UNAUTHORIZED: { status: 401, doc: "Missing or invalid API key or token" },
  FORBIDDEN: { status: 403, doc: "The key lacks the scope, or the plan lacks the feature" },
  PLAN_LIMIT_EXCEEDED: { status: 403, doc: "Monthly quota exceeded" },
  NOT_FOUND: { status: 404, doc: "Resource does not exist" },
  METHOD_NOT_ALLOWED: { status: 405, doc: "The address exists, but not for this method" },
  REQUEST_TIMEOUT: { status: 408, doc: "The request came too slowly" },
  CONFLICT: { status: 409, doc: "Resource exists already" },
  PRECONDITION_FAILED: { status: 412, doc: "`If-Match` or `If-Unmodified-Since` names another state of the picture" },
  RANGE_NOT_SATISFIABLE: { status: 416, doc: "The part asked for begins past the end of the picture" },
  UNPROCESSABLE_IMAGE: { status: 422, doc: "The picture can't be rendered this way" },
  RATE_LIMIT_EXCEEDED: { status: 429, doc: "Too many requests", retryAfterSeconds: 60 },
  INTERNAL_ERROR: { status: 500, doc: "A fault of the server" },
  NOT_CONFIGURED: { status: 501, doc: "The server has no keys for the outside service that this needs" },
  UPSTREAM_ERROR: { status: 502, doc: "Stored bytes are missing or damaged, or an outside service failed" },
  BUSY: { status: 503, doc: "The server has more to do than it can; try again", retryAfterSeconds: 2 },
  TIMEOUT: { status: 504, doc: "The picture took too long" },
  STORAGE_FULL: { status: 507, doc: "No space left to store this" },
} as const satisfies Record<string, ErrorRow>;

/** A code of the table. */
export type ApiErrorCode = keyof typeof API_ERRORS;

/** A failure that is answered as it is. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** @param message for people: what was wrong, what is allowed, how to mend it */
  constructor(
    readonly code: ApiErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  get status(): number {
    return API_ERRORS[this.code].status;
  }
}

/** What is said of a picture for which there is no place. */
export function tooManyError(): ApiError {
  return new ApiError("BUSY", "Too many pictures are being worked on; try again in a moment");
}

/** What a server that is leaving says to everybody. */
export function leavingError(): ApiError {
  return new ApiError("BUSY", "Server is shutting down; try again", { connection: "close" });
}

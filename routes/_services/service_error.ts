/**
 * What can go wrong in a service, without any HTTP in it. The edge maps the codes to answers.
 *
 * @module
 */

/** Stable codes of {@linkcode ServiceError}. */
export type ServiceErrorCode =
  /** A value from outside breaks its rule. */
  | "validation"
  /** The upload is no picture that is taken. */
  | "invalid_file"
  /** There is no such thing, or the caller may not know of it. */
  | "not_found"
  /** It is there already, or has as many as it can have. */
  | "conflict"
  /** The picture was taken once but can't be rendered this way. */
  | "unprocessable_image"
  /** The caller is known but may not do this. */
  | "forbidden"
  /** Tried too often in a short time. */
  | "too_many"
  /** The server was given no keys for the outside service that this needs. */
  | "not_configured"
  /** Bytes that a record promises are missing or changed. */
  | "upstream";

/** A failure that the caller can act on. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  constructor(readonly code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

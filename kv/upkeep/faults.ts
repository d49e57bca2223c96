/**
 * What {@linkcode Verifier} can find wrong.
 *
 * @module
 */

/** Kinds of inconsistencies, and what each means. */
export const FAULT_KINDS = {
  record_without_blob: "The bytes of an image's original are missing",
  size_differs: "The stored original has another length than its record says",
  bytes_differ: "The stored original has another SHA-256 than its record says",
  derivative_row_without_blob:
    "A derivative's row has no blob, or one of another length; it is made anew when asked for",
  derivative_row_without_image: "A derivative's row belongs to no image; a sweep removes it",
  derivative_damaged: "A stored derivative is cut or changed; it is made anew when it is asked for",
  blob_without_record: "No image has these bytes; a sweep removes them",
  strange_blob: "A blob whose key nothing here writes",
  path_without_image: "A path points to an image that is gone or does not have it",
  image_without_path: "An image has a path that does not point to it",
  total_differs: "The counter of a user's images or bytes is not the sum of their records",
  log_differs: "The log that lists are made from lacks an image, or has one too many",
  record_without_pointer: "A record can't be found by what it is looked up by",
  pointer_without_record: "Something points to a record that is gone",
  rows_of_nobody: "Rows of a user that there is not",
} as const;

/** One of them. */
export type FaultKind = keyof typeof FAULT_KINDS;

/** An inconsistency. */
export interface Fault {
  readonly kind: FaultKind;
  /** Where, by ids and keys; never a secret. */
  readonly where: string;
}

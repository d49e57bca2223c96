/**
 * What the server tells the island of an operation.
 *
 * @module
 */

/** A parameter, or a text field of a form. */
export interface TryItField {
  readonly name: string;
  readonly place: "path" | "query" | "header" | "form";
  readonly required: boolean;
  /** Shown where nothing is filled in. */
  readonly example: string;
  /** What is allowed, where it is a choice. */
  readonly values: readonly string[] | null;
}

/** Props of `TryIt`. */
export interface TryItProps {
  /** Of the operation. */
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly origin: string;
  readonly access: "key" | "admin" | "none";
  readonly fields: readonly TryItField[];
  readonly body: { readonly kind: "json" | "form"; readonly example: string } | null;
}

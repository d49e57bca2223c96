/**
 * What the server tells the island of an operation.
 *
 * @module
 */
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";

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

/** Props that every operation of a page shares. */
export interface TryItCommon {
  readonly text: Text["reference"]["try"];
  readonly language: string;
}

/** Props of `TryIt`, beside {@linkcode TryItCommon}. */
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

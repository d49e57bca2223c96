/**
 * English: THE catalogue of texts. Every other language has exactly its keys, or it doesn't compile.
 *
 * @module
 */
import { EN_ERRORS } from "./en/errors.ts";
import { EN_SHELL } from "./en/shell.ts";
import { EN_SIGN_IN } from "./en/sign_in.ts";

/** Texts by part of the dashboard. */
export const EN = {
  shell: EN_SHELL,
  errors: EN_ERRORS,
  signIn: EN_SIGN_IN,
} as const;

/**
 * Korean.
 *
 * @module
 */
import type { Text } from "./catalogue.ts";
import { KO_ERRORS } from "./ko/errors.ts";
import { KO_SHELL } from "./ko/shell.ts";
import { KO_SIGN_IN } from "./ko/sign_in.ts";

/** Texts by part of the dashboard. */
export const KO: Text = {
  shell: KO_SHELL,
  errors: KO_ERRORS,
  signIn: KO_SIGN_IN,
};

/**
 * English: failures of the API by their codes. English pages show the API's own message, which tells more; these are
 * what another language says instead, and what stands there where no message came.
 *
 * @module
 */
import type { ApiErrorCode } from "../../../_http/api_error.ts";

/** See the module's comment. NETWORK = no answer came at all. */
export const EN_ERRORS = {
  VALIDATION_ERROR: "Something in the form is not as it should be.",
  INVALID_FILE: "This file is not a picture that is taken, or it is too large.",
  UNAUTHORIZED: "You are not signed in, or what you typed is wrong.",
  FORBIDDEN: "You may not do this, or your plan doesn't include it.",
  PLAN_LIMIT_EXCEEDED: "A limit of your plan is reached.",
  NOT_FOUND: "It isn't there any more.",
  METHOD_NOT_ALLOWED: "This can't be done here.",
  CONFLICT: "There is one with this name already.",
  PRECONDITION_FAILED: "The picture has changed since you last saw it.",
  UNPROCESSABLE_IMAGE: "This picture can't be made this way.",
  RATE_LIMIT_EXCEEDED: "That was too often; wait a minute and try again.",
  RANGE_NOT_SATISFIABLE: "This part of the file isn't there.",
  INTERNAL_ERROR: "Something went wrong on the server.",
  NOT_CONFIGURED: "This server isn't set up for it.",
  UPSTREAM_ERROR: "A service that this needs gave no good answer.",
  BUSY: "The server is busy; try again in a moment.",
  TIMEOUT: "It took too long.",
  REQUEST_TIMEOUT: "The upload came too slowly and was ended. Try again on a better connection.",
  STORAGE_FULL: "The server has no space left.",
  NETWORK: "No answer came; check the connection and try again.",
} as const satisfies Readonly<Record<ApiErrorCode | "NETWORK" | "RANGE_NOT_SATISFIABLE", string>>;

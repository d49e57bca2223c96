/**
 * Bodies of plain forms.
 *
 * @module
 */
import { ApiError } from "./api_error.ts";
import { readBody } from "./multipart.ts";

/** Largest form without files. */
const MAX_FORM_BYTES = 64 * 1024;

/**
 * Reads a form as browsers send it without files.
 *
 * @throws {ApiError} VALIDATION_ERROR when it is larger than 64 KiB
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const tooLarge = () => new ApiError("VALIDATION_ERROR", "Form is too large", { connection: "close" });
  return new URLSearchParams(new TextDecoder().decode(await readBody(request, MAX_FORM_BYTES, tooLarge)));
}

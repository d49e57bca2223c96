/**
 * Validation by zod with messages of ours.
 *
 * @module
 */
import type { z } from "zod";
import { ApiError } from "../../_http/api_error.ts";

/** A field whose value stands in no message: messages end up on screens and in logs of clients. */
const SECRET_FIELD = "password";

/**
 * Parses a value from outside.
 *
 * @param name of the value itself where it is no object
 * @throws {ApiError} VALIDATION_ERROR that names the field, what is allowed and, unless it is a secret, what was given
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, name: string | null): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = name ?? issue.path.join(".");
  const given = issue.path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const isHidden = given === undefined || issue.path.includes(SECRET_FIELD);
  const shown = isHidden ? "" : `, got ${JSON.stringify(given).slice(0, 60)}`;
  throw new ApiError("VALIDATION_ERROR", `"${field}" ${issue.message}${shown}`);
}

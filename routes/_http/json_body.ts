/**
 * JSON bodies as clients really send them.
 *
 * @module
 */
import { ApiError } from "./api_error.ts";
import { readBody } from "./multipart.ts";

/** Largest JSON body. */
export const MAX_JSON_BYTES = 64 * 1024;

const tooLarge = () =>
  new ApiError("VALIDATION_ERROR", `Body must be at most ${MAX_JSON_BYTES.toLocaleString("en-US")} bytes of JSON`, {
    connection: "close",
  });

/** Deepest nesting: what walks a value recursively would run out of stack after some thousand levels. */
const MAX_DEPTH = 32;

/** Whether brackets outside of texts nest deeper than allowed; one pass, whatever the text. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInText) {
      if (char === "\\") at++;
      else if (char === '"') isInText = false;
    } else if (char === '"') isInText = true;
    else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function parse(text: string): unknown {
  if (isTooDeep(text)) throw new ApiError("VALIDATION_ERROR", `Body must nest at most ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("VALIDATION_ERROR", "Body is not JSON");
  }
}

/**
 * Reads a JSON object. No body, blanks and the literal `null` count as `{}` (clients without anything to say send
 * each of them); the content type is not looked at.
 *
 * @throws {ApiError} VALIDATION_ERROR when it is broken, no object, no UTF-8, larger than 64 KiB or nested too deep
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const bytes = await readBody(request, MAX_JSON_BYTES, tooLarge);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    throw new ApiError("VALIDATION_ERROR", "Body is not valid UTF-8");
  }
  const value = text === "" ? null : parse(text);
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    const kind = Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw new ApiError("VALIDATION_ERROR", `Body must be a JSON object, got ${kind}`);
  }
  return value as Record<string, unknown>;
}

/**
 * What a delivery URL's query says beside the parameters of the table: a preset, and the proof of a signed link.
 *
 * @module
 */
import { ApiError } from "./api_error.ts";

const PRESET_MARK = "p:";

/**
 * The preset of a query, in every spelling that URL libraries make of `?p:name`: the key may be encoded, any value
 * behind it counts for nothing.
 *
 * @throws {ApiError} VALIDATION_ERROR when two presets are named
 */
export function presetOf(query: URLSearchParams): string | null {
  const names = new Set([...query.keys()].filter((k) => k.startsWith(PRESET_MARK)).map((k) => k.slice(2)));
  if (names.size > 1) throw new ApiError("VALIDATION_ERROR", `Only one preset is possible, got ${names.size}`);
  return names.values().next().value ?? null;
}

const VERSION_KEY = "v";

/**
 * The version that a URL names, whatever its form; null = none.
 *
 * @throws {ApiError} VALIDATION_ERROR when it names two
 */
export function versionOfQuery(query: URLSearchParams): string | null {
  const values = new Set(query.getAll(VERSION_KEY));
  if (values.size > 1) throw new ApiError("VALIDATION_ERROR", `Parameter "v" is given ${values.size} times`);
  return values.values().next().value ?? null;
}

/** A raw query with another version in it; the rest stays as it is written. */
export function withVersion(rawQuery: string, version: string): string {
  const isVersion = (part: string) => new URLSearchParams(part).has(VERSION_KEY);
  const others = rawQuery.split("&").filter((part) => part !== "" && !isVersion(part));
  return [...others, `${VERSION_KEY}=${version}`].join("&");
}

/** One value in two spellings; null when it is absent or given with different values. */
function only(query: URLSearchParams, ...keys: readonly string[]): string | null {
  const values = new Set(keys.flatMap((key) => query.getAll(key)));
  return values.size === 1 ? values.values().next().value! : null;
}

/**
 * Token and expiry of a signed link: `token` and `expires`, or `sig` and `exp`. Null when they are not both there or
 * are not what a link has.
 */
export function linkProofOf(query: URLSearchParams): { readonly token: string; readonly expiresAt: number } | null {
  const token = only(query, "token", "sig");
  const expires = only(query, "expires", "exp");
  if (token === null || expires === null || !/^[1-9]\d{0,11}$/.test(expires)) return null;
  return { token, expiresAt: Number(expires) };
}

/**
 * Links to files of `/static/`.
 *
 * @module
 */
import { fileVersion } from "../_http/cache_policy.ts";
import type { LinkedFiles } from "./_view.ts";

/** The address of a file, with what changes when it does: such an answer is kept for a year. */
export function fileUrl(files: LinkedFiles, name: string): string {
  const file = files.get(name);
  return file === undefined ? `/static/${name}` : `/static/${name}?v=${fileVersion(file.etag)}`;
}

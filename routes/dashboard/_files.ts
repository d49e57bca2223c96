/**
 * Links to files of `/static/`.
 *
 * @module
 */
import type { LinkedFiles } from "./_view.ts";

/** Script of every page: menus, copying, dialogs. */
const SHELL = "shell";
const BUILT = "_built/";

/** The address of a file, with what changes when it does: such an answer is kept for a year. */
export function fileUrl(files: LinkedFiles, name: string): string {
  const version = files.get(name)?.etag.replace(/[^\w-]/g, "").slice(0, 12);
  return version === undefined ? `/static/${name}` : `/static/${name}?v=${version}`;
}

/** Names of the scripts that a page loads; those that are not built (yet) are left out, and the page does without. */
export function scriptFiles(files: LinkedFiles, islands: readonly string[]): string[] {
  return [SHELL, ...islands].map((name) => `${BUILT}${name}.js`).filter((name) => files.has(name));
}

/**
 * Which scripts a page loads for its islands.
 *
 * @module
 */

/** The list of scripts, among what `/static/` serves. */
export const MANIFEST_FILE = "_built/manifest.json";

/** Names of files below `/static/`. */
export interface PageScripts {
  /** One an island. */
  readonly entries: readonly string[];
  /** What those lead to. */
  readonly chunks: readonly string[];
}

/** What `/static/` serves. */
export type StaticFiles = ReadonlyMap<string, { readonly bytes: Uint8Array }>;

type Manifest = Readonly<Record<string, readonly string[]>>;

const parsed = new WeakMap<Uint8Array, Manifest>();

function manifestOf(bytes: Uint8Array): Manifest {
  const known = parsed.get(bytes);
  if (known !== undefined) return known;
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  parsed.set(bytes, manifest);
  return manifest;
}

/**
 * The scripts of some islands, each file once.
 *
 * @param islands names of components in `islands/`
 * @returns null as long as there is no bundle: the page goes without scripts
 */
export function scriptsOf(files: StaticFiles, islands: readonly string[]): PageScripts | null {
  const file = files.get(MANIFEST_FILE);
  if (file === undefined || islands.length === 0) return null;
  const manifest = manifestOf(file.bytes);
  const lists = islands.map((name) => manifest[name] ?? []);
  const entries = lists.flatMap((list) => list.slice(0, 1));
  const chunks = new Set(lists.flatMap((list) => list.slice(1)));
  for (const entry of entries) chunks.delete(entry);
  return { entries, chunks: [...chunks] };
}

/**
 * The pictures of public suites, where they are: `../shared/corpus` beside the checkout.
 *
 * @module
 */

/** The folder. */
export const CORPUS = new URL("../../../shared/corpus/", import.meta.url);

/** What is expected of a file: `valid` must be taken, `invalid` refused, the others may be either, without harm. */
export type Expectation = "valid" | "valid-edge" | "invalid" | "nocrash" | "limit" | "safe";

/** A file of the corpus. */
export interface CorpusFile {
  /** Below the folder. */
  readonly path: string;
  /** As the tables of this product name it; empty where the file is of none. */
  readonly format: string;
  readonly expected: Expectation;
}

/** What the manifest names otherwise. */
const FORMAT_NAMES: Readonly<Record<string, string>> = { apng: "png", cur: "ico", heif: "heic" };

/** The files of the manifest, each content once; null when there is no corpus. */
export async function readManifest(): Promise<CorpusFile[] | null> {
  const text = await Deno.readTextFile(new URL("manifest.tsv", CORPUS)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (text === null) return null;
  const [head, ...lines] = text.trimEnd().split("\n").map((line) => line.split("\t"));
  const column = (name: string) => head!.indexOf(name);
  const [path, format, expected, sha256] = ["path", "format", "expected", "sha256"].map(column);
  const files = new Map<string, CorpusFile>();
  for (const line of lines) {
    const name = line[format!]!;
    const file = { path: line[path!]!, format: FORMAT_NAMES[name] ?? name, expected: line[expected!] as Expectation };
    if (!files.has(line[sha256!]!)) files.set(line[sha256!]!, file);
  }
  return [...files.values()];
}

/**
 * Writes docs/formats.md from a run over the corpus: `deno task docs:formats`.
 *
 * @module
 */
import { readManifest } from "../corpus/manifest.ts";
import { runCorpus } from "../corpus/run.ts";
import { formatsMarkdown, sharesOf } from "../corpus/shares.ts";

/** Where it lies. */
export const FORMATS_PAGE = new URL("../../docs/formats.md", import.meta.url);

if (import.meta.main) {
  const files = await readManifest();
  if (files === null) throw new Error("There is no corpus at ../shared/corpus");
  const run = await runCorpus(files);
  await Deno.mkdir(new URL(".", FORMATS_PAGE), { recursive: true });
  await Deno.writeTextFile(FORMATS_PAGE, formatsMarkdown(sharesOf(run)));
  console.log(`${run.outcomes.length} files in ${run.ms} ms`);
}

/**
 * `deno task bench`: every figure beside a peer's, measured in the same run.
 *
 *     deno task bench                             all parts, to the terminal
 *     deno task bench --only transforms,hits      some of: transforms equal cold hits misses memory lists library stock
 *     deno task bench --quick                     few rounds, to see that it works
 *     deno task bench --write docs/benchmarks.md  into a file as well; with --only the file's other sections stay
 *
 * @module
 */
import { parseArgs } from "node:util";
import { benchCold } from "./cold.ts";
import { benchEqualScore } from "./equal_score.ts";
import { benchHits } from "./hits.ts";
import { benchLibrary } from "./library.ts";
import { machineFacts, whenMeasured } from "./machine.ts";
import { benchLists } from "./lists.ts";
import { benchMemory } from "./memory.ts";
import { benchMisses } from "./misses.ts";
import { loadPhotos, type Photos } from "./photos.ts";
import { mergeReport } from "./report.ts";
import { formatSection, type Section } from "./table.ts";
import { benchStock, benchTransforms } from "./transforms.ts";

type Part = (photos: Photos, isQuick: boolean) => Promise<Section[]>;

const PARTS: Readonly<Record<string, Part>> = {
  transforms: (photos, isQuick) => benchTransforms(photos, { rounds: isQuick ? 2 : 7 }),
  equal: (photos, isQuick) => benchEqualScore(photos, { rounds: isQuick ? 1 : 3 }),
  cold: (photos, isQuick) => benchCold(photos, { rounds: isQuick ? 3 : 9 }),
  hits: (photos, isQuick) => benchHits(photos, isQuick ? { seconds: 1, rounds: 1 } : { seconds: 3, rounds: 3 }),
  misses: (photos, isQuick) => benchMisses(photos, { requests: isQuick ? 8 : 64 }),
  memory: (photos, isQuick) => benchMemory(photos, { renders: isQuick ? 2 : 10 }),
  lists: (_photos, isQuick) => benchLists(isQuick ? { images: 5_000, rounds: 3 } : { images: 100_000, rounds: 30 }),
  library: (_photos, isQuick) => {
    return benchLibrary(isQuick ? { sizes: [2_000], rounds: 3 } : { sizes: [10_000, 100_000], rounds: 12 });
  },
  stock: (photos, isQuick) => benchStock(photos, { rounds: isQuick ? 1 : 3 }),
};

function parseFlags() {
  const { values } = parseArgs({
    args: Deno.args,
    options: { only: { type: "string" }, quick: { type: "boolean" }, write: { type: "string" } },
  });
  const names = values.only?.split(",") ?? Object.keys(PARTS);
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new RangeError(`There is no part "${unknown[0]}"; ${Object.keys(PARTS).join(", ")}`);
  return { names, isQuick: values.quick ?? false, file: values.write ?? null };
}

const { names, isQuick, file } = parseFlags();
const photos = await loadPhotos();
if (photos === null) {
  console.log("Skipped: the corpus of photos is not beside this checkout");
  Deno.exit(0);
}
const facts = (await machineFacts()).map((fact) => `- ${fact}`);
const head = ["# Benchmarks", "", "Made by `deno task bench`; lower ratios ours/peer are better.", "", ...facts, ""]
  .join("\n");
console.log(head);
/** Written after each part: what was measured stands, whatever becomes of the next part. */
async function write(texts: readonly string[]): Promise<void> {
  if (file === null) return;
  if (file.includes("/")) await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(file, mergeReport(await Deno.readTextFile(file).catch(() => ""), head, texts));
}
for (const name of names) {
  const when = whenMeasured();
  const sections = await PARTS[name]!(photos, isQuick);
  const texts = sections.map((section) => formatSection({ ...section, notes: [when, ...section.notes] }));
  texts.forEach((text) => console.log(text));
  await write(texts);
}
Deno.exit(0);

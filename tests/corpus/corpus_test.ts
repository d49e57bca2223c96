/** Conformance over ../shared/corpus; skipped, with a line that says so, where it is not. */
import { assertEquals } from "@std/assert";
import { FORMATS_PAGE } from "../docs/formats.ts";
import { readManifest } from "./manifest.ts";
import { type CorpusRun, runCorpus } from "./run.ts";
import { formatsMarkdown, sharesOf } from "./shares.ts";

const files = await readManifest();
if (files === null) console.log("Skipped: there is no corpus at ../shared/corpus");
const ignore = files === null;

let running: Promise<CorpusRun> | null = null;
/** One run for all tests of this file. */
const run = () => running ??= runCorpus(files!);

const list = (lines: readonly string[]) => `\n${lines.join("\n")}`;

Deno.test({
  name: "runCorpus() ends every file in a picture or a typed error before the deadline",
  ignore,
  fn: async () => {
    const { outcomes, ms } = await run();
    assertEquals(outcomes.length, files!.length);
    const harmless = ["taken", "cut", "unknown_format", "corrupt", "unsupported", "limit"];
    const harmed = outcomes.filter(({ end }) => !harmless.includes(end));
    const lines = harmed.map(({ file, end, message }) => `${file.path} (${file.expected}): ${end}, ${message}`);
    assertEquals(harmed.length, 0, list(lines));
    const [slowest] = outcomes.toSorted((a, b) => b.ms - a.ms);
    console.log(`${outcomes.length} files in ${ms} ms; slowest ${slowest!.file.path}, ${slowest!.ms} ms`);
  },
});

Deno.test({
  name: "runCorpus() leaves the pool whole",
  ignore,
  fn: async () => {
    const { stats, events } = await run();
    assertEquals([stats.idle, stats.busy, stats.queued], [3, 0, 0]);
    // A process that has grown is replaced; none crashes or is killed.
    assertEquals(events.filter(({ kind }) => kind !== "retired").map(({ kind }) => kind), []);
  },
});

Deno.test({
  name: "runCorpus() takes at least the share of valid files that each format must reach",
  ignore,
  fn: async () => {
    const shares = sharesOf(await run());
    for (const { format, valid, taken, least } of shares) {
      console.log(`${format}: ${taken} of ${valid}, least ${least}`);
    }
    const missed = shares.filter(({ taken, valid, least }) => taken / valid < least);
    const lines = missed.flatMap(({ refused }) => refused.map((o) => `${o.file.path}: ${o.end}, ${o.message}`));
    assertEquals(missed.map(({ format }) => format), [], list(lines));
  },
});

Deno.test({
  name: "docs/formats.md says what the run says",
  ignore,
  fn: async () => {
    assertEquals(await Deno.readTextFile(FORMATS_PAGE), formatsMarkdown(sharesOf(await run())));
  },
});

/** Files that a suite calls invalid and that are taken all the same, each with the reason. */
const TAKEN_ALL_THE_SAME: Readonly<Record<string, string>> = {
  "image-rs/tests/bad/bmp/Bad_shortfile.bmp": "three bytes are missing: nine tenths of the rows are enough",
  "pngsuite/pngsuite/xcsn0g01.png": "a checksum is wrong: Pillow and Rust's png read it, libpng does not",
  "tiff-rs-fuzz/tests/fuzz_images/inf_loop/id=000033,src=000525+000106,op=splice,rep=4":
    "damage lies in tags that the picture does not need: libtiff reads it as well",
  "tiff-rs-fuzz/tests/fuzz_images/oor_panic/id=000023,sig=06,src=000006,op=havoc,rep=8":
    "damage lies behind the picture: libtiff reads it as well",
};

Deno.test({
  name: "runCorpus() refuses what its suites call invalid, but for a few that other decoders read as well",
  ignore,
  fn: async () => {
    const { outcomes } = await run();
    const taken = outcomes.filter(({ file, end }) => file.expected === "invalid" && end === "taken");
    const unexpected = taken.filter(({ file }) => TAKEN_ALL_THE_SAME[file.path] === undefined);
    assertEquals(unexpected.map(({ file }) => file.path), []);
  },
});

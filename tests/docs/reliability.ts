/**
 * Writes the table of docs/reliability.md from a run of the tests that it tells of: `deno task docs:reliability`, about
 * ten minutes on two cores. The text around the table is written by hand.
 *
 * @module
 */
import { EXPLAINED } from "../reliability/explained.ts";
import { type RowName, ROWS } from "../reliability/rows.ts";
import type { Measured } from "../reliability/test_row.ts";

/** Where it lies. */
export const RELIABILITY_PAGE = new URL("../../docs/reliability.md", import.meta.url);
const START = "<!-- made: rows -->";
const END = "<!-- end -->";

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** First cells of a row: what stands in the page whatever was measured. */
export function rowHead(row: RowName): string {
  return `| ${row} | ${cell(ROWS[row].what)} | ${cell(ROWS[row].hold)} |`;
}

function figuresOf(row: RowName, measured: readonly Measured[]): string {
  const figures = measured.filter((one) => one.row === row).toSorted((a, b) => a.name < b.name ? -1 : 1)
    .flatMap((one) => one.figures);
  const shown = figures.length === 0 ? ["not measured in this run"] : figures;
  const why = EXPLAINED[row];
  return cell([...shown, ...(why === undefined ? [] : [`*${why}*`])].join("<br>"));
}

/** The page with its table made anew. @throws {Error} when it has no place for it */
export function makeReliability(page: string, measured: readonly Measured[], how: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start === -1 || end < start) throw new Error("Page has no place for the table");
  const rows = (Object.keys(ROWS) as RowName[]).map((row) => `${rowHead(row)} ${figuresOf(row, measured)} |`);
  const table = [how, "", "| row | what | figure to hold | measured |", "|---|---|---|---|", ...rows].join("\n");
  return `${page.slice(0, start + START.length)}\n${table}\n${page.slice(end)}`;
}

/** Runs the tests; those that fail measure nothing. @param args more of `deno test` */
async function measure(args: readonly string[]): Promise<{ measured: Measured[]; isGood: boolean }> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-reliability-" });
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", "--allow-all", "tests/reliability/", ...args],
    cwd: new URL("../../", import.meta.url),
    env: { RELIABILITY_OUT: folder },
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const measured: Measured[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    measured.push(JSON.parse(await Deno.readTextFile(`${folder}/${name}`)));
  }
  await Deno.remove(folder, { recursive: true });
  return { measured, isGood: success };
}

const load = () => Deno.loadavg()[0]!.toFixed(0);

if (import.meta.main) {
  const before = load();
  const { measured, isGood } = await measure(Deno.args);
  const day = new Date().toISOString().slice(0, 10);
  const how =
    `Measured on ${day} on ${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}, load ${before} ` +
    `at the start and ${load()} at the end${isGood ? "" : "; some tests of this run failed"}.`;
  await Deno.writeTextFile(
    RELIABILITY_PAGE,
    makeReliability(await Deno.readTextFile(RELIABILITY_PAGE), measured, how),
  );
  const missing = (Object.keys(ROWS) as RowName[]).filter((row) => !measured.some((one) => one.row === row));
  console.log(`${measured.length} tests measured; without a figure: ${missing.join(", ") || "none"}`);
  if (!isGood) Deno.exit(1);
}

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EXPLAINED } from "../reliability/explained.ts";
import { type RowName, ROWS } from "../reliability/rows.ts";
import { makeReliability, RELIABILITY_PAGE, rowHead } from "./reliability.ts";

const names = Object.keys(ROWS) as RowName[];

Deno.test("docs/reliability.md has every row as it is in the table, and why it misses where it does", async () => {
  const page = await Deno.readTextFile(RELIABILITY_PAGE);
  for (const row of names) assertStringIncludes(page, rowHead(row));
  for (const why of Object.values(EXPLAINED)) assertStringIncludes(page, why);
});

Deno.test("every row is the name of a test", async () => {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(new URL("../reliability/", import.meta.url))) {
    if (name.endsWith("_test.ts")) {
      texts.push(await Deno.readTextFile(new URL(`../reliability/${name}`, import.meta.url)));
    }
  }
  const all = texts.join("\n");
  // F1 is tried by the test of T26, which says so at its head.
  const missing = names.filter((row) => !all.includes(`"${row}"`) && !(row === "F1" && /^\/\*\* T26, F1:/m.test(all)));
  assertEquals(missing, []);
});

Deno.test("makeReliability() shows figures and rows without one, and needs its place", () => {
  const page = "head\n<!-- made: rows -->\nstale\n<!-- end -->\ntail\n";
  const made = makeReliability(page, [{ row: "T1", name: "a", figures: ["5 | 6"] }], "how");
  assertStringIncludes(made, `${rowHead("T1")} 5 \\| 6`);
  assertStringIncludes(made, `${rowHead("T2")} not measured in this run`);
  assert(made.startsWith("head\n") && made.endsWith("<!-- end -->\ntail\n") && !made.includes("stale"));
  assertThrows(() => makeReliability("nothing", [], "how"));
});

import { assert, assertEquals } from "@std/assert";
import { PARAM_ENTRIES, TRANSFORM_ENTRIES } from "../../codec/params.ts";
import { isMovingWebp } from "../doubles/animation_reader.ts";
import { decodePicture } from "../doubles/decode.ts";
import { EXAMPLES } from "./parameter_examples.ts";
import { PARAMETERS_PAGE, parametersMarkdown, pictureName } from "./parameters.ts";

const MAX_PICTURE_BYTES = 15_000;
const MAX_TOTAL_BYTES = 600_000;

Deno.test("docs/parameters.md says what the table says", async () => {
  assertEquals(await Deno.readTextFile(PARAMETERS_PAGE), parametersMarkdown());
});

Deno.test("EXAMPLES shows each parameter in one to three pictures, and names it in one of them", () => {
  for (const [name, row] of TRANSFORM_ENTRIES) {
    const shown = EXAMPLES[name];
    assert(shown.length >= 1 && shown.length <= 3, name);
    assert(shown.some(({ query }) => new URLSearchParams(query).has(row.key)), name);
  }
});

Deno.test("docs/parameters/ holds the page's pictures, small and of the width of a column", async () => {
  const names = PARAM_ENTRIES.flatMap(([name]) => EXAMPLES[name].map((_, at) => pictureName(name, at)));
  const folder = new URL("./parameters/", PARAMETERS_PAGE);
  const found = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assertEquals(found.toSorted(), names.toSorted());
  let total = 0;
  for (const name of names) {
    const bytes = await Deno.readFile(new URL(name, folder));
    total += bytes.length;
    assert(bytes.length <= MAX_PICTURE_BYTES, `${name} has ${bytes.length} bytes`);
    if (isMovingWebp(bytes)) continue;
    const { width } = await decodePicture("webp", bytes);
    assert(width >= 80 && width <= 240, `${name} is ${width} px wide`);
  }
  assert(total < MAX_TOTAL_BYTES, `${total} bytes`);
});

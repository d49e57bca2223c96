/**
 * Writes docs/parameters.md and its pictures, made by the engine itself: `deno task docs:parameters`.
 *
 * @module
 */
import { createEngine, type Engine } from "../../codec/engine.ts";
import type { Inspection } from "../../codec/job.ts";
import { DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";
import { describeAllowed, PARAM_ENTRIES, type ParamName, PARAMS } from "../../codec/params.ts";
import { planTransform } from "../../codec/plan.ts";
import { normalizeTransform, parseParams, type Transform } from "../../codec/transform.ts";
import { fixture } from "../doubles/app.ts";
import { EXAMPLES, type Shown } from "./parameter_examples.ts";

/** Where the page lies. */
export const PARAMETERS_PAGE = new URL("../../docs/parameters.md", import.meta.url);
const PICTURES = new URL("./parameters/", PARAMETERS_PAGE);

/** Name of a picture below docs/parameters/. */
export function pictureName(name: ParamName, at: number): string {
  return `${PARAMS[name].key}-${at + 1}.webp`;
}

function section(name: ParamName): string {
  const row = PARAMS[name];
  const given = row.default === null ? "none" : `\`${row.default}\``;
  const cells = EXAMPLES[name];
  return [
    `## \`${row.key}\``,
    "",
    `${row.doc}.`,
    "",
    `Allowed: ${describeAllowed(row)}. Default: ${given}.`,
    ...(cells.length === 0 ? [] : ["", ...table(name, cells)]),
  ].join("\n");
}

function table(name: ParamName, cells: readonly Shown[]): readonly string[] {
  return [
    `| ${cells.map((shown) => `\`?${shown.query}\``).join(" | ")} |`,
    `|${"---|".repeat(cells.length)}`,
    `| ${cells.map((shown, at) => `![${alt(shown)}](parameters/${pictureName(name, at)})`).join(" | ")} |`,
    `| ${cells.map((shown) => shown.note ?? "").join(" | ")} |`,
  ];
}

const alt = ({ from, query }: Shown) => `${from} by ${query}`;

/** The text of the page. */
export function parametersMarkdown(): string {
  const sections = PARAM_ENTRIES.map(([name]) => section(name));
  const intro = [
    "# Parameters",
    "",
    "Made by `deno task docs:parameters` from the table in codec/params.ts; every picture is what the URL gives as WebP.",
    "EXIF's turn comes first, then `rotate` and `flip`, `trim`, `aspect`, the box of `w` × `h` with `fit`, the effects, `pad`.",
  ].join("\n");
  return `${[intro, ...sections].join("\n\n")}\n`;
}

async function renderOne(engine: Engine, file: Uint8Array<ArrayBuffer>, transform: Transform) {
  const { result } = await engine.execute({ kind: "inspect", maxPixels: DEFAULT_MAX_PIXELS }, file);
  const seen = result as Inspection;
  const plan = planTransform(seen, normalizeTransform(transform, seen), DEFAULT_MAX_PIXELS);
  return (await engine.execute({ kind: "render", plan, sourceFormat: seen.format }, file)).bytes;
}

/** Width of what the table of examples shows as something else than WebP, in px. */
const SHOWN_WIDTH = 240;

/** Makes one picture. */
export async function makePicture(engine: Engine, shown: Shown): Promise<Uint8Array<ArrayBuffer>> {
  const params = parseParams(new URLSearchParams(shown.query));
  const original = await fixture(shown.from);
  if (shown.seenAfterShare === undefined) return await renderOne(engine, original, { ...params, format: "webp" });
  const jpeg = await renderOne(engine, original, { ...params, format: "jpeg" });
  const arrived = jpeg.slice(0, Math.floor(jpeg.length * shown.seenAfterShare));
  const plain = parseParams(new URLSearchParams(`w=${SHOWN_WIDTH}`));
  return await renderOne(engine, arrived, { ...plain, format: "webp" });
}

if (import.meta.main) {
  const engine = await createEngine();
  await Deno.remove(PICTURES, { recursive: true }).catch(() => {});
  await Deno.mkdir(PICTURES, { recursive: true });
  let total = 0;
  for (const [name] of PARAM_ENTRIES) {
    for (const [at, shown] of EXAMPLES[name].entries()) {
      const bytes = await makePicture(engine, shown);
      total += bytes.length;
      await Deno.writeFile(new URL(pictureName(name, at), PICTURES), bytes);
    }
  }
  await Deno.writeTextFile(PARAMETERS_PAGE, parametersMarkdown());
  console.log(`${total} bytes of pictures`);
}

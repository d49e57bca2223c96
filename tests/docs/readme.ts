/**
 * The parts of the README that are made from the tables: `deno task docs` writes them, a test compares.
 *
 * @module
 */
import { paramsMarkdown } from "../../codec/params.ts";
import { operationsMarkdown } from "../../routes/api/v1/_operations.ts";
import { configMarkdown } from "../../routes/config.ts";

/** Where it lies. */
export const README = new URL("../../README.md", import.meta.url);

const PARTS: Readonly<Record<string, () => string>> = {
  parameters: paramsMarkdown,
  operations: operationsMarkdown,
  configuration: configMarkdown,
};

/** The README with every `<!-- made: NAME -->` part made anew. @throws {Error} when a part has no place */
export function makeReadme(text: string): string {
  return Object.entries(PARTS).reduce((readme, [name, make]) => {
    const place = new RegExp(`(<!-- made: ${name} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`);
    if (!place.test(readme)) throw new Error(`README has no place for the part "${name}"`);
    return readme.replace(place, (_, start, end) => start + make() + end);
  }, text);
}

if (import.meta.main) await Deno.writeTextFile(README, makeReadme(await Deno.readTextFile(README)));

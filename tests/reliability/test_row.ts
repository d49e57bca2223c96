/**
 * Tests named by the rows of {@linkcode ROWS}, whose figures go into docs/reliability.md.
 *
 * @module
 */
import { type RowName, ROWS } from "./rows.ts";

/** Tells a figure that was measured; shown in the table and printed. */
export type Measure = (figure: string) => void;

/** What one test of a row measured. */
export interface Measured {
  readonly row: RowName;
  readonly name: string;
  readonly figures: readonly string[];
}

/** A test of a row. It fails when it measures nothing. */
export function testRow(
  row: RowName,
  name: string,
  run: (measure: Measure) => Promise<void> | void,
  options: Omit<Deno.TestDefinition, "name" | "fn"> = {},
): void {
  Deno.test({
    ...options,
    name: `${row} ${ROWS[row].what}: ${name}`,
    async fn() {
      const figures: string[] = [];
      await run((figure) => figures.push(figure));
      if (figures.length === 0) throw new Error(`The test of ${row} measured nothing`);
      await keep({ row, name, figures });
    },
  });
}

/** One file a test, since test files run in processes of their own. */
async function keep(measured: Measured): Promise<void> {
  const folder = Deno.env.get("RELIABILITY_OUT");
  if (folder === undefined) return;
  await Deno.writeTextFile(`${folder}/${measured.row}-${crypto.randomUUID()}.json`, JSON.stringify(measured));
}

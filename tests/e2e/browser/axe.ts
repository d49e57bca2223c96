/**
 * Accessibility of a page, by axe-core.
 *
 * @module
 */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** Rules of WCAG 2.0 to 2.2, levels A and AA. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What a theme can change: the document is the same in both. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

const RUN_ONLY = {
  all: { type: "tag", values: TAGS },
  colours: { type: "rule", values: COLOUR_RULES },
} as const;

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
  }[];
}

/** What lies half under a bar that stays at an edge of the window can be scrolled out from under it. */
const isUnderBar = (id: string, summary: string) => id === "target-size" && summary.includes("partially obscured");

/**
 * What axe-core finds on a page as it stands, in words; empty = nothing.
 *
 * @param rules `colours` where the same document was looked at whole in the other theme
 */
export async function axeFaults(page: Page, rules: keyof typeof RUN_ONLY = "all"): Promise<string[]> {
  // The page's policy lets no script in by its text; the debugger's side door isn't part of the page.
  if (!await page.evaluate<boolean>("'axe' in window")) await page.evaluate(axe.source);
  const result = await page.evaluate<AxeResult>(
    `axe.run(document, ${JSON.stringify({ runOnly: RUN_ONLY[rules], resultTypes: ["violations"] })})`,
  );
  return result.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.filter(({ failureSummary }) => !isUnderBar(id, failureSummary)).map((node) =>
      `${page.url()}: ${id} (${impact}): ${help}: ${node.target.join(" ")}: ${node.failureSummary}`
    )
  );
}

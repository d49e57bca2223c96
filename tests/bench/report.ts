/**
 * The written report: sections that were measured take the place of those of the same title, the rest stays.
 *
 * @module
 */

/** A section as Markdown, its title first. */
interface WrittenSection {
  readonly title: string;
  readonly text: string;
}

const HEADING = /^## (.+)$/m;

/** The sections of a report; what stands before the first of them is left out. */
function sectionsOf(report: string): WrittenSection[] {
  return report.split(/^(?=## )/m).flatMap((text) => {
    const title = HEADING.exec(text)?.[1];
    return title === undefined || !text.startsWith("## ") ? [] : [{ title, text: text.trimEnd() }];
  });
}

/**
 * Puts measured sections into a report.
 *
 * @param old the report so far; empty where there is none
 * @param head what stands before the sections
 * @param measured sections as Markdown; new titles go to the end
 */
export function mergeReport(old: string, head: string, measured: readonly string[]): string {
  const fresh = measured.flatMap(sectionsOf);
  const kept = sectionsOf(old).map((section) => fresh.find(({ title }) => title === section.title) ?? section);
  const added = fresh.filter(({ title }) => !kept.some((section) => section.title === title));
  return `${[head.trimEnd(), ...[...kept, ...added].map(({ text }) => text)].join("\n\n")}\n`;
}

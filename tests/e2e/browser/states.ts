/**
 * A page in its states: what can be unfolded, and whether all of it can be reached.
 *
 * @module
 */
import type { Page } from "playwright-core";

/** Opens every part of a page that can be unfolded, but the menus that lie over it. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(
    "for (const one of document.querySelectorAll('details:not([data-menu])')) one.open = true",
  );
}

/** Of many parts that are drawn alike, all but every fifth are folded again: enough to see how they look. */
export async function foldAlike(page: Page): Promise<void> {
  await page.evaluate(
    "document.querySelectorAll('details.operation').forEach((one, at) => { one.open = at % 5 === 0 })",
  );
}

/** What of a page can't be reached without scrolling sideways, in words; empty = nothing. */
export async function overflow(page: Page): Promise<string[]> {
  const { innerWidth, scrollWidth } = await page.evaluate<{ innerWidth: number; scrollWidth: number }>(
    "({ innerWidth, scrollWidth: document.documentElement.scrollWidth })",
  );
  return scrollWidth > innerWidth ? [`${page.url()} is ${scrollWidth} px wide in ${innerWidth}`] : [];
}

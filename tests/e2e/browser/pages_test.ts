/** Every page of the dashboard in both themes, at a desk and on a phone: nothing serious for axe-core, nothing cut off. */
import { assertEquals } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SIZES } from "./browser.ts";
import { OPEN_PAGES, OWN_PAGES, prepareOwner } from "./paths.ts";
import { hasFolds, overflow, unfold } from "./states.ts";

async function look(page: Page, paths: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const path of paths) {
    const response = await page.goto(path, { waitUntil: "load" });
    if (response?.status() !== 200) faults.push(`${path} answers ${response?.status()}`);
    faults.push(...await axeFaults(page), ...await overflow(page));
    if (!await hasFolds(page)) continue;
    await unfold(page);
    faults.push(...[...await axeFaults(page), ...await overflow(page)].map((fault) => `unfolded: ${fault}`));
  }
  return faults;
}

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["light at a desk", { colorScheme: "light", viewport: SIZES.desk }],
  ["dark at a desk", { colorScheme: "dark", viewport: SIZES.desk }],
  ["dark on a phone", { colorScheme: "dark", viewport: SIZES.phone }],
  ["light on a phone, in Korean", { colorScheme: "light", viewport: SIZES.phone, locale: "ko-KR" }],
];

async function lookAtAll(site: Site, options: BrowserContextOptions, paths: readonly string[], link: string | null) {
  const { context, page } = await site.open({ reducedMotion: "reduce", ...options });
  if (link !== null) await page.goto(link);
  const faults = await look(page, paths);
  await context.close();
  return faults;
}

browserTest("every page: axe-core finds nothing, and 320 px are enough", async (site) => {
  const own = await prepareOwner(site);
  const faults: string[] = [];
  for (const [name, options] of LOOKS) {
    const found = [
      ...await lookAtAll(site, options, OPEN_PAGES, null),
      ...await lookAtAll(site, options, [...OWN_PAGES, ...own.pages], await own.signInLink()),
    ];
    faults.push(...found.map((fault) => `${name}: ${fault}`));
  }
  assertEquals(faults, []);
});

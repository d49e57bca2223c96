/** Every page of the dashboard in both themes, at a desk and on a phone: nothing serious for axe-core, nothing cut off. */
import { assertEquals } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SIZES } from "./browser.ts";
import { OPEN_PAGES, OWN_PAGES, prepareOwner } from "./paths.ts";
import { foldAlike, overflow, unfold } from "./states.ts";

interface Look {
  readonly options: BrowserContextOptions;
  /** Which of axe-core's rules; the first look sees every document whole. */
  readonly rules: "all" | "colours";
  /** Whether each of many parts that are drawn alike is looked at. */
  readonly isWhole: boolean;
}

const LOOKS: Readonly<Record<string, Look>> = {
  "light at a desk": { options: { colorScheme: "light", viewport: SIZES.desk }, rules: "all", isWhole: true },
  "dark at a desk": { options: { colorScheme: "dark", viewport: SIZES.desk }, rules: "colours", isWhole: false },
  "dark on a phone": { options: { colorScheme: "dark", viewport: SIZES.phone }, rules: "all", isWhole: false },
  "light on a phone, in Korean": {
    options: { colorScheme: "light", viewport: SIZES.phone, locale: "ko-KR" },
    rules: "all",
    isWhole: false,
  },
};

/** A page as it comes fits; unfolded, when it shows all that it can, nothing is wrong with it. */
async function inspect(page: Page, path: string, { rules, isWhole }: Look): Promise<string[]> {
  const response = await page.goto(path, { waitUntil: "load" });
  const faults = response?.status() === 200 ? [] : [`${path} answers ${response?.status()}`];
  faults.push(...await overflow(page));
  await unfold(page);
  faults.push(...await overflow(page));
  if (!isWhole) await foldAlike(page);
  return [...faults, ...await axeFaults(page, rules)];
}

/** Signs in once; every look has a browser of its own, with the same session. */
async function sessionOf(site: Site, link: string) {
  const { context, page } = await site.open();
  await page.goto(link);
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

browserTest("every page: axe-core finds nothing, and 320 px are enough", async (site) => {
  const own = await prepareOwner(site);
  const cookies = await sessionOf(site, await site.firstLink());
  const faults: string[] = [];
  for (const [name, look] of Object.entries(LOOKS)) {
    const { context, page } = await site.open({ reducedMotion: "reduce", ...look.options });
    for (const [at, path] of [...OPEN_PAGES, ...OWN_PAGES, ...own.pages].entries()) {
      if (at === OPEN_PAGES.length) await context.addCookies(cookies);
      faults.push(...(await inspect(page, path, look)).map((fault) => `${name}: ${fault}`));
    }
    await context.close();
  }
  assertEquals(faults, []);
});

/**
 * Every page as a picture, in both themes, at phone width and in Korean, into `screenshots/` (not committed), to be
 * looked at.
 *
 *     deno task screenshots          all of them
 *     deno task screenshots --docs   and the small ones of the README anew
 *
 * @module
 */
import type { BrowserContextOptions, Page } from "playwright-core";
import { type Site, SIZES, SKIPPED, withSite } from "./browser.ts";
import { asOwner, OPEN_PAGES, OWN_PAGES, prepareOwner } from "./paths.ts";

const OUT = new URL("../../../screenshots/", import.meta.url);
const DOCS = new URL("../../../docs/pictures/", import.meta.url);
/** Quality of the README's pictures, so that each stays below 100 KB. */
const DOCS_QUALITY = 82;

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: "light", viewport: SIZES.desk },
  dark: { colorScheme: "dark", viewport: SIZES.desk },
  phone: { colorScheme: "light", viewport: SIZES.phone, deviceScaleFactor: 2 },
  korean: { colorScheme: "light", viewport: SIZES.desk, locale: "ko-KR" },
};

/** Pages of the README: name of the picture, path, look. */
const README = [["home", "/", "light"], ["usage", "/usage", "dark"], ["library", "/images", "light"]] as const;

const fileOf = (path: string) =>
  path === "/" ? "home" : path.slice(1).replaceAll("/", "-").replace(/^images-[0-9a-f]{16}$/, "image");

/** Waits for what scripts draw, and lets pictures below the fold load. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
  await page.waitForLoadState("networkidle");
  await page.evaluate("window.scrollTo(0, 0)");
}

async function signIn(site: Site, page: Page, link: string, isKorean: boolean): Promise<void> {
  await page.goto(link);
  const language = isKorean ? "ko" : "en";
  const headers = { "content-type": "application/json" };
  await (await asOwner(site, "/api/v1/settings", { method: "PUT", headers, body: JSON.stringify({ language }) })).body
    ?.cancel();
}

/** More pictures, so that lists look as they do in use. */
async function fillLibrary(site: Site): Promise<void> {
  const pictures = {
    "blog/dusk.jpg": "w=1200&contrast=15",
    "products/poster.jpg": "w=1000&flip=h&contrast=25",
    "quiet.jpg": "w=900&aspect=1:1&saturation=-60",
    "morning.jpg": "w=1200&aspect=16:9&brightness=18",
    "print.jpg": "w=1100&grayscale=true",
    "evening.jpg": "w=1000&aspect=4:3&flip=h&saturation=40",
  };
  for (const [name, query] of Object.entries(pictures)) {
    const picture = await fetch(`${site.url}/sample/photo.jpg?${query}`);
    const body = new FormData();
    body.append("file", new File([await picture.bytes()], name.split("/").at(-1)!));
    body.append("path", name);
    await (await asOwner(site, "/api/v1/images", { method: "POST", body })).body?.cancel();
  }
}

async function shootAll(site: Site, withDocs: boolean): Promise<void> {
  const own = await prepareOwner(site);
  await fillLibrary(site);
  await Deno.mkdir(OUT, { recursive: true });
  for (const [look, options] of Object.entries(LOOKS)) {
    const { context, page } = await site.open({ reducedMotion: "reduce", ...options });
    for (const [at, path] of [...OPEN_PAGES, ...OWN_PAGES, ...own.pages].entries()) {
      if (at === OPEN_PAGES.length) await signIn(site, page, await own.signInLink(), look === "korean");
      await page.goto(path);
      await settle(page);
      await page.screenshot({ path: new URL(`${fileOf(path)}-${look}.png`, OUT).pathname, fullPage: true });
      const picture = README.find(([, one, its]) => one === path && its === look);
      if (!withDocs || picture === undefined) continue;
      const file = new URL(`${picture[0]}.jpg`, DOCS).pathname;
      await page.screenshot({ path: file, type: "jpeg", quality: DOCS_QUALITY });
    }
    await context.close();
  }
}

if (import.meta.main) {
  if (SKIPPED === null) await withSite((site) => shootAll(site, Deno.args.includes("--docs")));
  console.log(SKIPPED ?? `Screenshots are in ${OUT.pathname}`);
}

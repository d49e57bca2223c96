/**
 * The library page in a real Chromium, with 10,000 and 100,000 images: first paint, scripts, and how long a click, a
 * search and the way to the list's end take.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";
import type { UserId, UserName } from "../../kv/ids.ts";
import { Sessions } from "../../kv/sessions.ts";
import { Store } from "../../kv/store.ts";
import { Users } from "../../kv/users.ts";
import { SESSION_COOKIE } from "../../routes/_http/session_cookie.ts";
import { seedImages } from "../doubles/many_images.ts";
import { findChromium } from "../e2e/browser/browser.ts";
import { type Child, startChild, temporaryFolder } from "./children.ts";
import { median, quantile } from "./stats.ts";
import { fixed, kib, type Section } from "./table.ts";

/** How much is measured. */
export interface LibraryOptions {
  readonly sizes: readonly number[];
  readonly rounds: number;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const THUMBNAIL = new URL("../fixtures/files/quarters.png", import.meta.url);
const PERMISSIONS = ["net", "read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`);
const VIEWPORT = { width: 1280, height: 900 };
/** Words of the names that are seeded: a tenth of all holds each. */
const SEARCHES = ["beach", "harbour", "screen", "product", "café"];
const PAGE = "/images?all=1";

/** A user with many images, and a session of theirs. */
async function seed(dataDir: string, images: number): Promise<string> {
  await Deno.mkdir(dataDir, { recursive: true });
  const kv = await Deno.openKv(`${dataDir}/kv.sqlite3`);
  const store = new Store(kv, { sleep: (ms) => new Promise((r) => setTimeout(r, ms)), random: Math.random });
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const deps = { now: Date.now, randomBytes, newUuid: () => crypto.randomUUID() };
  const { id } = (await new Users(store, deps).create("many" as UserName, null, "pro"))!;
  await seedImages(store, id as UserId, images);
  const session = await new Sessions(store, deps).create(id);
  store.close();
  return session;
}

function start(folder: string, dataDir: string): Promise<Child> {
  const env = { DATA_DIR: dataDir, HOST: "127.0.0.1", PORT: "0", LOG_FORMAT: "json", QUOTAS: "off" };
  return startChild(
    [Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS, MAIN],
    `${folder}/server.log`,
    env,
    async () => {
      const { url } = JSON.parse(await Deno.readTextFile(`${dataDir}/server.json`)) as { url: string };
      // Scripts are bundled after a first start.
      const response = await fetch(`${url}/static/_built/manifest.json`);
      await response.body?.cancel();
      return response.ok ? url : null;
    },
  );
}

/** A page of the user. The records that are seeded have no bytes behind them: one small file stands for all of them. */
async function open(browser: Browser, { origin }: Child, session: string): Promise<Page> {
  const context = await browser.newContext({ viewport: VIEWPORT, baseURL: origin });
  await context.addCookies([{ name: SESSION_COOKIE, value: session, url: origin }]);
  const body = await Deno.readFile(THUMBNAIL);
  await context.route("**/i/many/**", (route) => route.fulfill({ contentType: "image/png", body: body as never }));
  return await context.newPage();
}

/** What the browser tells of a page that has come. */
interface Loaded {
  readonly firstPaintMs: number;
  readonly responseMs: number;
  readonly readyMs: number;
  readonly htmlBytes: number;
  readonly scripts: readonly string[];
}

const LOADED = `({
  firstPaintMs: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  responseMs: performance.getEntriesByType("navigation")[0].responseEnd,
  readyMs: performance.now(),
  htmlBytes: performance.getEntriesByType("navigation")[0].decodedBodySize,
  scripts: performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).map(({ name }) => name),
})`;

async function load(page: Page): Promise<Loaded> {
  await page.goto(PAGE);
  await page.locator(".tile-check").first().waitFor();
  return await page.evaluate<Loaded>(LOADED);
}

async function gzipBytes(url: string): Promise<number> {
  const packed = (await fetch(url)).body!.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}

/** Begins to note how long the browser takes from an input to the next picture of the page (Event Timing API). */
const WATCH_EVENTS = `globalThis.delays = [];
new PerformanceObserver((list) => {
  for (const { name, duration } of list.getEntries()) globalThis.delays.push([name, duration]);
}).observe({ type: "event", durationThreshold: 16 })`;

/** The least that the browser tells of. */
const LEAST_MS = 16;

/** Delays of one kind of event; one that was too short to be told counts as the least. */
async function delaysOf(page: Page, names: readonly string[], count: number): Promise<number[]> {
  await page.waitForTimeout(300);
  const all = await page.evaluate<[string, number][]>("globalThis.delays.splice(0)");
  const found = all.filter(([name]) => names.includes(name)).map(([, ms]) => ms);
  return [...found, ...Array.from({ length: Math.max(0, count - found.length) }, () => LEAST_MS)];
}

async function clicks(page: Page, rounds: number): Promise<number[]> {
  await page.evaluate(WATCH_EVENTS);
  for (let at = 0; at < rounds; at++) await page.locator(".tile-check input").nth(at % 12).click();
  const delays = await delaysOf(page, ["click"], rounds);
  await page.keyboard.press("Escape");
  return delays;
}

async function clearSearch(page: Page, images: number): Promise<void> {
  await page.getByRole("searchbox").fill("");
  await page.locator(`.tile[aria-setsize="${images}"]`).first().waitFor();
}

/** Types words; gives the delays of the keys, and how long the results took after the last one. */
async function searches(page: Page, images: number, rounds: number): Promise<{ keys: number[]; results: number[] }> {
  const [keys, results]: [number[], number[]] = [[], []];
  for (let at = 0; at < rounds; at++) {
    const word = SEARCHES[at % SEARCHES.length]!;
    const field = page.getByRole("searchbox");
    await clearSearch(page, images);
    await field.focus();
    await page.keyboard.type(word, { delay: 40 });
    const startedAt = performance.now();
    const named = (name: string | null) => name?.toLowerCase().includes(word);
    while (!named(await page.locator(".tile-name").first().textContent())) await page.waitForTimeout(5);
    results.push(performance.now() - startedAt);
    keys.push(...await delaysOf(page, ["keydown", "input"], word.length));
  }
  await clearSearch(page, images);
  return { keys, results };
}

/** From the key to the last picture's name. */
async function toEnd(page: Page, images: number): Promise<number> {
  await page.locator(".tile a").first().focus();
  const startedAt = performance.now();
  await page.keyboard.press("End");
  await page.locator(`.tile[aria-posinset="${images}"] .tile-link`).waitFor();
  const ms = performance.now() - startedAt;
  await page.keyboard.press("Home");
  await page.locator('.tile[aria-posinset="1"] .tile-link').waitFor();
  return ms;
}

async function measure(browser: Browser, images: number, rounds: number): Promise<string[][]> {
  await using folder = await temporaryFolder();
  const dataDir = `${folder.path}/data`;
  console.error(`library: writing ${images} images`);
  const session = await seed(dataDir, images);
  const server = await start(folder.path, dataDir);
  try {
    const page = await open(browser, server, session);
    const cold = await load(page);
    const loads: Loaded[] = [];
    for (let round = 0; round < rounds; round++) loads.push(await load(page));
    const scripts = await Promise.all(cold.scripts.map(gzipBytes));
    const clicked = await clicks(page, rounds * 4);
    const searched = await searches(page, images, rounds);
    const ends: number[] = [];
    for (let round = 0; round < rounds; round++) ends.push(await toEnd(page, images));
    const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
    const row = (name: string, values: readonly number[]) => [
      images.toLocaleString("en-US"),
      name,
      fixed(median(values)),
      fixed(quantile(values, 0.95)),
    ];
    return [
      row("first paint after a start of the server, ms", [cold.firstPaintMs]),
      row("first paint, ms", loads.map(({ firstPaintMs }) => firstPaintMs)),
      row("page answered, ms", loads.map(({ responseMs }) => responseMs)),
      row("ready for input, ms", loads.map(({ readyMs }) => readyMs)),
      row("delay of a click (select), ms", clicked),
      row("delay of a key in the search, ms", searched.keys),
      row("results after the last key, ms", searched.results),
      row("to the end of the list, ms", ends),
      [images.toLocaleString("en-US"), "elements of the page", String(nodes), "–"],
      [images.toLocaleString("en-US"), "page, KiB", kib(cold.htmlBytes), "–"],
      [
        images.toLocaleString("en-US"),
        "scripts gzipped, KiB",
        kib(scripts.reduce((sum, bytes) => sum + bytes, 0)),
        "–",
      ],
    ];
  } finally {
    await server.stop();
  }
}

/** The library. Nothing where there is no Chromium. */
export async function benchLibrary({ sizes, rounds }: LibraryOptions): Promise<Section[]> {
  const program = await findChromium();
  if (program === null) {
    console.error("library: skipped, since Chromium is not installed");
    return [];
  }
  const { stdout } = await new Deno.Command("which", { args: [program] }).output();
  const executablePath = new TextDecoder().decode(stdout).trim();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  try {
    const rows: string[][] = [];
    for (const size of sizes) rows.push(...await measure(browser, size, rounds));
    const notes = [
      `Chromium ${browser.version()}, ${VIEWPORT.width} × ${VIEWPORT.height}, real server on the same machine; all images in one list, newest first`,
      "Delays by the Event Timing API: from the input to the next picture of the page, 16 ms being the least it tells",
      "The seeded records have no bytes: one small file stands for every thumbnail, so making thumbnails is not in these figures",
    ];
    return [{ title: "The library in a browser", notes, header: ["images", "what", "median", "p95"], rows }];
  } finally {
    await browser.close();
  }
}

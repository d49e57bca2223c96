/**
 * The real program and a real Chromium: what a person sees and does. Every page opened here fails its test when the
 * browser's console tells of an error, or when a script throws.
 *
 * @module
 */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { hasProgram } from "../../doubles/has_program.ts";
import { startServer, type TestServer, withFolder } from "../../doubles/server.ts";

const CANDIDATES = ["chromium", "chromium-browser", "google-chrome"];
const STOP_MS = 10_000;
/** A busy machine makes a picture slower, not a page wrong: nothing here is about time. */
const PATIENT_MS = 120_000;
const PATIENT = {
  CODEC_QUEUE_TIMEOUT_MS: String(PATIENT_MS),
  CODEC_DEADLINE_MS: String(PATIENT_MS),
  ANALYSIS_DEADLINE_MS: String(PATIENT_MS),
};

/** Name of an installed Chromium, or null. */
export async function findChromium(): Promise<string | null> {
  for (const name of CANDIDATES) if (await hasProgram(name, ["--version"])) return name;
  return null;
}

const path = await findChromium();

/** Why tests in a browser are skipped here; null = they are not. Prints it once. */
export const SKIPPED: string | null = path === null ? "Chromium is not installed" : null;
if (SKIPPED !== null) console.log(`skipped: tests in a browser, since ${SKIPPED}`);

/** What went wrong in the pages of a context, in words. */
export type Faults = string[];

/** A server, a browser, and what they can do together. */
export interface Site {
  readonly server: TestServer;
  readonly url: string;
  /** Settings of the server, for the command line beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly browser: Browser;
  /** Of everything opened by {@linkcode Site.open}. A test that provokes an error takes it out again. */
  readonly faults: Faults;
  /** A fresh browser without cookies. Addresses without a host are the server's. */
  open(options?: BrowserContextOptions): Promise<{ context: BrowserContext; page: Page }>;
  /** The first start's link, which signs in once as `owner`. */
  firstLink(): Promise<string>;
  /** The first start's API key, of `owner`. */
  firstKey(): Promise<string>;
}

/** Sizes that pages are looked at in, in CSS px. */
export const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 320, height: 640 } } as const;

/** Notes what a page's console tells. */
export function watch(page: Page, faults: Faults): void {
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    faults.push(`${page.url()}: ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
}

/** Ends a server of a test; one that hangs is killed. */
async function stop(server: TestServer): Promise<void> {
  server.signal("SIGTERM");
  const timer = setTimeout(() => server.signal("SIGKILL"), STOP_MS);
  await server.ended;
  clearTimeout(timer);
}

/** Waits until the islands are bundled: a first start serves its pages before. */
async function untilScripts(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/static/_built/manifest.json`);
    await response.body?.cancel();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function launch(): Promise<Browser> {
  const flags = ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"];
  return await chromium.launch({ executablePath: await whole(path!), args: flags });
}

/** Playwright wants a whole path. */
async function whole(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("which", { args: [name] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/**
 * Runs a test with a server on a fresh folder and a browser.
 *
 * @param env settings of the server
 * @throws {Error} when a page's console told of an error
 */
export async function withSite(
  run: (site: Site) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, ...PATIENT, ...env });
    const browser = await launch();
    const faults: Faults = [];
    try {
      await untilScripts(server.url);
      await run({
        server,
        url: server.url,
        env: { DATA_DIR: dataDir, ...env },
        browser,
        faults,
        async open(options = {}) {
          const context = await browser.newContext({ baseURL: server.url, viewport: SIZES.desk, ...options });
          context.setDefaultTimeout(PATIENT_MS);
          context.on("page", (page) => watch(page, faults));
          return { context, page: await context.newPage() };
        },
        firstLink: () => Deno.readTextFile(`${dataDir}/first-sign-in`),
        firstKey: () => Deno.readTextFile(`${dataDir}/first-key`),
      });
    } finally {
      await browser.close();
      await stop(server);
    }
    if (faults.length > 0) throw new Error(`Console of the browser told of errors:\n${faults.join("\n")}`);
  });
}

/**
 * Waits until an expression is true in the page. Playwright's own way evaluates texts inside of the page, which the
 * page's policy forbids.
 *
 * @throws {Error} when it isn't after two minutes
 */
export async function until(page: Page, expression: string): Promise<void> {
  const endMs = Date.now() + PATIENT_MS;
  while (!await page.evaluate<boolean>(expression)) {
    if (Date.now() > endMs) throw new Error(`Page never became so: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A test in a browser, skipped where there is none. */
export function browserTest(
  name: string,
  run: (site: Site) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): void {
  // Playwright keeps timers and pipes of its own for as long as the browser lives.
  Deno.test({
    name,
    ignore: SKIPPED !== null,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => withSite(run, env),
  });
}

/** The whole way of an account in a real browser: sign up, keys, presets, passkeys, look, usage, the end of it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { EN } from "../../../routes/dashboard/_text/en.ts";
import { KO } from "../../../routes/dashboard/_text/ko.ts";
import { browserTest, type Site, SIZES, until } from "./browser.ts";
import { prepareOwner } from "./paths.ts";

const { settings, shell, signIn } = EN;
const PASSWORD = "correct horse battery";

async function signUp(page: Page, name: string): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel(signIn.userName).fill(name);
  await page.getByLabel(signIn.email).fill(`${name}@example.com`);
  await page.getByLabel(signIn.password).fill(PASSWORD);
  await page.getByRole("button", { name: signIn.signUpSubmit }).click();
  await page.waitForURL("**/images");
}

/** An authenticator of the browser's own, which says yes to everything. */
async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Answers of the API with a key. */
const withKey = (site: Site, key: string) =>
  fetch(`${site.url}/api/v1/settings`, { headers: { authorization: `Bearer ${key}` } });

async function makeAndUseKey(site: Site, context: BrowserContext, page: Page): Promise<void> {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/settings");
  await page.getByLabel(settings.keyName, { exact: true }).first().fill("From a browser");
  await page.getByLabel(settings.keyExpiry).selectOption("30");
  await page.getByRole("button", { name: settings.makeKey }).click();
  await page.getByText(settings.keyMade).waitFor();
  await page.locator("#keys .notice .copy").click();
  await page.locator("#toasts").getByText(shell.copied).waitFor();
  const key = await page.evaluate<string>("navigator.clipboard.readText()");
  assertMatch(key, /^imgsrc_[A-Za-z0-9]{48}$/);
  assertEquals((await (await withKey(site, key)).json()).settings.username, "john");
  await page.getByRole("button", { name: "Revoke the key From a browser" }).click();
  await page.getByText(settings.keyRevoked).waitFor();
  const refused = await withKey(site, key);
  await refused.body?.cancel();
  assertEquals(refused.status, 401);
}

async function passkeyBothWays(context: BrowserContext, page: Page): Promise<void> {
  await addAuthenticator(context, page);
  await page.goto("/settings#passkeys");
  await page.getByLabel(settings.passkeyName).fill("My laptop");
  await page.getByRole("button", { name: settings.addPasskey }).click();
  await page.getByText(settings.passkeyAdded).waitFor();
  await page.locator("#passkeys").getByText("My laptop").waitFor();
  await page.getByRole("button", { name: settings.logOutEverywhere }).click();
  await page.waitForURL("**/sign-in");
  await page.getByRole("button", { name: signIn.withPasskey }).click();
  await page.waitForURL("**/images");
  await page.goto("/settings");
  await page.getByRole("button", { name: "Remove the passkey My laptop" }).click();
  await page.getByText(settings.passkeyRemoved).waitFor();
}

async function lookAndLanguage(page: Page): Promise<void> {
  await page.goto("/usage");
  const before = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  await page.getByRole("button", { name: shell.themeDark }).click();
  await page.waitForURL("**/usage");
  assert(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor") !== before);
  await page.getByRole("button", { name: "한국어" }).click();
  await page.getByRole("heading", { level: 1, name: KO.usage.title }).waitFor();
  await page.goto("/settings");
  await page.locator("#language").selectOption("en");
  await page.locator("#look").getByRole("button", { name: KO.shell.save }).click();
  await page.getByText(settings.saved).waitFor();
}

browserTest(
  "sign up, make a key, use it, revoke it, a passkey, theme and language, delete the account",
  async (site) => {
    const { context, page } = await site.open({ colorScheme: "light" });
    await signUp(page, "john");
    await makeAndUseKey(site, context, page);
    // What was refused stands in the console of the browser, too; here nothing may be refused.
    await passkeyBothWays(context, page);
    await lookAndLanguage(page);
    await page.goto("/settings#account");
    await page.getByLabel("Type your user name, john, to confirm").fill("john");
    await page.getByRole("button", { name: settings.deleteAccount }).click();
    await page.waitForURL(`${site.url}/`);
    await page.goto("/usage");
    await page.waitForURL("**/sign-in?next=%2Fusage");
  },
);

browserTest("the first start's link signs in once; usage and presets show what is there", async (site) => {
  await prepareOwner(site);
  const { page } = await site.open();
  const link = await site.firstLink();
  await page.goto(link);
  await page.waitForURL("**/images");
  await page.goto("/usage");
  await page.locator("canvas").first().waitFor();
  assertEquals(await page.locator(".chart canvas").count(), 6);
  await page.getByText(EN.usage.table).first().click();
  assertEquals(await page.locator(".chart").first().getByRole("row").count(), 31);
  await page.getByRole("link", { name: "holidays/mountains.jpg" }).waitFor();
  await page.goto("/settings#presets");
  const preview = page.getByAltText("A picture by the preset card");
  await preview.scrollIntoViewIfNeeded();
  await until(page, "document.querySelector('.preset-picture img').naturalWidth === 400");
  const other = await site.open();
  const again = await other.page.goto(link);
  assertEquals(again?.status(), 410);
  assertStringIncludes(await other.page.content(), signIn.linkUsed);
  // The browser's console tells of the 410, as it should.
  assertEquals(site.faults.splice(0).filter((fault) => !fault.includes("410")), []);
});

browserTest("the playground shows each change; pages work without scripts and by keyboard alone", async (site) => {
  const { page } = await site.open({ viewport: SIZES.phone });
  await page.goto("/");
  await page.locator(".play-facts .badge").waitFor();
  await page.getByLabel("AVIF", { exact: true }).check();
  const arrived = page.waitForResponse((answer) => answer.url().endsWith("/photo.avif?w=800&grayscale=true"));
  await page.getByLabel("Grayscale").check();
  await until(page, "document.querySelector('.url').textContent.endsWith('photo.avif?w=800&grayscale=true')");
  const answer = await arrived;
  assertEquals([answer.status(), answer.headers()["content-type"]], [200, "image/avif"]);
  await until(page, "document.querySelector('.play-stage img').src.startsWith('blob:')");

  const plain = await site.open({ javaScriptEnabled: false });
  await signUp(plain.page, "mary");
  await plain.page.goto("/settings");
  await plain.page.getByLabel(settings.keyName, { exact: true }).first().fill("By hand");
  await plain.page.getByRole("button", { name: settings.makeKey }).click();
  await plain.page.getByText(settings.keyMade).waitFor();
  await plain.page.goto("/");
  await plain.page.getByLabel("PNG", { exact: true }).check({ force: true });
  await plain.page.getByRole("button", { name: EN.home.show }).click();
  assertStringIncludes(await plain.page.locator(".play-stage img").getAttribute("src") ?? "", "photo.png?w=800");

  const keys = await site.open();
  await signUp(keys.page, "paul");
  await keys.page.goto("/usage");
  await keys.page.keyboard.press("Tab");
  assertEquals(await keys.page.evaluate<string>("document.activeElement.className"), "skip");
  await keys.page.keyboard.press("Enter");
  assertEquals(await keys.page.evaluate<string>("document.activeElement.id"), "main");
  await keys.page.locator("details[data-menu] > summary").focus();
  await keys.page.keyboard.press("Enter");
  await keys.page.getByRole("button", { name: shell.signOut }).waitFor();
  await keys.page.keyboard.press("Escape");
  assertEquals(await keys.page.evaluate<string>("document.activeElement.tagName"), "SUMMARY");
  await keys.page.keyboard.press("Enter");
  while (!await keys.page.evaluate<boolean>("document.activeElement.form?.action.endsWith('/sign-out') ?? false")) {
    await keys.page.keyboard.press("Tab");
  }
  await keys.page.keyboard.press("Enter");
  await keys.page.waitForURL(`${site.url}/`);
});

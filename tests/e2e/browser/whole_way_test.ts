/**
 * The whole way of a newcomer, light at a desk and dark on a phone, each state looked at in both themes: sign up,
 * publish three files, find one, transform it, copy its URL, fetch it, make a key, use it, delete, undo. Whatever opens
 * on the way is looked at by axe-core while it is open.
 */
import { assertEquals, assertMatch } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { EN } from "../../../routes/dashboard/_text/en.ts";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SIZES } from "./browser.ts";
import { overflow, unfold } from "./states.ts";

const { image, library, settings, shell, signIn } = EN;
const FIXTURES = new URL("../../fixtures/files/", import.meta.url);
const THREE = ["quarters.jpg", "fading.png", "movie.gif"];

const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ["light-desk", { colorScheme: "light", viewport: SIZES.desk }],
  ["dark-phone", { colorScheme: "dark", viewport: SIZES.phone, hasTouch: true }],
];

/** A page as it stands, everything unfolded: nothing for axe-core in either theme, nothing cut off. */
async function inspect(page: Page, state: string): Promise<void> {
  const isDark = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches");
  assertEquals([...await axeFaults(page), ...await overflow(page)], [], state);
  await page.emulateMedia({ colorScheme: isDark ? "light" : "dark" });
  assertEquals(await axeFaults(page, "colours"), [], `${state}, in the other theme`);
  await page.emulateMedia({ colorScheme: isDark ? "dark" : "light" });
}

async function copied(page: Page): Promise<string> {
  await page.locator("#toasts").getByText(shell.copied).first().waitFor();
  return await page.evaluate<string>("navigator.clipboard.readText()");
}

async function signUp(page: Page, name: string): Promise<void> {
  await page.goto("/");
  await page.goto("/sign-up");
  await page.getByLabel(signIn.userName).fill(name);
  await page.getByLabel(signIn.email).fill(`${name}@example.com`);
  await page.getByLabel(signIn.password).fill("correct horse battery");
  await inspect(page, "sign up");
  await page.getByRole("button", { name: signIn.signUpSubmit }).click();
  await page.waitForURL("**/images");
  await inspect(page, "library without a picture");
  await page.locator("details[data-menu] > summary").click();
  await page.getByRole("button", { name: shell.signOut }).waitFor();
  await inspect(page, "menu");
  await page.keyboard.press("Escape");
}

async function publishThree(page: Page): Promise<void> {
  await page.goto("/publish");
  await page.locator('[data-pick="files"]').setInputFiles(
    THREE.map((name) => decodeURIComponent(new URL(name, FIXTURES).pathname)),
  );
  await page.locator('.queue-row[data-state="done"]').nth(2).waitFor();
  await unfold(page);
  await page.waitForLoadState("networkidle");
  await inspect(page, "three published");
}

async function findOne(page: Page): Promise<void> {
  await page.goto("/images");
  await page.locator(".tile-check").nth(2).waitFor();
  await page.getByRole("searchbox").fill("quart");
  await page.waitForURL(/q=quart/);
  await page.locator(".tile").nth(1).waitFor({ state: "detached" });
  await page.locator(".tile-check input").first().click();
  await page.getByRole("button", { name: library.move, exact: true }).click();
  await page.locator("dialog[open]").waitFor();
  await inspect(page, "dialog for moving");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  // While something is selected, a press on a picture selects it, too.
  await page.getByRole("button", { name: library.unselect }).click();
  await page.getByRole("link", { name: /quarters\.jpg/ }).click();
  await page.waitForURL(/\/images\/[0-9a-f]{16}/);
}

async function transformAndFetch(page: Page, site: Site, name: string): Promise<string> {
  await page.getByRole("spinbutton", { name: /^Width/ }).fill("24");
  await page.getByRole("combobox", { name: /^Format/ }).selectOption("webp");
  await page.waitForURL(/format=webp&w=24/);
  await page.getByText(/^24 × /).waitFor();
  await page.getByRole("tab", { name: "URL", exact: true }).click();
  await page.getByRole("tabpanel").getByRole("button", { name: shell.copy }).click();
  const address = await copied(page);
  assertEquals(address.split("&v=")[0], `${site.url}/i/${name}/quarters.webp?w=24`);
  const answer = await fetch(address);
  assertEquals([answer.status, answer.headers.get("content-type")], [200, "image/webp"]);
  await answer.body?.cancel();
  await unfold(page);
  await inspect(page, "picture, everything unfolded");
  return address;
}

/** Makes a key and lists the pictures with it. */
async function makeAndUseKey(page: Page, site: Site): Promise<void> {
  await page.goto("/settings");
  await page.getByLabel(settings.keyName, { exact: true }).first().fill("From a browser");
  await page.getByRole("button", { name: settings.makeKey }).click();
  await page.getByText(settings.keyMade).waitFor();
  await inspect(page, "new key");
  await page.locator("#keys .notice .copy").click();
  const key = await copied(page);
  assertMatch(key, /^imgsrc_[A-Za-z0-9]{48}$/);
  const answer = await fetch(`${site.url}/api/v1/images`, { headers: { authorization: `Bearer ${key}` } });
  assertEquals([answer.status, (await answer.json()).total], [200, THREE.length]);
}

const statusOf = async (address: string) => {
  const answer = await fetch(address);
  await answer.body?.cancel();
  return answer.status;
};

async function deleteAndUndo(page: Page, address: string): Promise<void> {
  await page.getByRole("button", { name: image.delete, exact: true }).click();
  await page.getByText("The picture is deleted.").waitFor();
  assertEquals(await statusOf(address), 404);
  await page.getByRole("button", { name: shell.undo }).click();
  await page.getByText("The picture is back").waitFor();
  assertEquals(await statusOf(address), 200);
  // Once more, for a look that takes longer than an undo is offered.
  await page.getByRole("button", { name: image.delete, exact: true }).click();
  await page.getByText("The picture is deleted.").waitFor();
  await inspect(page, "deleted");
}

for (const [look, options] of LOOKS) {
  browserTest(`the whole way from signing up to undoing a delete: ${look}`, async (site) => {
    const { context, page } = await site.open({ reducedMotion: "reduce", ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signUp(page, look);
    await publishThree(page);
    await findOne(page);
    const address = await transformAndFetch(page, site, look);
    const picture = page.url();
    await makeAndUseKey(page, site);
    await page.goto("/usage");
    await unfold(page);
    await inspect(page, "usage with its tables");
    await page.goto(picture);
    await deleteAndUndo(page, address);
  });
}

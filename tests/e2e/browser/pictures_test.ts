/** The whole way of a picture as a person goes it: publish, find, transform, copy, fetch, delete, undo. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SIZES } from "./browser.ts";

const FIXTURES = new URL("../../fixtures/files/", import.meta.url);
const fixturePath = (name: string) => decodeURIComponent(new URL(name, FIXTURES).pathname);
const THREE = ["quarters.jpg", "fading.png", "movie.gif"];

async function signedIn(site: Site, options: Parameters<Site["open"]>[0] = {}): Promise<Page> {
  const { context, page } = await site.open({ reducedMotion: "reduce", ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto((await site.firstLink()).trim());
  return page;
}

const clipboard = (page: Page) => page.evaluate<string>("navigator.clipboard.readText()");
const rows = (page: Page, state: string) => page.locator(`.queue-row[data-state="${state}"]`);
const tiles = (page: Page) => page.locator(".tile a");
const tileNames = async (page: Page) => (await page.locator(".tile-name").allTextContents()).toSorted();

async function publishThree(page: Page): Promise<void> {
  await page.goto("/publish");
  await page.getByLabel("Folder", { exact: true }).fill("trip/sea");
  await page.locator('[data-pick="files"]').setInputFiles(THREE.map(fixturePath));
  await rows(page, "done").nth(2).waitFor();
}

browserTest(
  "publish three pictures, find one, transform it, copy its address, fetch it, delete it, undo",
  async (site) => {
    const page = await signedIn(site);
    await publishThree(page);
    assertStringIncludes(await page.locator(".queue-head").innerText(), "3 of 3 published");
    assertEquals(await page.getByText("Was here already").count(), 0);
    await page.getByRole("button", { name: "Copy <picture>" }).first().click();
    assertMatch(await clipboard(page), /<picture>\n {2}<source srcset="[^"]+\/i\/owner\/trip\/sea\/quarters\.avif\?v=/);

    await page.goto("/images");
    assertEquals(await tiles(page).count(), 0);
    await page.getByRole("link", { name: /^trip/ }).click();
    await page.getByRole("link", { name: /^sea/ }).click();
    await page.waitForURL("**/images?folder=trip%2Fsea");
    await tiles(page).nth(2).waitFor();
    assertEquals(await tileNames(page), THREE.toSorted());
    await page.getByRole("searchbox").fill("quart");
    await page.waitForURL(/q=quart/);
    await page.locator(".tile").nth(1).waitFor({ state: "detached" });
    assertEquals(await tileNames(page), ["quarters.jpg"]);
    await page.goBack();
    await tiles(page).nth(2).waitFor();
    assertEquals([await page.getByRole("searchbox").inputValue(), new URL(page.url()).search], [
      "",
      "?folder=trip%2Fsea",
    ]);

    await page.getByRole("link", { name: /quarters\.jpg/ }).click();
    await page.getByRole("spinbutton", { name: /^Width/ }).fill("24");
    await page.getByRole("combobox", { name: /^Format/ }).selectOption("webp");
    await page.waitForURL(/format=webp&w=24/);
    await page.getByText(/^24 × /).waitFor();
    await page.getByRole("tab", { name: "URL", exact: true }).click();
    await page.getByRole("tabpanel").getByRole("button", { name: "Copy" }).click();
    const address = await clipboard(page);
    assertEquals(address.split("&v=")[0], `${site.url}/i/owner/trip/sea/quarters.webp?w=24`);
    const fetched = await fetch(address);
    assertEquals([fetched.status, fetched.headers.get("content-type")], [200, "image/webp"]);
    await fetched.body?.cancel();
    await page.reload();
    assertEquals(await page.getByRole("spinbutton", { name: /^Width/ }).inputValue(), "24");
    await page.getByText(/^24 × /).waitFor();

    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("The picture is deleted.").waitFor();
    const gone = await fetch(address);
    await gone.body?.cancel();
    assertEquals(gone.status, 404);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("The picture is back").waitFor();
    const back = await fetch(address);
    await back.body?.cancel();
    assertEquals(back.status, 200);
  },
);

browserTest(
  "what is refused says why, what is cancelled can be tried again, and the same file is known",
  async (site) => {
    const page = await signedIn(site);
    await page.goto("/publish");
    const pick = page.locator('[data-pick="files"]');
    const noise = new Uint8Array(5_000).map((_, at) => (at * 7_919) % 251);
    // The API's refusal is a failed request, which Chromium's console tells; it is what this test asks for.
    await pick.setInputFiles([
      { name: "noise.jpg", mimeType: "image/jpeg", buffer: Buffer.from(noise) },
      { name: "huge.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(6_000_000) },
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.alloc(5) },
    ]);
    await rows(page, "refused").nth(1).waitFor();
    const words = await page.locator(".queue").innerText();
    assertStringIncludes(words, "at most 5 MB are taken");
    assertMatch(words, /noise\.jpg\s+File/);
    assert(!words.includes("notes.txt"));
    await page.locator(".queue-row img").first().waitFor({ state: "detached" });
    await page.getByText("1 file that is no picture was left out.").waitFor();

    const held = Promise.withResolvers<void>();
    await page.route("**/api/v1/images", async (route) => {
      await held.promise;
      await route.continue().catch(() => {});
    });
    await pick.setInputFiles(fixturePath("quarters.jpg"));
    await page.getByRole("button", { name: "Cancel quarters.jpg" }).click();
    await rows(page, "cancelled").waitFor();
    held.resolve();
    await page.unroute("**/api/v1/images");
    await page.getByRole("button", { name: "Try quarters.jpg again" }).click();
    await rows(page, "done").waitFor();
    await pick.setInputFiles({
      name: "copy.jpg",
      mimeType: "image/jpeg",
      buffer: Buffer.from(await Deno.readFile(fixturePath("quarters.jpg"))),
    });
    await page.getByText("Was here already").waitFor();
    const expected = site.faults.filter((fault) => /status of 400|ERR_FAILED|ERR_ABORTED/.test(fault));
    assertEquals(site.faults.length, expected.length, site.faults.join("\n"));
    site.faults.length = 0;
  },
);

browserTest("the library by keyboard alone: move, select, move to a folder, delete, undo", async (site) => {
  const page = await signedIn(site);
  await publishThree(page);
  await page.goto("/images?folder=trip%2Fsea&sort=name");
  await tiles(page).nth(2).waitFor();
  await page.locator(".tile-check").first().waitFor();
  await page.keyboard.press("/");
  assertEquals(await page.evaluate("document.activeElement.type"), "search");
  // From the search to the grid by Tab alone, past the order, the box and the way up.
  for (let step = 0; step < 12; step++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate('document.activeElement.closest(".tile") !== null')) break;
  }
  const focused = (name: string) => page.locator(".tile a:focus", { hasText: name }).waitFor();
  await focused("fading.png");
  await page.keyboard.press("ArrowRight");
  await focused("movie.gif");
  await page.keyboard.press("End");
  await focused("quarters.jpg");
  await page.keyboard.press("Home");
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowRight");
  await page.getByText("2 selected").first().waitFor();
  assertEquals(await page.locator(".tile.is-selected").count(), 2);
  assertEquals(await axeFaults(page), []);
  await page.keyboard.press("Delete");
  await page.getByText("2 deleted").waitFor();
  await page.locator(".tile").nth(1).waitFor({ state: "detached" });
  assertEquals(await tileNames(page), ["quarters.jpg"]);
  await page.getByRole("button", { name: "Undo" }).focus();
  await page.keyboard.press("Enter");
  await tiles(page).nth(2).waitFor();

  await page.locator(".tile a").first().focus();
  await page.keyboard.press("Control+a");
  await page.getByText("3 selected").first().waitFor();
  await page.getByRole("button", { name: "Move", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog[open] #move-to:focus").waitFor();
  await page.keyboard.type("moved/here");
  await page.keyboard.press("Enter");
  await page.getByText("3 moved to moved/here").waitFor();
  await page.locator(".tile").first().waitFor({ state: "detached" });
  await page.goto("/images?folder=moved%2Fhere");
  await tiles(page).nth(2).waitFor();
  await tiles(page).first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/images\/[0-9a-f]{16}/);
});

browserTest("several at once by pointer: private pictures show, a ZIP comes, an alias leads to both", async (site) => {
  const page = await signedIn(site, { viewport: SIZES.phone, hasTouch: true });
  await publishThree(page);
  await page.goto("/images?folder=trip%2Fsea&sort=name");
  const boxes = page.locator(".tile-check input");
  await boxes.nth(2).waitFor();
  await boxes.first().click();
  await boxes.nth(2).click({ modifiers: ["Shift"] });
  assertEquals(await page.locator(".tile.is-selected").count(), 3);
  await page.getByRole("button", { name: "Make private" }).click();
  await page.getByText("3 made private").waitFor();
  await page.reload();
  await page.waitForLoadState("networkidle");
  const widths = await page.locator(".tile-picture").evaluateAll((pictures) =>
    (pictures as unknown as { naturalWidth: number }[]).map(({ naturalWidth }) => naturalWidth)
  );
  assertEquals(widths.map((width) => width > 0), [true, true, true]);

  await boxes.first().click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as ZIP" }).click();
  const file = await Deno.readFile(await (await download).path());
  assertEquals([...file.subarray(0, 2)], [0x50, 0x4b]);
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await page.getByLabel("Folder", { exact: true }).fill("best");
  await page.getByLabel(/Add an address here/).check();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("1 now in best as well").waitFor();
  await page.goto("/images?folder=best");
  await tiles(page).first().waitFor();
  assertEquals(await tileNames(page), ["fading.png"]);
});

browserTest("without scripts a picture can be published, seen and deleted", async (site) => {
  const page = await signedIn(site, { javaScriptEnabled: false });
  await page.goto("/publish");
  await page.locator('input[type="file"]').setInputFiles(fixturePath("quarters.jpg"));
  await page.getByRole("button", { name: "Publish" }).click();
  await page.waitForURL(/\/images\/[0-9a-f]{16}/);
  assertEquals(await page.locator("h1").innerText(), "quarters.jpg");
  await page.goto("/images");
  assertEquals(await tileNames(page), ["quarters.jpg"]);
  await tiles(page).first().click();
  await page.getByRole("button", { name: "Delete this picture" }).click();
  await page.getByText("No pictures yet").waitFor();
});

browserTest("the page of an image: focal point, preset, visibility, signed link, paths", async (site) => {
  const page = await signedIn(site);
  await publishThree(page);
  await page.goto("/images?folder=trip%2Fsea&q=quarters");
  await tiles(page).first().click();
  await page.getByRole("button", { name: "Set the focal point" }).click();
  const picture = page.locator(".stage-fit img");
  await picture.click({
    position: await picture.boundingBox().then((box) => ({ x: box!.width / 4, y: box!.height / 2 })),
  });
  await page.waitForURL(/[?&]fp=0\.2\d*,0\.[45]\d*/);
  await page.locator(".focus-point").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/[?&]fp=0\.2[678]\d*,/);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("spinbutton", { name: /^Width/ }).fill("99999");
  await page.getByText(/must be a whole number from 1 to 10,000/).waitFor();
  await page.getByRole("spinbutton", { name: /^Width/ }).fill("30");
  await page.getByLabel("Save as preset").fill("left-side");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(/Preset saved/).waitFor();

  await page.getByRole("button", { name: "Make private" }).click();
  await page.getByText("The picture is private now").waitFor();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = page.locator("section:has(#link-title) pre");
  await link.waitFor();
  const answers = [await fetch(await link.innerText()), await fetch(`${site.url}/i/owner/trip/sea/quarters.jpg`)];
  for (const answer of answers) await answer.body?.cancel();
  assertEquals(answers.map(({ status }) => status), [200, 404]);
  await page.getByText(/^30 × /).waitFor();

  await page.getByLabel("New path").fill("covers/best.jpg");
  await page.getByRole("button", { name: "Add a path" }).click();
  await page.getByText("Path added").waitFor();
  await page.getByRole("button", { name: "Change trip/sea/quarters.jpg" }).click();
  await page.getByLabel("Change trip/sea/quarters.jpg").fill("trip/first.jpg");
  await page.locator(".paths").getByRole("button", { name: "Save" }).click();
  await page.getByText("Path changed").waitFor();
  await page.getByRole("button", { name: "Remove covers/best.jpg" }).click();
  await page.getByText("Path removed").waitFor();
  await page.locator(".paths li").nth(1).waitFor({ state: "detached" });
  assertEquals(await page.locator(".paths .mono").allTextContents(), ["trip/first.jpg"]);
  assertStringIncludes(await page.locator(".playground .code pre").first().innerText(), "/i/owner/trip/first.jpg?");
  assertEquals(await axeFaults(page), []);
});

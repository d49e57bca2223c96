/** Every way in for a picture but the chooser of files: dropped, out of a folder, pasted, by a phone's camera. */
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { EN } from "../../../routes/dashboard/_text/en.ts";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SIZES } from "./browser.ts";
import { signInLink } from "./paths.ts";

const FIXTURES = new URL("../../fixtures/files/", import.meta.url);
const fixture = (name: string) => decodeURIComponent(new URL(name, FIXTURES).pathname);

/** `album/one.jpg`, `album/sea/two.png`, `album/notes.txt`, and `three.gif` beside it, on the disk. */
async function makeAlbum(): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "imgsrc-album-" });
  await Deno.mkdir(`${root}/album/sea`, { recursive: true });
  await Deno.copyFile(fixture("quarters.jpg"), `${root}/album/one.jpg`);
  await Deno.copyFile(fixture("fading.png"), `${root}/album/sea/two.png`);
  await Deno.writeTextFile(`${root}/album/notes.txt`, "No picture");
  await Deno.copyFile(fixture("movie.gif"), `${root}/three.gif`);
  return root;
}

/** Paths of all pictures below a folder. */
async function publishedIn(page: Page, folder: string): Promise<string[]> {
  const answer = await page.context().request.get(`/api/v1/images?limit=100&path=${folder}`);
  const { images } = await answer.json() as { images: { paths: string[] }[] };
  return images.flatMap(({ paths }) => paths).filter((path) => path.startsWith(`${folder}/`)).toSorted();
}

/** A name that every browser gives, made one of its own. */
const TIMED_NAME = /^(pasted|taken)\/image-\d{4}-\d\d-\d\d-\d{6}\.(png|jpg)$/;
const done = (page: Page) => page.locator('.queue-row[data-state="done"]');

/** Drags files of the disk over the page and lets them fall, as the window system does. */
async function drop(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const box = await page.locator(".drop").boundingBox();
  const drag = {
    x: box!.x + box!.width / 2,
    y: box!.y + 20,
    data: { items: [], files: [...files], dragOperationsMask: 1 },
  };
  await session.send("Input.dispatchDragEvent", { type: "dragEnter", ...drag });
  await session.send("Input.dispatchDragEvent", { type: "dragOver", ...drag });
  await page.locator(".drop.is-over").waitFor();
  await session.send("Input.dispatchDragEvent", { type: "drop", ...drag });
  await page.locator(".drop:not(.is-over)").waitFor();
}

/** Puts a picture into the clipboard, as "Copy image" does: Chromium keeps it as PNG. */
async function copyPicture(page: Page): Promise<void> {
  const bytes = (await Deno.readFile(fixture("fading.png"))).toBase64();
  await page.evaluate(
    `navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([Uint8Array.fromBase64("${bytes}")], { type: "image/png" }) })])`,
  );
}

/** On a phone a camera is offered instead of a folder. */
async function takePhoto(site: Site): Promise<void> {
  const { page } = await site.open({ viewport: SIZES.phone, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
  await page.goto(await signInLink(site));
  await page.goto("/publish?folder=taken");
  const camera = page.locator('[data-pick="camera"]');
  await camera.waitFor();
  const attributes = ["capture", "accept", "multiple"].map((name) => camera.getAttribute(name));
  assertEquals(await Promise.all(attributes), ["environment", "image/*", null]);
  assertEquals(await page.locator('[data-pick="folder"]').isVisible(), false);
  const chooser = page.waitForEvent("filechooser");
  await page.getByText(EN.publish.camera).tap();
  const buffer = Buffer.from(await Deno.readFile(fixture("quarters.jpg")));
  await (await chooser).setFiles({ name: "image.jpg", mimeType: "image/jpeg", buffer });
  await done(page).waitFor();
  assertMatch((await publishedIn(page, "taken"))[0]!, TIMED_NAME);
  assertEquals(await axeFaults(page), []);
}

browserTest(
  "pictures are dropped with their folders, chosen as a folder, pasted, and taken by a phone",
  async (site) => {
    const root = await makeAlbum();
    try {
      const { context, page } = await site.open({ reducedMotion: "reduce" });
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.goto((await site.firstLink()).trim());
      await page.goto("/publish");
      await page.getByLabel("Folder", { exact: true }).fill("dropped");
      const told = page.getByText("1 file that is no picture was left out.").waitFor();
      await drop(page, [`${root}/album`, `${root}/three.gif`]);
      await told;
      await done(page).nth(2).waitFor();
      const names = ["album/one.jpg", "album/sea/two.png"];
      assertEquals(await publishedIn(page, "dropped"), [...names, "three.gif"].map((name) => `dropped/${name}`));

      await page.getByLabel("Folder", { exact: true }).fill("chosen");
      await page.locator('[data-pick="folder"]').setInputFiles(`${root}/album`);
      await done(page).nth(4).waitFor();
      assertEquals(await publishedIn(page, "chosen"), names.map((name) => `chosen/${name}`));

      await page.getByLabel("Folder", { exact: true }).fill("pasted");
      await copyPicture(page);
      await page.locator(".drop").click({ position: { x: 5, y: 5 } });
      await page.keyboard.press("Control+v");
      await done(page).nth(5).waitFor();
      assertMatch((await publishedIn(page, "pasted")).join(), TIMED_NAME);
      await takePhoto(site);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
);

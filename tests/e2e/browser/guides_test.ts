/** What the documentation says of curl and HTML, done as it says; its other addresses are fetched by the pages' tests. */
import { assert, assertEquals } from "@std/assert";
import { addressesIn, GUIDE_WIDTHS, guidesAt } from "../../../routes/dashboard/_docs/guides.ts";
import { withFolder } from "../../doubles/server.ts";
import { browserTest, until } from "./browser.ts";

const SAMPLE = new URL("../../../static/sample.jpg", import.meta.url);

/** Runs a command as a reader pastes it. */
async function paste(code: string, cwd: string, env: Record<string, string>): Promise<string> {
  const args = ["-c", code.replace(/^curl /, "curl -sS --fail-with-body ")];
  const { success, stdout, stderr } = await new Deno.Command("bash", { args, cwd, env }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, `${code}\n${text}`);
  return text;
}

browserTest("the snippets of curl and HTML work as pasted", (site) =>
  withFolder(async (folder) => {
    const env = { IMGSRC_KEY: await site.firstKey() };
    const place = { origin: site.url, base: `${site.url}/i/owner`, picture: "guide/photo" };
    const guides = new Map(guidesAt(place).map((guide) => [guide.id, guide]));
    await Deno.copyFile(SAMPLE, `${folder}/photo.jpg`);
    const [upload, fetched, list] = guides.get("curl")!.files.map(({ code }) => code);
    assertEquals(JSON.parse(await paste(upload!, folder, env)).paths, ["guide/photo.jpg"]);
    await paste(fetched!, folder, env);
    const bytes = await Deno.readFile(`${folder}/photo.webp`);
    assertEquals(new TextDecoder().decode(bytes.subarray(8, 12)), "WEBP");
    assertEquals(JSON.parse(await paste(list!, folder, env)).total, 1);

    const [{ code: html } = { code: "" }] = guides.get("html")!.files;
    assertEquals(addressesIn(html).length, 2 * GUIDE_WIDTHS.length);
    await Deno.writeTextFile(`${folder}/index.html`, `<!doctype html><html lang="en"><title>Guide</title>${html}`);
    const { page } = await site.open();
    await page.goto(`file://${folder}/index.html`);
    await until(page, "document.querySelector('img').naturalWidth > 0");
    const shown = await page.evaluate<string>("document.querySelector('img').currentSrc");
    assert(addressesIn(html).includes(shown) && shown.includes(".avif"), shown);
  }));

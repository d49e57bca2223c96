import { assert, assertEquals, assertRejects } from "@std/assert";
import { BUNDLE_NAME, bundleFolders, bundleIslands } from "../../routes/_islands/bundle.ts";

/** Islands and output in a fresh folder, the program's root as it is. */
async function withFolders(run: (folders: ReturnType<typeof bundleFolders>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  const at = (name: string) => new URL(`file://${folder}/${name}/`);
  await Deno.mkdir(at("islands"));
  try {
    await run({ root: new URL("../../", import.meta.url), islands: at("islands"), built: at("built") });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const write = (folder: URL, text: string) => Deno.writeTextFile(new URL("client.ts", folder), text);

Deno.test("bundleIslands() makes the bundle when its sources have changed, and only then", () =>
  withFolders(async (folders) => {
    const read = () => Deno.readTextFile(new URL(BUNDLE_NAME, folders.built));
    await write(folders.islands, "const first: number = 1; console.log(first);");
    assertEquals([await bundleIslands(folders), await bundleIslands(folders)], [true, false]);
    const before = await read();
    assert(before.includes("console.log(1)") && !before.includes("number"), before);
    await write(folders.islands, "console.log(2);");
    assertEquals([await bundleIslands(folders), await bundleIslands(folders)], [true, false]);
    assert((await read()).includes("console.log(2)"));
  }));

Deno.test("bundleIslands() keeps the last bundle and leaves nothing behind when it fails", () =>
  withFolders(async (folders) => {
    await write(folders.islands, "console.log(1);");
    await bundleIslands(folders);
    await write(folders.islands, "console.log(;");
    await assertRejects(() => bundleIslands(folders), Error, "Islands could not be bundled");
    const names = [...Deno.readDirSync(folders.built)].map(({ name }) => name).toSorted();
    assertEquals(names, ["islands.js", "islands.stamp"]);
    assert((await Deno.readTextFile(new URL(BUNDLE_NAME, folders.built))).includes("console.log(1)"));
  }));

Deno.test("bundleIslands() several times at once makes one whole bundle", () =>
  withFolders(async (folders) => {
    await write(folders.islands, "console.log(1);");
    await Promise.all([bundleIslands(folders), bundleIslands(folders), bundleIslands(folders)]);
    assert((await Deno.readTextFile(new URL(BUNDLE_NAME, folders.built))).includes("console.log(1)"));
  }));

Deno.test("the program's own islands are bundled for browsers", () =>
  withFolders(async ({ root, built }) => {
    const folders = { ...bundleFolders("static", "islands"), built };
    assertEquals(folders.root.href, root.href);
    await bundleIslands(folders);
    const text = await Deno.readTextFile(new URL(BUNDLE_NAME, built));
    assert(text.includes("data-island") && text.length < 60_000 && !/\bDeno\b/.test(text));
  }));

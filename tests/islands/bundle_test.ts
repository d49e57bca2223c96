import { assert, assertEquals, assertRejects } from "@std/assert";
import { type BundleFolders, bundleFolders, bundleIslands, readBundle } from "../../routes/_islands/bundle.ts";

/** Islands and output in a fresh folder, the program's root as it is. */
async function withFolders(run: (folders: BundleFolders) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  const at = (name: string) => new URL(`file://${folder}/${name}/`);
  const folders = { root: new URL("../../", import.meta.url), islands: at("islands"), built: at("built") };
  const shared = [at("shared")];
  for (const place of [folders.islands, ...shared]) await Deno.mkdir(place);
  await write(
    folders.islands,
    "client.ts",
    "export const wake = (name: string, it: unknown) => console.log(name, it);",
  );
  await write(shared[0]!, "common.ts", `export const common = "what both need";`);
  await write(folders.islands, "One.tsx", island("One", "first"));
  try {
    await run({ ...folders, shared });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const island = (name: string, text: string) =>
  `import { common } from "../shared/common.ts";\nexport const ${name}: string = "${text}" + common;`;
const write = (folder: URL, name: string, text: string) => Deno.writeTextFile(new URL(name, folder), text);
const foldersIn = (folder: URL) => [...Deno.readDirSync(folder)].map(({ name }) => name);

/** Text of every file of a bundle by its name without the folder's. */
async function textsOf(bundle: { readonly folder: URL }): Promise<Record<string, string>> {
  const files = await readBundle(bundle);
  return Object.fromEntries(files.map(({ name, bytes }) => [name.split("/").at(-1)!, new TextDecoder().decode(bytes)]));
}

Deno.test("bundleIslands() makes the bundle when a source has changed, and only then", () =>
  withFolders(async (folders) => {
    const before = await bundleIslands(folders);
    assertEquals([before.isMade, (await bundleIslands(folders)).isMade], [true, false]);
    const text = (await textsOf(before))["One.js"]!;
    assert(text.includes("first") && !text.includes(": string"), text);
    await write(folders.islands, "One.tsx", island("One", "second"));
    const after = await bundleIslands(folders);
    assertEquals([after.isMade, (await bundleIslands(folders)).isMade], [true, false]);
    assert((await textsOf(after))["One.js"]!.includes("second"));
    await write(folders.shared[0]!, "common.ts", `export const common = "something else";`);
    const last = await bundleIslands(folders);
    assertEquals(last.isMade, true);
    assertEquals(foldersIn(folders.built), [last.folder.pathname.split("/").at(-2)!]);
  }));

Deno.test("bundleIslands() gives each island an entry, and what several need in files of its own", () =>
  withFolders(async (folders) => {
    await write(folders.islands, "Two.tsx", island("Two", "only the second's"));
    const bundle = await bundleIslands(folders);
    const texts = await textsOf(bundle);
    const manifest = JSON.parse(texts["manifest.json"]!) as Record<string, string[]>;
    assertEquals(Object.keys(manifest), ["One", "Two"]);
    const [one, two] = [manifest.One!, manifest.Two!].map((names) => names.map((name) => name.split("/").at(-1)!));
    assertEquals([one![0], two![0]], ["One.js", "Two.js"]);
    const shared = one!.slice(1);
    assert(shared.length > 0);
    assertEquals(two!.slice(1).toSorted(), shared.toSorted());
    assertEquals(Object.entries(texts).filter(([, text]) => text.includes("what both need")).length, 1);
    assert(!texts["One.js"]!.includes("only the second's"));
    const stamp = bundle.folder.pathname.split("/").at(-2);
    for (const name of Object.values(manifest).flat()) assert(name.startsWith(`_built/${stamp}/`), name);
  }));

Deno.test("bundleIslands() keeps the last bundle and leaves nothing behind when it fails", () =>
  withFolders(async (folders) => {
    const { folder } = await bundleIslands(folders);
    await write(folders.islands, "One.tsx", "export const One = ;");
    await assertRejects(() => bundleIslands(folders), Error, "Islands could not be bundled");
    assertEquals(foldersIn(folders.built), [folder.pathname.split("/").at(-2)!]);
    assert((await textsOf({ folder }))["One.js"]!.includes("first"));
  }));

Deno.test("bundleIslands() several times at once makes one whole bundle", () =>
  withFolders(async (folders) => {
    const bundles = await Promise.all([bundleIslands(folders), bundleIslands(folders), bundleIslands(folders)]);
    assertEquals(new Set(bundles.map(({ folder }) => folder.href)).size, 1);
    assertEquals(foldersIn(folders.built).length, 1);
    assert((await textsOf(bundles[0]!))["One.js"]!.includes("first"));
  }));

Deno.test("the program's own islands are bundled for browsers", () =>
  withFolders(async ({ built }) => {
    const texts = Object.entries(await textsOf(await bundleIslands({ ...bundleFolders("static", "islands"), built })));
    assert(texts.some(([, text]) => text.includes("data-island")));
    for (const [name, text] of texts) assert(!/\bDeno\b/.test(text), name);
  }));

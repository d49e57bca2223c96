/**
 * The browser's scripts, made by `deno bundle` when their sources have changed: one entry an island, what several need
 * in chunks of its own, so that a page loads the scripts of its own islands and no others.
 *
 *     deno task islands          make them now
 *
 * @module
 */

/** Which files each island loads; lies beside them. */
export const MANIFEST_NAME = "manifest.json";

/** Files of each island, by their names in the folder: its entry first, then every chunk that it may load. */
export type IslandManifest = Readonly<Record<string, readonly string[]>>;

/** Folders of a checkout, with a slash at their end. */
export interface BundleFolders {
  /** Of the program: where `deno.json` lies. */
  readonly root: URL;
  /**
   * Every `*.tsx` right in it is an island: a component of the file's name. `client.ts` wakes them. Every `*.script.ts`
   * is a script that runs by itself.
   */
  readonly islands: URL;
  /** Other folders that islands import from; only files right in them count. */
  readonly shared: readonly URL[];
  readonly built: URL;
}

/** A bundle that is there. */
export interface Bundle {
  /** Named after its sources, so an address of a script never stands for two texts. Ends in a slash. */
  readonly folder: URL;
  readonly isMade: boolean;
}

const STAMP_CHARS = 16;

async function filesIn(folder: URL, isDeep: boolean): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && isDeep) files.push(...await filesIn(new URL(`${name}/`, folder), true));
    else if (/\.tsx?$/.test(name)) files.push(new URL(name, folder));
  }
  return files.toSorted((a, b) => a.href < b.href ? -1 : 1);
}

/** Changes with every source of the bundle and every tool that makes it. */
async function stampOf({ root, islands, shared }: BundleFolders): Promise<string> {
  const sources = [await filesIn(islands, true), ...await Promise.all(shared.map((folder) => filesIn(folder, false)))];
  const parts = [Deno.version.deno];
  for (const file of [...sources.flat(), new URL(import.meta.url), new URL("deno.lock", root)]) {
    parts.push(file.href, await Deno.readTextFile(file).catch(() => ""));
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\u0000")));
  return new Uint8Array(digest).toHex().slice(0, STAMP_CHARS);
}

const pathOf = (url: URL) => decodeURIComponent(url.pathname);

const SOURCE = /^(.+?)(\.tsx|\.script\.ts)$/;

/** Names of the entries, with the files that they are made of. */
async function entrySources(folder: URL): Promise<Map<string, string>> {
  const sources: (readonly [string, string])[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const entry = isFile ? SOURCE.exec(name)?.[1] : undefined;
    if (entry !== undefined) sources.push([entry, name]);
  }
  return new Map(sources.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** What a browser runs for an island. It lies in the islands' folder's stead, so it names them by their whole address. */
function entryText(islands: URL, name: string, source: string): string {
  if (source.endsWith(".script.ts")) return `import ${JSON.stringify(new URL(source, islands).href)};\n`;
  const at = (file: string) => JSON.stringify(new URL(file, islands).href);
  return `import { ${name} } from ${at(`${name}.tsx`)};
import { wake } from ${at("client.ts")};
wake(${JSON.stringify(name)}, ${name});
`;
}

async function runBundler(root: URL, entries: readonly URL[], output: URL): Promise<void> {
  const flags = ["--quiet", "--platform", "browser", "--minify", "--code-splitting", "--frozen"];
  const places = ["--config", pathOf(new URL("deno.json", root)), "--outdir", pathOf(output)];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", ...flags, ...places, ...entries.map(pathOf)],
    cwd: pathOf(root),
    env: { DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  if (!success) {
    throw new Error(`Islands could not be bundled: ${new TextDecoder().decode(stderr).trim().slice(0, 500)}`);
  }
}

const IMPORTED = /(?:from|import)\s*\(?\s*["']\.\/([\w.-]+\.js)["']/g;

/** A file and every file that it leads to, in the order in which they are met. */
async function reach(folder: URL, first: string): Promise<string[]> {
  const found = new Set([first]);
  for (const name of found) {
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, next] of text.matchAll(IMPORTED)) found.add(next!);
  }
  return [...found];
}

async function make({ root, islands }: BundleFolders, output: URL): Promise<void> {
  const made = await entrySources(islands);
  const names = [...made.keys()];
  const sources = new URL("entries/", output);
  await Deno.mkdir(sources, { recursive: true });
  const entries = names.map((name) => new URL(`${name}.ts`, sources));
  for (const [at, [name, source]] of [...made].entries()) {
    await Deno.writeTextFile(entries[at]!, entryText(islands, name, source));
  }
  await runBundler(root, entries, output);
  await Deno.remove(sources, { recursive: true });
  const files = await Promise.all(names.map((name) => reach(output, `${name}.js`)));
  const manifest: IslandManifest = Object.fromEntries(names.map((name, at) => [name, files[at]!]));
  await Deno.writeTextFile(new URL(MANIFEST_NAME, output), JSON.stringify(manifest));
}

const isThere = (folder: URL) => Deno.stat(folder).then((info) => info.isDirectory, () => false);

/** Removes bundles of other sources. One that a server of another checkout's age still serves is in its memory. */
async function removeOthers(built: URL, stamp: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(built)) {
    const isBundle = isDirectory && name.length === STAMP_CHARS && name !== stamp;
    if (isBundle) await Deno.remove(new URL(name, built), { recursive: true }).catch(() => {});
  }
}

/**
 * Makes the bundle when it is stale. It appears at once, whole: several servers may start together.
 *
 * @throws {Error} when the sources don't bundle; what is there then stays
 */
export async function bundleIslands(folders: BundleFolders): Promise<Bundle> {
  const stamp = await stampOf(folders);
  const folder = new URL(`${stamp}/`, folders.built);
  if (await isThere(folder)) return { folder, isMade: false };
  const output = new URL(`making-${crypto.randomUUID()}/`, folders.built);
  try {
    await make(folders, output);
    // Another process may have been faster: its bundle is the same.
    await Deno.rename(output, folder).catch(async (error) => {
      if (!await isThere(folder)) throw error;
    });
  } finally {
    await Deno.remove(output, { recursive: true }).catch(() => {});
  }
  await removeOthers(folders.built, stamp);
  return { folder, isMade: true };
}

/** A file of a bundle. */
export interface BundleFile {
  /** `{folder}/{file}`; of the manifest its own name alone. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The files of a bundle, the manifest last and with names like those of the files: whoever has it has all that it
 * names.
 */
export async function readBundle({ folder }: Pick<Bundle, "folder">): Promise<BundleFile[]> {
  const at = (name: string) => `${folder.pathname.split("/").at(-2)}/${name}`;
  const manifest = JSON.parse(await Deno.readTextFile(new URL(MANIFEST_NAME, folder))) as IslandManifest;
  const files: BundleFile[] = [];
  for (const name of new Set(Object.values(manifest).flat())) {
    files.push({ name: at(name), bytes: await Deno.readFile(new URL(name, folder)) });
  }
  const placed = Object.entries(manifest).map(([island, names]) => [island, names.map((name) => `_built/${at(name)}`)]);
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(placed)));
  return [...files, { name: MANIFEST_NAME, bytes }];
}

/** The files of the bundle by their names below the static folder, made anew where they are stale, then told. */
export async function builtIslands(folders: BundleFolders, onMade: () => void): Promise<BundleFile[]> {
  const bundle = await bundleIslands(folders);
  if (bundle.isMade) onMade();
  return (await readBundle(bundle)).map(({ name, bytes }) => ({ name: `_built/${name}`, bytes }));
}

/** The folders of this checkout. @param staticDir @param islandsDir as in fresh.config.ts */
export function bundleFolders(staticDir: string, islandsDir: string): BundleFolders {
  const root = new URL("../../", import.meta.url);
  const at = (name: string) => new URL(`${name}/`, root);
  return { root, islands: at(islandsDir), shared: [at("codec")], built: at(`${staticDir}/_built`) };
}

if (import.meta.main) {
  const { isMade } = await bundleIslands(bundleFolders("static", "islands"));
  console.log(isMade ? "Islands are bundled" : "Bundle of the islands is as new as they are");
}

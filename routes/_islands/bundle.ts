/**
 * The browser's bundle of the islands, made by `deno bundle` when its sources have changed.
 *
 *     deno task islands          make it now
 *
 * @module
 */

/** Name of the bundle in its folder. */
export const BUNDLE_NAME = "islands.js";
const STAMP_NAME = "islands.stamp";

/** Folders of a checkout, with a slash at their end. */
export interface BundleFolders {
  /** Of the program: where `deno.json` lies. */
  readonly root: URL;
  readonly islands: URL;
  readonly built: URL;
}

async function filesIn(folder: URL): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await filesIn(new URL(`${name}/`, folder)));
    else if (/\.tsx?$/.test(name)) files.push(new URL(name, folder));
  }
  return files.toSorted((a, b) => a.href < b.href ? -1 : 1);
}

/** Changes with every source of the bundle and every tool that makes it. */
async function stampOf({ root, islands }: BundleFolders): Promise<string> {
  const parts = [Deno.version.deno];
  for (const file of [...await filesIn(islands), new URL("deno.lock", root)]) {
    parts.push(await Deno.readTextFile(file).catch(() => ""));
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\u0000")));
  return new Uint8Array(digest).toHex();
}

async function run({ root, islands }: BundleFolders, output: URL): Promise<void> {
  const path = (url: URL) => decodeURIComponent(url.pathname);
  const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--frozen", "--output", path(output)];
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args, path(new URL("client.ts", islands))],
    cwd: path(root),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  if (!success) {
    throw new Error(`Islands could not be bundled: ${new TextDecoder().decode(stderr).trim().slice(0, 500)}`);
  }
}

/**
 * Makes the bundle when it is stale. It appears at once, whole: several servers may start together.
 *
 * @returns whether it was made
 */
export async function bundleIslands(folders: BundleFolders): Promise<boolean> {
  const [bundle, stampFile] = [BUNDLE_NAME, STAMP_NAME].map((name) => new URL(name, folders.built)) as [URL, URL];
  const stamp = await stampOf(folders);
  const isThere = await Deno.stat(bundle).then((info) => info.isFile, () => false);
  if (isThere && await Deno.readTextFile(stampFile).catch(() => "") === stamp) return false;
  await Deno.mkdir(folders.built, { recursive: true });
  const output = new URL(`islands-${crypto.randomUUID()}.js`, folders.built);
  try {
    await run(folders, output);
    await Deno.rename(output, bundle);
  } finally {
    await Deno.remove(output).catch(() => {});
  }
  await Deno.writeTextFile(stampFile, stamp);
  return true;
}

/** The folders of this checkout. @param staticDir @param islandsDir as in fresh.config.ts */
export function bundleFolders(staticDir: string, islandsDir: string): BundleFolders {
  const root = new URL("../../", import.meta.url);
  return { root, islands: new URL(`${islandsDir}/`, root), built: new URL(`${staticDir}/_built/`, root) };
}

if (import.meta.main) {
  const isMade = await bundleIslands(bundleFolders("static", "islands"));
  console.log(isMade ? "Islands are bundled" : "Bundle of the islands is as new as they are");
}

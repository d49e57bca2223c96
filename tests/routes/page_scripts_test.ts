/** What scripts each page loads: those of its own islands, and few bytes. */
import { assert, assertEquals } from "@std/assert";
import { bundleFolders, bundleIslands, readBundle } from "../../routes/_islands/bundle.ts";
import { SESSION_COOKIE } from "../../routes/_http/session_cookie.ts";
import { createApp, routeTable } from "../../routes/app.ts";
import { STATIC_TYPES, type StaticFile } from "../../routes/static.ts";
import { fixture, ORIGIN, startTestApp, type TestApp } from "../doubles/app.ts";

/** Issue 7: of all scripts of a page, gzipped. */
const MAX_SCRIPT_BYTES = 60_000;

async function bundledFiles(): Promise<Map<string, StaticFile>> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  try {
    const folders = { ...bundleFolders("static", "islands"), built: new URL(`file://${folder}/`) };
    const files = await readBundle(await bundleIslands(folders));
    return new Map(files.map(({ name, bytes }) => {
      const mimeType = STATIC_TYPES[name.split(".").at(-1)!]!;
      return [`_built/${name}`, { bytes, mimeType, etag: `"${bytes.length}"` }];
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function gzipBytes(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}

/** Every page's path as somebody who is signed in and has a picture may open it. */
function pagePaths(app: TestApp, files: ReadonlyMap<string, StaticFile>, imageId: string): string[] {
  const rows = routeTable(app.deps, files).filter(({ method, cache }) =>
    method === "GET" && cache === "private, no-store"
  );
  return rows.map(({ path }) => path.replace(":id", imageId));
}

async function withPages(
  run: (page: { path: string; html: string; scripts: string[] }, files: ReadonlyMap<string, StaticFile>) => void,
): Promise<void> {
  const app = await startTestApp();
  try {
    const files = await bundledFiles();
    const john = await app.addUser("john");
    const { id } = await (await app.upload(john, await fixture("sample.jpg"), "sample.jpg")).json();
    const cookie = `${SESSION_COOKIE}=${await app.deps.sessions.create(john.user.id)}`;
    const handler = createApp(app.deps, files);
    for (const path of pagePaths(app, files, id)) {
      const response = await handler(new Request(ORIGIN + path, { headers: { cookie } }));
      const html = await response.text();
      if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) continue;
      assertEquals(response.status, 200, path);
      const found = html.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="\/static\/([^"?]*\.js)[^"]*"/g);
      run({ path, html, scripts: [...found].map(([, name]) => name!) }, files);
    }
  } finally {
    await app.close();
  }
}

/** Of every page: menus, copying, dialogs. */
const SHELL = "shell";

Deno.test("every page loads the scripts of its own islands and no others, each file once", () =>
  withPages(({ path, html, scripts }, files) => {
    const islands = new Set([...html.matchAll(/data-island="(\w+)"/g)].map(([, name]) => name!));
    const entries = [...html.matchAll(/<script\b[^>]*src="[^"]*\/(\w+)\.js"/g)].map(([, name]) => name!);
    assertEquals(entries.toSorted(), [SHELL, ...islands].toSorted(), path);
    assertEquals(new Set(scripts).size, scripts.length, path);
    for (const name of scripts) assert(files.has(name), `${path} asks for ${name}`);
  }));

Deno.test(`the scripts of a page have at most ${MAX_SCRIPT_BYTES.toLocaleString("en-US")} bytes gzipped`, async () => {
  const pages: { path: string; scripts: string[]; files: ReadonlyMap<string, StaticFile> }[] = [];
  await withPages(({ path, scripts }, files) => void pages.push({ path, scripts, files }));
  let withScripts = 0;
  for (const { path, scripts, files } of pages) {
    let bytes = 0;
    for (const name of scripts) bytes += await gzipBytes(files.get(name)!.bytes);
    assert(bytes <= MAX_SCRIPT_BYTES, `${path}: ${bytes}`);
    if (bytes > 0) withScripts++;
  }
  assert(withScripts > 0);
});

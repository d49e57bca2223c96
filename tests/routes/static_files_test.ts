/** Reading what is served at `/static/`, and where a server finds itself. */
import { assertEquals, assertMatch } from "@std/assert";
import { localUrl } from "../../routes/_admin/client.ts";
import { addFiles, readStaticFolder } from "../../routes/static_files.ts";

const FOLDER = new URL("../../static/", import.meta.url);

Deno.test("readStaticFolder() takes files of known kinds, right in the folder, with a tag of their bytes", async () => {
  const folder = new URL(`file://${await Deno.makeTempDir()}/`);
  try {
    await Deno.mkdir(new URL("sub.css", folder));
    for (const [name, text] of [["a.css", "x"], ["b.js", "x"], ["c.js", "y"], ["d.unknown", "x"]] as const) {
      await Deno.writeTextFile(new URL(name, folder), text);
    }
    const files = await readStaticFolder(folder, Deno);
    assertEquals([...files.keys()].sort(), ["a.css", "b.js", "c.js"]);
    const [a, b, c] = ["a.css", "b.js", "c.js"].map((name) => files.get(name)!);
    assertEquals([a!.mimeType, b!.mimeType], ["text/css; charset=utf-8", "text/javascript; charset=utf-8"]);
    assertMatch(a!.etag, /^"[0-9a-f]{32}"$/);
    assertEquals([a!.etag === b!.etag, b!.etag === c!.etag], [true, false]);
    await addFiles(files, [{ name: "_built/z.js", bytes: new Uint8Array(1) }, {
      name: "z.exe",
      bytes: new Uint8Array(),
    }]);
    assertEquals([files.has("_built/z.js"), files.has("z.exe")], [true, false]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every file of the static folder is of a kind that is served", async () => {
  const names = (await Array.fromAsync(Deno.readDir(FOLDER))).filter(({ isFile }) => isFile).map(({ name }) => name);
  assertEquals(
    [...(await readStaticFolder(FOLDER, Deno)).keys()].sort(),
    names.filter((n) => !n.startsWith(".")).sort(),
  );
});

Deno.test("localUrl() names a host that this machine reaches", () => {
  const urls = ["0.0.0.0", "::", "127.0.0.1", "::1", "[::1]", "img.local"].map((host) => localUrl(host, 80));
  const hosts = ["127.0.0.1", "[::1]", "127.0.0.1", "[::1]", "[::1]", "img.local"];
  assertEquals(urls, hosts.map((host) => `http://${host}:80`));
});

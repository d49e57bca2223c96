/** The documents and the islands' bundle as the real program serves them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer, withFolder } from "../doubles/server.ts";

const BUNDLED_WITHIN_MS = 60_000;

/** The bundle is made after the start; until then the page goes without. */
async function pageWithScript(url: string): Promise<string> {
  for (let waited = 0; waited < BUNDLED_WITHIN_MS; waited += 100) {
    const page = await (await fetch(`${url}/docs/api`)).text();
    assertStringIncludes(page, "<h1>API reference</h1>");
    if (page.includes("<script")) return page;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Islands were not bundled");
}

Deno.test("the program serves its reference with the bundle that it made, and the document names its own address", () =>
  withFolder(async (dataDir) => {
    const server = await startServer({ DATA_DIR: dataDir });
    const page = await pageWithScript(server.url);
    const source = /<script type="module" src="([^"]+\/TryIt\.js)"/.exec(page)![1]!;
    const bundle = await fetch(server.url + source);
    assertEquals([bundle.status, bundle.headers.get("content-type")], [200, "text/javascript; charset=utf-8"]);
    assertStringIncludes(await bundle.text(), '"TryIt"');
    for (const [, name] of page.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
      assertEquals((await (await fetch(server.url + name!)).text()).length > 100, true, name);
    }
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    assertEquals(document.servers[0].url, server.url);
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0, server.output());
    assert(server.events("background_failed").length === 0, server.output());
  }));

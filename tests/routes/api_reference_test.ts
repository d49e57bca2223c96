/** The reference page as a browser gets it, with and without the islands' scripts. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TryItProps } from "../../islands/try_it/props.ts";
import { OPERATIONS } from "../../routes/api/v1/_operations.ts";
import { createApp } from "../../routes/app.ts";
import { ORIGIN, startTestApp, type TestApp } from "../doubles/app.ts";

const MANIFEST = { TryIt: ["_built/b1/TryIt.js", "_built/b1/chunk.js"], Other: ["_built/b1/Other.js"] };
const FILE = { bytes: new TextEncoder().encode(JSON.stringify(MANIFEST)), mimeType: "application/json", etag: '"b1"' };

async function pageOf(run: (page: string, csp: string, app: TestApp) => void | Promise<void>, hasBundle = true) {
  const app = await startTestApp();
  try {
    const files = new Map(hasBundle ? [["_built/manifest.json", FILE]] : []);
    const response = await createApp(app.deps, files)(new Request(`${ORIGIN}/docs/api`));
    assertEquals([response.status, response.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    await run(await response.text(), response.headers.get("content-security-policy")!, app);
  } finally {
    await app.close();
  }
}

const unescape = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

Deno.test("the page has nothing inline, and its policy allows nothing but own files", () =>
  pageOf((page, csp) => {
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]) {
      assertStringIncludes(csp, part);
    }
    assert(!/unsafe|\*/.test(csp) && !/-src [^;]*data:/.test(csp.replace(/img-src[^;]*/, "")), csp);
    const scripts = [...page.matchAll(/<script\b([^>]*)>([^<]*)/g)];
    assertEquals(scripts.map(([, attributes, text]) => [attributes!.trim(), text]), [
      ['type="module" src="/static/_built/b1/TryIt.js"', ""],
    ]);
    assertStringIncludes(page, '<link rel="modulepreload" href="/static/_built/b1/chunk.js"');
    assert(!/<style|\sstyle=|\son[a-z]+=/i.test(page));
    for (const [, name] of page.matchAll(/href="\/static\/([a-z.]+)"/g)) {
      assert(Deno.statSync(new URL(`../../static/${name}`, import.meta.url)).isFile);
    }
  }));

Deno.test("without the bundle the page loads no script and says what to do instead", () =>
  pageOf((page) => {
    assert(!page.includes("<script"));
    assertStringIncludes(page, "Sending from here needs scripts. The command below does the same.");
    assertEquals(page.match(/<fieldset disabled/g)!.length, Object.keys(OPERATIONS).length);
  }, false));

Deno.test("every operation stands on the page with its command and an island that knows it", () =>
  pageOf((page) => {
    for (const [key, { id }] of Object.entries(OPERATIONS)) assertStringIncludes(page, `id="${id}"`, key);
    const islands = [...page.matchAll(/data-island="TryIt" data-props="([^"]*)"/g)];
    const props = islands.map(([, text]) => JSON.parse(unescape(text!)) as TryItProps);
    assertEquals(props.map(({ id }) => id).toSorted(), Object.values(OPERATIONS).map(({ id }) => id).toSorted());
    const upload = props.find(({ id }) => id === "uploadImage")!;
    assertEquals([upload.access, upload.body?.kind, upload.fields.map(({ name }) => name)], [
      "key",
      "form",
      ["Idempotency-Key", "path", "target_path", "visibility"],
    ]);
    const list = props.find(({ id }) => id === "listImages")!;
    assertEquals(list.fields.find(({ name }) => name === "sort")!.values, ["newest", "oldest", "name", "size"]);
    assertEquals(props.find(({ id }) => id === "setPlan")!.access, "admin");
    assertEquals(props.find(({ id }) => id === "getPicture")!.access, "none");
  }));

Deno.test("every link within the page leads to a place on it, and no id stands there twice", () =>
  pageOf((page) => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    assertEquals(new Set(ids).size, ids.length);
    for (const [, target] of page.matchAll(/(?:href="#|for="|aria-labelledby=")([^"]*)"/g)) {
      assert(ids.includes(target), target);
    }
  }));

Deno.test("the old address leads to the new one", () =>
  pageOf(async (_page, _csp, app) => {
    const response = await app.request("/api-reference");
    assertEquals(response.status, 301);
    assertMatch(response.headers.get("location")!, /^\/docs\/api$/);
  }));

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { ImageListAnswer, SearchAnswer } from "../../routes/api/v1/_schema/images.ts";
import { assertGuarded } from "../doubles/api.ts";
import { errorOf, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { addFile } from "../doubles/images_model.ts";
import { parseImagePath } from "../../kv/ids.ts";
import { manyImage, seedImages } from "../doubles/many_images.ts";
import { START_MS } from "../doubles/state.ts";

async function withApp(run: (app: TestApp, john: TestUser, mary: TestUser) => Promise<void>): Promise<void> {
  const app = await startTestApp({ now: () => START_MS });
  try {
    await run(app, await app.addUser("john"), await app.addUser("mary"));
  } finally {
    await app.close();
  }
}

const get = (app: TestApp, by: TestUser, path: string, headers: Record<string, string> = {}) =>
  app.request(`/api/v1/images${path}`, { headers: { ...by.auth, ...headers } });
const list = async (app: TestApp, by: TestUser, query: string) =>
  ImageListAnswer.parse(await (await get(app, by, `?${query}`)).json());
const search = async (app: TestApp, by: TestUser, query: string) =>
  SearchAnswer.parse(await (await get(app, by, `/search?${query}`)).json());
const paths = ({ images }: ImageListAnswer) => images.map((image) => image.paths[0]!);

async function addPaths(app: TestApp, by: TestUser, names: readonly string[]): Promise<void> {
  for (const [n, name] of names.entries()) {
    await addFile(app.deps.images, by.user.id, n, parseImagePath(name));
  }
}

Deno.test("GET /api/v1/images lists a folder with or without its subfolders, and a file by its path", () =>
  withApp(async (app, john) => {
    await addPaths(app, john, ["root.jpg", "a/one.jpg", "a/b/two.jpg", "a", "ab/x.jpg"]);
    assertEquals(paths(await list(app, john, "sort=size")).length, 5);
    assertEquals(new Set(paths(await list(app, john, "recursive=false"))), new Set(["root.jpg", "a"]));
    const folder = await list(app, john, "path=a&sort=size");
    assertEquals([paths(folder), folder.total], [["a", "a/b/two.jpg", "a/one.jpg"], 3]);
    assertEquals(folder.folders, [{ name: "b", image_count: 1 }]);
    const direct = await list(app, john, "path=a/&recursive=false&sort=size");
    assertEquals([paths(direct), direct.total], [["a", "a/one.jpg"], 2]);
    assertEquals(paths(await list(app, john, "folder=%2Fa%2Fb%2F")), ["a/b/two.jpg"]);
    const none = await list(app, john, "path=nothing");
    assertEquals([none.images, none.folders, none.total, none.has_more], [[], [], 0, false]);
  }));

Deno.test("GET /api/v1/images follows next_cursor through everything once, while images come and go", () =>
  withApp(async (app, john) => {
    await seedImages(app.store, john.user.id, 130);
    for (const sort of ["newest", "oldest", "name", "size"]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: ImageListAnswer = await list(
          app,
          john,
          `sort=${sort}&limit=30${cursor === null ? "" : `&cursor=${cursor}`}`,
        );
        assertEquals(page.offset, seen.length);
        seen.push(...page.images.map((image) => image.id));
        cursor = page.next_cursor;
        assertEquals(page.has_more, cursor !== null);
      } while (cursor !== null);
      assertEquals([seen.length, new Set(seen).size], [130, 130], sort);
    }
    const first = await list(app, john, "limit=10");
    await app.deps.images.remove(john.user.id, manyImage(john.user.id, 125).id);
    const second = await list(app, john, `limit=10&cursor=${first.next_cursor}`);
    assertEquals(second.images[0]!.id, manyImage(john.user.id, 119).id);
  }));

Deno.test("GET /api/v1/images answers 304 to its own etag until something changes", () =>
  withApp(async (app, john, mary) => {
    await addPaths(app, john, ["a.jpg", "b.jpg"]);
    const first = await get(app, john, "?limit=1");
    const etag = first.headers.get("etag")!;
    assertEquals(first.headers.get("cache-control"), "private, no-cache");
    const again = await get(app, john, "?limit=1", { "if-none-match": etag });
    assertEquals([again.status, await again.text(), again.headers.get("etag")], [304, "", etag]);
    assertNotEquals((await get(app, john, "?limit=2")).headers.get("etag"), etag);
    assertEquals((await get(app, mary, "?limit=1", { "if-none-match": etag })).status, 200);
    await app.deps.images.setVisibility(
      john.user.id,
      (await list(app, john, "limit=1")).images[0]!.id as never,
      "private",
    );
    assertEquals((await get(app, john, "?limit=1", { "if-none-match": etag })).status, 200);
  }));

Deno.test("GET /api/v1/images/search finds names and paths, one's own only, in the contract's shape", () =>
  withApp(async (app, john, mary) => {
    await addPaths(app, john, ["Reise/Zürich/See.jpg", "x/plain.png", "y/PLAIN 2.png"]);
    await addPaths(app, mary, ["hers/plain.png"]);
    const found = await search(app, john, "q=zurich");
    assertEquals([found.total, found.query, found.results[0]!.paths], [1, "zurich", ["Reise/Zürich/See.jpg"]]);
    assert(!("active_signed_url" in found.results[0]!));
    assertEquals((await search(app, john, "q=plain")).total, 2);
    assertEquals((await search(app, mary, "q=plain")).results.map((r) => r.paths), [["hers/plain.png"]]);
    const paged = await search(app, john, "q=photo&limit=1&offset=1");
    assertEquals([paged.results.length, paged.total, paged.has_more], [1, 3, true]);
    assertEquals((await search(app, john, "q=%25")).total, 0);
    assertEquals((await search(app, john, `q=${"x".repeat(100)}`)).total, 0);
  }));

Deno.test("GET /api/v1/images and its search refuse bad queries by name", () =>
  withApp(async (app, john) => {
    const cases: [string, string][] = [
      ["?cursor=nonsense", "cursor"],
      ["?cursor=", "cursor"],
      [`?cursor=${btoa('["oldest",1,"x"]')}`, "cursor"],
      [`?cursor=${btoa('{"a":1}')}`, "cursor"],
      [`?cursor=${"A".repeat(4_001)}`, "cursor"],
      ["?recursive=yes", "recursive"],
      ["?path=a/../b", "path"],
      ["?sort=NAME", "sort"],
      ["?offset=1e3", "offset"],
      ["/search", "q"],
      ["/search?q=", "q"],
      [`/search?q=${"x".repeat(101)}`, "q"],
      ["/search?q=a&limit=0", "limit"],
      ["/search?q=a&limit=101", "limit"],
      ["/search?q=a&offset=-1", "offset"],
    ];
    for (const [path, field] of cases) {
      const response = await get(app, john, path);
      const error = await errorOf(response);
      assertEquals([response.status, error.code], [400, "VALIDATION_ERROR"], path);
      assertStringIncludes(error.message, `"${field}"`, path);
    }
    for (const path of ["?unknown=1", "?limit=100&offset=999999999999999", "/search?q=a&x=1"]) {
      assertEquals((await get(app, john, path)).status, 200, path);
    }
    for (const path of ["", "/search"]) await assertGuarded(app, "GET", `/api/v1/images${path}`, "read");
  }));

import { assertEquals } from "@std/assert";
import { ImageIndex, type IndexQuery, type SortKey, type SortOrder } from "../../kv/image_index.ts";
import type { ListEntry } from "../../kv/image_log.ts";
import { type ListModel, modelPage, modelSearch } from "../doubles/list_model.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { testImageId } from "../doubles/state.ts";

const SORTS: readonly SortOrder[] = ["newest", "oldest", "name", "size"];
const ALL: IndexQuery = {
  sort: "newest",
  folder: null,
  recursive: true,
  also: null,
  offset: 0,
  limit: 50,
  after: null,
};
const entry = (n: number, ...paths: string[]): ListEntry => ({ timeMs: n, size: n, name: paths[0]!, paths });

function indexOf(...entries: ListEntry[]): ImageIndex {
  const index = new ImageIndex();
  index.apply(entries.map((e, n) => ({ id: testImageId(n), entry: e })));
  return index;
}

Deno.test("page() counts an image once in a folder in which it has several paths", () => {
  const index = indexOf(entry(1, "a/x.jpg", "a/b/y.jpg", "a/b/z.jpg"), entry(2, "a/q.jpg"));
  assertEquals(index.page({ ...ALL, folder: "a" }).total, 2);
  assertEquals(index.page({ ...ALL, folder: "a/b" }).total, 1);
  assertEquals(index.page(ALL).folders, [{ name: "a", imageCount: 2 }]);
});

Deno.test("page() knows no folder whose name only begins the same, and none that is a file", () => {
  const index = indexOf(entry(1, "ab/x.jpg"));
  for (const folder of ["a", "ab/x.jpg", "ab/x", "toString", "__proto__"]) {
    assertEquals(index.page({ ...ALL, folder }), { ids: [], total: 0, offset: 0, folders: [], next: null });
  }
});

Deno.test("page() forgets folders that have lost their last image", () => {
  const index = indexOf(entry(1, "a/b/c/x.jpg"));
  index.apply([{ id: testImageId(0), entry: null }]);
  assertEquals(index.page(ALL).folders, []);
  index.apply([{ id: testImageId(1), entry: entry(1, "d/x.jpg") }]);
  assertEquals(index.page(ALL).folders, [{ name: "d", imageCount: 1 }]);
});

Deno.test("page() forgets a folder and its subfolder that go together", () => {
  for (const paths of [["a/x.jpg", "a/b/x.jpg"], ["a/b/x.jpg", "a/x.jpg"]]) {
    const index = indexOf(entry(1, ...paths));
    index.apply([{ id: testImageId(0), entry: null }]);
    assertEquals(index.page(ALL).folders, []);
    index.apply([{ id: testImageId(1), entry: entry(1, "b/x.jpg", "a/b/x.jpg") }]);
    assertEquals(index.page({ ...ALL, folder: "a" }).folders, [{ name: "b", imageCount: 1 }]);
  }
});

Deno.test("page() goes on behind a cursor whose image is gone", () => {
  const index = indexOf(...[1, 2, 3, 4].map((n) => entry(n, `${n}.jpg`)));
  const first = index.page({ ...ALL, limit: 2 });
  assertEquals(first.ids, [testImageId(3), testImageId(2)]);
  index.apply([{ id: testImageId(2), entry: null }]);
  const second = index.page({ ...ALL, limit: 2, after: first.next });
  assertEquals([second.ids, second.offset, second.next], [[testImageId(1), testImageId(0)], 1, null]);
});

Deno.test("search() finds names and paths whatever their case and accents, newest first", () => {
  const index = indexOf(entry(1, "Reise/Zürich.jpg"), entry(2, "b.jpg"), entry(3, "zurich/x.jpg"));
  assertEquals(index.search("ZURICH", 0, 10), { ids: [testImageId(2), testImageId(0)], total: 2 });
  assertEquals(index.search("zürich", 1, 10), { ids: [testImageId(0)], total: 2 });
  for (const text of ["\u0301", "b.jpg\nb.jpg", "zzz"]) assertEquals(index.search(text, 0, 10).total, 0);
});

function randomEntry(random: ReturnType<typeof seededRandom>): ListEntry {
  const names = ["x.jpg", "É.png", "e.png", "日.gif", "x"];
  const folders = ["", "a/", "a/b/", "a/b/c/", "ab/", "É/"];
  const paths = Array.from({ length: random.integer(1, 3) }, () => random.pick(folders) + random.pick(names));
  const distinct = [...new Set(paths)];
  return { timeMs: random.integer(0, 9), size: random.integer(1, 5), name: random.pick(names), paths: distinct };
}

/** Follows cursors to the end. */
function walk(index: ImageIndex, query: IndexQuery): { ids: string[]; offsets: number[] } {
  const [ids, offsets]: [string[], number[]] = [[], []];
  let after: SortKey | null = null;
  do {
    const page = index.page({ ...query, after });
    ids.push(...page.ids);
    offsets.push(page.offset);
    after = page.next;
  } while (after !== null);
  return { ids, offsets };
}

function assertSame(index: ImageIndex, model: ListModel, random: ReturnType<typeof seededRandom>): void {
  for (const sort of SORTS) {
    for (const folder of [null, "a", "a/b", "ab", "É", "none"]) {
      const recursive = random.integer(0, 1) === 1;
      const also = random.integer(0, 2) === 0 ? testImageId(random.integer(0, 30)) : null;
      const known = also !== null && model.has(also) ? also : null;
      const query: IndexQuery = { ...ALL, sort, folder, recursive, also: known, limit: random.integer(1, 7) };
      const expected = modelPage(model, query);
      const offset = random.integer(0, 12);
      const page = index.page({ ...query, offset });
      assertEquals(page.ids, expected.all.slice(offset, offset + query.limit));
      assertEquals([page.total, page.folders], [expected.all.length, expected.folders]);
      assertEquals(page.next === null, offset + query.limit >= expected.all.length);
      const walked = walk(index, query);
      assertEquals(walked.ids, expected.all);
      assertEquals(walked.offsets, walked.offsets.map((_, n) => n * query.limit));
    }
  }
  for (const text of ["e", "É", "x.j", "a/b", "日", "b/c/"]) {
    assertEquals(index.search(text, 0, 100).ids, modelSearch(model, text), text);
  }
}

Deno.test("ImageIndex agrees with a simple model through random histories", () => {
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed);
    const [index, model] = [new ImageIndex(), new Map() as ListModel];
    for (let step = 0; step < 150; step++) {
      const id = testImageId(random.integer(0, 30));
      const op = { id, entry: random.integer(0, 3) === 0 ? null : randomEntry(random) };
      index.apply([op]);
      if (op.entry === null) model.delete(id);
      else model.set(id, op.entry);
      if (step % 5 === 0) assertSame(index, model, random);
    }
    assertEquals(index.count, model.size);
  }
});

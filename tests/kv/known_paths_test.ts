import { assertEquals } from "@std/assert";
import type { ImagePath, UserId } from "../../kv/ids.ts";
import { KnownPaths, type LocatedImage, SHARED_PATH_MS } from "../../kv/known_paths.ts";

const USER = "user_1" as UserId;
const PATH = "a/b.jpg" as ImagePath;
const recordOf = (hash: string) => ({ record: { hash }, changedAtMs: 0 }) as LocatedImage;

/** A store of one record that counts how often it is read. */
function createFinder(first: LocatedImage | null) {
  const finder = {
    record: first,
    reads: 0,
    find: () => {
      finder.reads++;
      return Promise.resolve(finder.record);
    },
  };
  return finder;
}

Deno.test("resolve() reads once when the path is asked for again", async () => {
  const [known, finder] = [new KnownPaths(() => 0, SHARED_PATH_MS), createFinder(recordOf("one"))];
  await known.resolve(USER, PATH, finder.find);
  assertEquals(await known.resolve(USER, PATH, finder.find), recordOf("one"));
  assertEquals(finder.reads, 1);
});

Deno.test("resolve() reads anew when the user's images changed", async () => {
  const [known, finder] = [new KnownPaths(() => 0, SHARED_PATH_MS), createFinder(recordOf("one"))];
  await known.resolve(USER, PATH, finder.find);
  finder.record = null;
  known.forget(USER);
  assertEquals(await known.resolve(USER, PATH, finder.find), null);
});

Deno.test("resolve() reads anew when a second has passed, since another process may have changed it", async () => {
  let nowMs = 0;
  const [known, finder] = [new KnownPaths(() => nowMs, SHARED_PATH_MS), createFinder(recordOf("one"))];
  await known.resolve(USER, PATH, finder.find);
  finder.record = recordOf("two");
  nowMs = 999;
  assertEquals(await known.resolve(USER, PATH, finder.find), recordOf("one"));
  nowMs = 1_000;
  assertEquals(await known.resolve(USER, PATH, finder.find), recordOf("two"));
});

Deno.test("resolve() keeps nothing of a read that a change overtook", async () => {
  const [known, finder] = [new KnownPaths(() => 0, SHARED_PATH_MS), createFinder(recordOf("new"))];
  const slow = Promise.withResolvers<LocatedImage | null>();
  const reading = known.resolve(USER, PATH, () => slow.promise);
  known.forget(USER);
  slow.resolve(recordOf("old"));
  assertEquals(await reading, recordOf("old"));
  assertEquals(await known.resolve(USER, PATH, finder.find), recordOf("new"));
});

Deno.test("resolve() does not remember absence", async () => {
  const [known, finder] = [new KnownPaths(() => 0, SHARED_PATH_MS), createFinder(null)];
  await known.resolve(USER, PATH, finder.find);
  finder.record = recordOf("one");
  assertEquals(await known.resolve(USER, PATH, finder.find), recordOf("one"));
});

Deno.test("resolve() keeps users apart", async () => {
  const known = new KnownPaths(() => 0, SHARED_PATH_MS);
  await known.resolve(USER, PATH, createFinder(recordOf("one")).find);
  const other = createFinder(recordOf("two"));
  assertEquals(await known.resolve("user_2" as UserId, PATH, other.find), recordOf("two"));
});

Deno.test("resolve() reads once for all who ask at the same time, and anew for who asks after a change", async () => {
  const known = new KnownPaths(() => 0, SHARED_PATH_MS);
  const pending = Promise.withResolvers<LocatedImage | null>();
  let reads = 0;
  const find = () => {
    reads++;
    return pending.promise;
  };
  const before = Array.from({ length: 100 }, () => known.resolve(USER, PATH, find));
  known.forget(USER);
  const after = known.resolve(USER, PATH, () => Promise.resolve(recordOf("two")));
  pending.resolve(recordOf("one"));
  assertEquals(new Set(await Promise.all(before)).size, 1);
  assertEquals([reads, await after], [1, recordOf("two")]);
  assertEquals(await known.resolve(USER, PATH, find), recordOf("two"), "what was read before the change is not kept");
});

Deno.test("resolve() tells all who wait of a failure, and reads again for the next", async () => {
  const known = new KnownPaths(() => 0, SHARED_PATH_MS);
  const failing = () => Promise.reject(new Error("Down"));
  const answers = await Promise.allSettled([known.resolve(USER, PATH, failing), known.resolve(USER, PATH, failing)]);
  assertEquals(answers.map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals(await known.resolve(USER, PATH, () => Promise.resolve(recordOf("one"))), recordOf("one"));
});

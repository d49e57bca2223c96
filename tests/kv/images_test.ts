import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ImagePath, parseImagePath } from "../../kv/ids.ts";
import { type AddResult, Images, MAX_PATHS_PER_IMAGE, TooManyPathsError } from "../../kv/images.ts";
import { addFile, assertConsistent, ImagesModel } from "../doubles/images_model.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { historySteps, openState, START_MS, testImageId, testRecord, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];
const path = (text: string) => parseImagePath(text);

async function openImages() {
  const state = await openState();
  return { state, images: new Images(state.store, state.deps.now), [Symbol.dispose]: () => state[Symbol.dispose]() };
}

Deno.test("add() makes an image that is found by id, path and base name", async () => {
  using open = await openImages();
  const { images, state } = open;
  const added = await addFile(images, USER, 1, path("a/photo.jpg")) as AddResult;
  assertEquals([added.isNew, added.displaced], [true, null]);
  assertEquals(added.record, { ...testRecord(USER, 1), paths: [path("a/photo.jpg")] });
  assertEquals(await images.get(USER, testImageId(1)), added.record);
  assertEquals(await images.atPath(USER, path("a/photo.jpg")), added.record);
  assertEquals(await images.atBase(USER, "a/photo"), added.record);
  for (const other of ["a/photo", "a/photo.png", "photo.jpg", "a"]) {
    assertEquals(await images.atPath(USER, path(other)), null);
  }
  for (const base of ["a", "a/pho", "a/photo.jpg", "photo"]) assertEquals(await images.atBase(USER, base), null);
  await assertConsistent(state, images, USER);
});

Deno.test("add() gives the same file another path and stores it once", async () => {
  using open = await openImages();
  const { images, state } = open;
  await addFile(images, USER, 1, path("a.jpg"));
  state.clock.nowMs += 7;
  const again = await images.add(USER, testImageId(1), path("b.jpg"), null, null) as AddResult;
  assertEquals([again.isNew, again.record.paths], [false, [path("a.jpg"), path("b.jpg")]]);
  assertEquals([again.record.uploadedAtMs, again.record.updatedAtMs], [START_MS, START_MS + 7]);
  assertEquals(await images.totals(USER), { images: 1, bytes: 1_001 });
  await assertConsistent(state, images, USER);
});

Deno.test("add() lists a path once when it is uploaded twice", async () => {
  using open = await openImages();
  await addFile(open.images, USER, 1, path("a.jpg"));
  const again = await addFile(open.images, USER, 1, path("a.jpg")) as AddResult;
  assertEquals([again.isNew, again.record.paths], [false, [path("a.jpg")]]);
  await assertConsistent(open.state, open.images, USER);
});

Deno.test("add() asks for the bytes when the image that was counted on is gone", async () => {
  using open = await openImages();
  assertEquals(await open.images.add(USER, testImageId(1), path("a.jpg"), null, null), "needs_bytes");
  assertEquals(await open.images.all(USER), []);
  assertEquals(await open.images.atPath(USER, path("a.jpg")), null);
});

Deno.test("add() moves a path to another file and removes the image that has lost its last one", async () => {
  using open = await openImages();
  const { images, state } = open;
  await addFile(images, USER, 1, path("a.jpg"));
  await addFile(images, USER, 1, path("b.jpg"));
  const first = await addFile(images, USER, 2, path("a.jpg")) as AddResult;
  assertEquals(first.displaced, null);
  assertEquals((await images.get(USER, testImageId(1)))?.paths, [path("b.jpg")]);
  await assertConsistent(state, images, USER);
  const second = await addFile(images, USER, 2, path("b.jpg")) as AddResult;
  assertEquals(second.displaced?.id, testImageId(1));
  assertEquals(await images.get(USER, testImageId(1)), null);
  assertEquals((await images.atPath(USER, path("b.jpg")))?.id, testImageId(2));
  await assertConsistent(state, images, USER);
});

Deno.test("add() keeps the visibility unless the upload asks for another", async () => {
  using open = await openImages();
  const add = async (visibility: "public" | "private" | null) => {
    const record = testRecord(USER, 1);
    return (await open.images.add(USER, record.id, path("a.jpg"), record, visibility) as AddResult).record.visibility;
  };
  assertEquals([await add("private"), await add(null), await add("public"), await add(null)], [
    "private",
    "private",
    "public",
    "public",
  ]);
});

Deno.test("atBase() finds the path that was pointed last when several share a base name", async () => {
  using open = await openImages();
  const { images, state } = open;
  for (const [n, text] of [[1, "photo.jpg"], [2, "photo.png"], [3, "photo"], [1, "photo.jpg"]] as const) {
    state.clock.nowMs += 1_000;
    await addFile(images, USER, n, path(text));
    assertEquals((await images.atBase(USER, "photo"))?.id, testImageId(n));
  }
  await images.remove(USER, testImageId(1));
  assertEquals((await images.atBase(USER, "photo"))?.id, testImageId(3));
});

Deno.test("add() and remove() take a path of 1,024 bytes, with and without an extension", async () => {
  using open = await openImages();
  const folders = [255, 255, 255, 250].map((n) => "a".repeat(n)).join("/");
  for (const [n, name] of [[1, "x.jpg"], [2, "éé1"]] as const) {
    const long = path(`${folders}/${name}`);
    assertEquals(new TextEncoder().encode(long).length, 1_024);
    await addFile(open.images, USER, n, long);
    assertEquals((await open.images.atPath(USER, long))?.id, testImageId(n));
    await assertConsistent(open.state, open.images, USER);
    await open.images.remove(USER, testImageId(n));
  }
  assertEquals(await open.images.all(USER), []);
});

for (const [kind, filler] of [["ASCII", "x"], ["non-Latin", "日"]] as const) {
  Deno.test(`add() refuses one path too many, and remove() takes a full image, when the paths are ${kind}`, async () => {
    using open = await openImages();
    let count = 0;
    const full = async () => {
      for (; count <= MAX_PATHS_PER_IMAGE; count++) {
        await addFile(open.images, USER, 1, path(`${filler}/${"y".repeat(150)}${count}.jpg`));
      }
    };
    await assertRejects(full, TooManyPathsError);
    assert(count >= 100 && count <= MAX_PATHS_PER_IMAGE, String(count));
    assertEquals((await open.images.get(USER, testImageId(1)))?.paths.length, count);
    await assertConsistent(open.state, open.images, USER);
    assertEquals((await open.images.remove(USER, testImageId(1)))?.paths.length, count);
    await assertConsistent(open.state, open.images, USER);
  });
}

Deno.test("remove() takes an image with all its paths away and gives its record, once", async () => {
  using open = await openImages();
  const { images, state } = open;
  for (const text of ["a.jpg", "b.jpg", "c/d.png"]) await addFile(images, USER, 1, path(text));
  await addFile(images, USER, 2, path("e.jpg"));
  const results = await Promise.all(Array.from({ length: 10 }, () => images.remove(USER, testImageId(1))));
  assertEquals(results.filter((r) => r !== null).length, 1);
  assertEquals(await images.atPath(USER, path("c/d.png")), null);
  assertEquals((await images.all(USER)).map((r) => r.id), [testImageId(2)]);
  await assertConsistent(state, images, USER);
});

Deno.test("Images keeps users apart when they own the same file at the same path", async () => {
  using open = await openImages();
  const { images, state } = open;
  await addFile(images, USER, 1, path("a.jpg"));
  await addFile(images, OTHER, 1, path("a.jpg"));
  await images.remove(USER, testImageId(1));
  assertEquals((await images.atPath(OTHER, path("a.jpg")))?.user, OTHER);
  for (const user of [USER, OTHER]) await assertConsistent(state, images, user);
});

Deno.test("paths() gives every path of a user with its image, in the order of their text", async () => {
  using open = await openImages();
  for (const [n, text] of [[1, "b.jpg"], [2, "a/c.jpg"], [1, "a.jpg"]] as const) {
    await addFile(open.images, USER, n, path(text));
  }
  await addFile(open.images, OTHER, 3, path("x.jpg"));
  const found = (await Array.fromAsync(open.images.paths(USER))).map((p) => [String(p.path), p.image]);
  assertEquals(found, [["a.jpg", testImageId(1)], ["a/c.jpg", testImageId(2)], ["b.jpg", testImageId(1)]]);
});

Deno.test("add() makes exactly one record when 50 upload the same file to the same path at once", async () => {
  using open = await openImages();
  const { images, state } = open;
  const results = await Promise.all(Array.from({ length: 50 }, () => addFile(images, USER, 1, path("a.jpg"))));
  assertEquals((results as AddResult[]).filter((r) => r.isNew).length, 1);
  assertEquals((await images.all(USER)).map((r) => r.paths), [[path("a.jpg")]]);
  await assertConsistent(state, images, USER);
});

Deno.test("add() loses no path when 50 upload the same file to different paths at once", async () => {
  using open = await openImages();
  const { images, state } = open;
  const paths = Array.from({ length: 50 }, (_, n) => path(`${n}.jpg`));
  const results = await Promise.all(paths.map((p) => addFile(images, USER, 1, p)));
  assertEquals((results as AddResult[]).filter((r) => r.isNew).length, 1);
  assertEquals((await images.all(USER)).map((r) => r.paths.toSorted()), [paths.toSorted()]);
  await assertConsistent(state, images, USER);
});

Deno.test("add() leaves exactly one image when 50 upload different files to one path at once", async () => {
  using open = await openImages();
  const { images, state } = open;
  const results = await Promise.all(Array.from({ length: 50 }, (_, n) => addFile(images, USER, n, path("a.jpg"))));
  const displaced = (results as AddResult[]).flatMap((r) => r.displaced?.id ?? []);
  assertEquals((await images.all(USER)).length, 1);
  // Every other one was handed out exactly once, so that its bytes are removed once.
  assertEquals([displaced.length, new Set(displaced).size], [49, 49]);
  await assertConsistent(state, images, USER);
});

Deno.test("Images agrees with a simple model through random histories of add, re-point and remove", async () => {
  for (const seed of [1, 2, 3]) {
    using open = await openImages();
    const { images, state } = open;
    const random = seededRandom(seed);
    const model = new ImagesModel();
    const names = ["a.jpg", "a.png", "a", "b/a.jpg", "b/c.webp", "日本.png", "x.tar.gif"].map(path);
    for (let step = 0; step < historySteps(200); step++) {
      const n = random.integer(0, 5);
      if (random.integer(0, 4) === 0) {
        assertEquals((await images.remove(USER, testImageId(n)))?.paths ?? null, model.remove(testImageId(n)));
      } else {
        const at = random.pick(names);
        const result = await addFile(images, USER, n, at) as AddResult;
        const expected = model.add(testImageId(n), at);
        assertEquals({ isNew: result.isNew, displaced: result.displaced?.id ?? null }, expected);
      }
      await model.assertSame(images, USER);
    }
    await assertConsistent(state, images, USER);
  }
});

Deno.test("Images stays consistent through random histories of which ten steps run at once", async () => {
  using open = await openImages();
  const { images, state } = open;
  const random = seededRandom(9);
  const names: ImagePath[] = ["a.jpg", "a.png", "b.jpg", "c/d.webp"].map(path);
  for (let round = 0; round < historySteps(60); round++) {
    await Promise.all(Array.from({ length: 10 }, () => {
      const n = random.integer(0, 3);
      if (random.integer(0, 3) === 0) return images.remove(USER, testImageId(n));
      const fresh = random.integer(0, 3) === 0 ? null : testRecord(USER, n, START_MS + random.integer(0, 3));
      return images.add(USER, testImageId(n), random.pick(names), fresh, null);
    }));
    await assertConsistent(state, images, USER);
  }
});

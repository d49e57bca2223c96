import { assert, assertEquals } from "@std/assert";
import { type ImageId, type ImagePath, parseImagePath, type UserId } from "../../kv/ids.ts";
import type { IndexQuery } from "../../kv/image_index.ts";
import { ImageLists } from "../../kv/image_lists.ts";
import { ImageLog, type ImageLogState, PACK_ABOVE } from "../../kv/image_log.ts";
import { Images } from "../../kv/images.ts";
import { imageLogPrefix, imageLogStateKey, imageSegmentsPrefix } from "../../kv/keys.ts";
import { addFile } from "../doubles/images_model.ts";
import { modelPage } from "../doubles/list_model.ts";
import { manyImage, seedImages } from "../doubles/many_images.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { openState, testImageId, testRecord, type TestState, testUserId } from "../doubles/state.ts";

const [USER, OTHER] = [testUserId(1), testUserId(2)];
const ALL: IndexQuery = { sort: "name", folder: null, recursive: true, also: null, offset: 0, limit: 1e6, after: null };
const path = (text: string) => parseImagePath(text);

/** What a process has of the state: its own turns and its own memory. */
function openProcess(state: TestState, memoryBytes = 2 ** 24) {
  const images = new Images(state.store, state.deps.now);
  return { images, lists: new ImageLists(state.store, images, memoryBytes) };
}
type Process = ReturnType<typeof openProcess>;

async function assertListed({ images, lists }: Process, user: UserId): Promise<void> {
  const records = await images.all(user);
  const model = new Map(records.map((r) => [
    r.id,
    { timeMs: r.uploadedAtMs, size: r.size, name: r.originalFilename, paths: r.paths },
  ]));
  const page = await lists.page(user, ALL);
  assertEquals(page.images.map((r) => r.id), modelPage(model, ALL).all);
  assertEquals(page.total, (await images.totals(user)).images);
}

const rows = async (state: TestState, prefix: Deno.KvKey) => (await Array.fromAsync(state.kv.list({ prefix }))).length;
const logState = async (state: TestState, user = USER) =>
  (await state.kv.get<ImageLogState>(imageLogStateKey(user))).value!;

Deno.test("page() is empty for a user without images, and shows only one's own", async () => {
  using state = await openState();
  const { images, lists } = openProcess(state);
  assertEquals((await lists.page(USER, ALL)).images, []);
  await addFile(images, USER, 1, path("a.jpg"));
  await addFile(images, OTHER, 2, path("b.jpg"));
  assertEquals((await lists.page(USER, ALL)).images.map((r) => r.id), [testImageId(1)]);
  assertEquals((await lists.search(OTHER, ".jpg", 0, 10)).images.map((r) => r.id), [testImageId(2)]);
});

Deno.test("page() shows what another process has just changed", async () => {
  using state = await openState();
  const [one, two] = [openProcess(state), openProcess(state)];
  for (let n = 0; n < 5; n++) {
    await addFile(one.images, USER, n, path(`a/${n}.jpg`));
    assertEquals((await two.lists.page(USER, ALL)).total, n + 1);
  }
  await two.images.remove(USER, testImageId(3));
  await two.images.movePath(USER, testImageId(2), path("a/2.jpg"), path("b/2.jpg"));
  for (const process of [one, two]) {
    await assertListed(process, USER);
    assertEquals((await process.lists.page(USER, ALL)).folders.map((f) => f.imageCount), [3, 1]);
  }
});

Deno.test("the log is packed after some hundred changes, and reads the same for whoever comes new", async () => {
  using state = await openState();
  const old = openProcess(state);
  await addFile(old.images, USER, 0, path("0.jpg"));
  await assertListed(old, USER);
  for (let n = 1; n < PACK_ABOVE + 20; n++) await addFile(old.images, USER, n, path(`${n % 7}/${n}.jpg`));
  const { seq, packedSeq } = await logState(state);
  assertEquals([seq, packedSeq], [PACK_ABOVE + 20, PACK_ABOVE]);
  assertEquals(await rows(state, imageLogPrefix(USER)), seq - packedSeq);
  assert(await rows(state, imageSegmentsPrefix(USER, null)) < 5);
  for (const process of [old, openProcess(state), openProcess(state, 0)]) await assertListed(process, USER);
});

Deno.test("pack() keeps segments and commits in bounds when images have the longest paths", async () => {
  using state = await openState();
  const { images } = openProcess(state);
  const long = (n: number) => path(`${"日".repeat(80)}/${n}.jpg`);
  for (let n = 0; n < 120; n++) await addFile(images, USER, 1, long(n));
  const log = new ImageLog(state.store);
  while ((await logState(state)).packedSeq < (await logState(state)).seq) await log.pack(USER, 1);
  await assertListed(openProcess(state), USER);
});

Deno.test("rewrite() leaves one line an image, and readers from before and after agree", async () => {
  using state = await openState();
  const [old, writer] = [openProcess(state), openProcess(state)];
  for (let n = 0; n < 30; n++) await addFile(writer.images, USER, n, path(`${n}.jpg`));
  await assertListed(old, USER);
  for (let n = 0; n < 20; n++) await writer.images.remove(USER, testImageId(n));
  const log = new ImageLog(state.store);
  await log.pack(USER, 10);
  await log.rewrite(USER);
  const { generation, packedLines, packedSeq, baseSeq } = await logState(state);
  assertEquals([generation, packedLines, packedSeq, baseSeq], [1, 10, 50, 50]);
  assertEquals(await rows(state, imageSegmentsPrefix(USER, 0)), 0);
  for (const process of [old, writer, openProcess(state)]) await assertListed(process, USER);
  await addFile(writer.images, USER, 99, path("99.jpg"));
  for (const process of [old, writer, openProcess(state)]) await assertListed(process, USER);
});

Deno.test("page() makes the log anew where images have none", async () => {
  using state = await openState();
  const before = openProcess(state);
  for (let n = 0; n < 10; n++) await addFile(before.images, USER, n, path(`${n}.jpg`));
  await state.store.deleteAll(imageLogPrefix(USER));
  await state.kv.delete(imageLogStateKey(USER));
  const after = openProcess(state);
  await assertListed(after, USER);
  await addFile(after.images, USER, 10, path("10.jpg"));
  await assertListed(after, USER);
  await assertListed(openProcess(state), USER);
});

Deno.test("page() agrees with the records through a long history in two processes", async () => {
  using state = await openState();
  const processes = [openProcess(state), openProcess(state), openProcess(state, 0)];
  const random = seededRandom(5);
  const names: ImagePath[] = ["a.jpg", "b/a.jpg", "b/c/d.webp", "É/x.png", "b/e.jpg"].map(path);
  const step = () => {
    const { images } = random.pick(processes);
    const n = random.integer(0, 12);
    const id: ImageId = testImageId(n);
    switch (random.integer(0, 4)) {
      case 0:
        return images.remove(USER, id);
      case 1:
        return images.movePath(USER, id, null, random.pick(names));
      case 2:
        return images.removePath(USER, null, random.pick(names));
      default:
        return images.add(USER, id, random.pick(names), testRecord(USER, n), null);
    }
  };
  for (let round = 0; round < 150; round++) {
    await Promise.all(Array.from({ length: 6 }, step));
    if (round % 3 === 0) { for (const process of processes) await assertListed(process, USER); }
  }
  assert((await logState(state)).packedSeq > 0, "the history was too short to be packed");
});

Deno.test("page() and search() answer for thousands of images as for few", async () => {
  using state = await openState();
  const { lists } = openProcess(state);
  await seedImages(state.store, USER, 3_000);
  const page = await lists.page(USER, { ...ALL, sort: "newest", offset: 2_990, limit: 50 });
  assertEquals(page.images.map((r) => r.id), Array.from({ length: 10 }, (_, n) => manyImage(USER, 9 - n).id));
  assertEquals((await lists.page(USER, { ...ALL, folder: "2017", limit: 1 })).total, 300);
  assertEquals((await lists.search(USER, "zurich 1201", 0, 5)).images.map((r) => r.originalFilename), [
    "Zürich 1201.jpg",
  ]);
});

/** Moving, removing, hiding and restoring of images: against a simple model, and many at once. */
import { assert, assertEquals } from "@std/assert";
import { type ImageId, type ImagePath, parseImagePath } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { trashByTimePrefix } from "../../kv/keys.ts";
import type { TrashRow } from "../../kv/records.ts";
import { Trash } from "../../kv/trash.ts";
import { addFile, assertConsistent } from "../doubles/images_model.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { historySteps, openState, testImageId, type TestState, testUserId } from "../doubles/state.ts";

const USER = testUserId(1);
const NAMES: readonly ImagePath[] = ["a.jpg", "a.png", "b.jpg", "c/d.webp", "c/a.jpg"].map(parseImagePath);
const UNDO_MS = 10_000;

async function openImages() {
  const state = await openState();
  return { state, images: new Images(state.store, state.deps.now), [Symbol.dispose]: () => state[Symbol.dispose]() };
}

/** Every row of the trash has its time, and the other way round. */
async function assertTrash(state: TestState, expected: number): Promise<void> {
  const rows = await Array.fromAsync(state.kv.list<TrashRow>({ prefix: ["trash", USER] }));
  const times = await Array.fromAsync(state.kv.list({ prefix: trashByTimePrefix }));
  assertEquals([rows.length, times.length], [expected, expected]);
}

Deno.test("Images agrees with a simple model through random moves, removals, hidings and restores", async () => {
  for (const seed of [1, 2, 3]) {
    using open = await openImages();
    const { images, state } = open;
    const random = seededRandom(seed);
    const model = new Map<ImageId, ImagePath[]>();
    const hidden = new Map<ImageId, ImagePath[]>();
    const ownerOf = (path: ImagePath) => [...model].find(([, paths]) => paths.includes(path))?.[0] ?? null;

    const move = async (id: ImageId, from: ImagePath | null, to: ImagePath) => {
      const outcome = await images.movePath(USER, id, from, to);
      const paths = model.get(id);
      const owner = ownerOf(to);
      if (paths === undefined || (from !== null && !paths.includes(from))) return assertEquals(outcome, null);
      if (owner !== null && !(owner === id && (from === null || from === to))) return assertEquals(outcome, "taken");
      if (owner === null) {
        if (from === null) paths.push(to);
        else paths[paths.indexOf(from)] = to;
      }
      assert(outcome !== null && outcome !== "taken");
      assertEquals(outcome.paths, paths);
    };
    const removePath = async (id: ImageId | null, path: ImagePath) => {
      const outcome = await images.removePath(USER, id, path);
      const owner = ownerOf(path);
      if (owner === null || (id !== null && id !== owner)) return assertEquals(outcome, null);
      const left = model.get(owner)!.filter((p) => p !== path);
      if (left.length === 0) model.delete(owner);
      else model.set(owner, left);
      assertEquals(outcome?.after?.paths ?? [], left);
    };
    const hide = async (id: ImageId) => {
      // One deletion of a file at a time: the model knows no more.
      if (hidden.has(id)) return;
      const outcome = await images.removeLater(USER, id, state.clock.nowMs + UNDO_MS);
      assertEquals(outcome?.paths ?? null, model.get(id) ?? null);
      if (model.has(id)) hidden.set(id, model.get(id)!);
      model.delete(id);
    };
    const restore = async (id: ImageId) => {
      const outcome = await images.restore(USER, id);
      const free = (hidden.get(id) ?? []).filter((path) => ownerOf(path) === null);
      if (!hidden.has(id)) return assertEquals(outcome, null);
      if (model.has(id) || free.length === 0) return assertEquals(outcome, "taken");
      assert(outcome !== null && outcome !== "taken");
      assertEquals(outcome.paths, free);
      model.set(id, free);
      hidden.delete(id);
    };
    const add = async (n: number, path: ImagePath) => {
      const owner = ownerOf(path);
      await addFile(images, USER, n, path);
      if (owner !== null && owner !== testImageId(n)) {
        const left = model.get(owner)!.filter((p) => p !== path);
        if (left.length === 0) model.delete(owner);
        else model.set(owner, left);
      }
      const own = model.get(testImageId(n)) ?? [];
      model.set(testImageId(n), own.includes(path) ? own : [...own, path]);
    };
    for (let step = 0; step < historySteps(250); step++) {
      const n = random.integer(0, 3);
      const id = testImageId(n);
      await random.pick([
        () => add(n, random.pick(NAMES)),
        () => move(id, random.integer(0, 2) === 0 ? null : random.pick(NAMES), random.pick(NAMES)),
        () => removePath(random.integer(0, 1) === 0 ? null : id, random.pick(NAMES)),
        () => hide(id),
        () => restore(id),
      ])();
      const stored = (await images.all(USER)).map((r) => [r.id, r.paths] as const);
      assertEquals(stored, [...model].toSorted(([a], [b]) => a < b ? -1 : 1));
    }
    await assertConsistent(state, images, USER);
    await assertTrash(state, hidden.size);
  }
});

Deno.test("Images stays consistent when ten moves, removals, hidings, restores and flips run at once", async () => {
  using open = await openImages();
  const { images, state } = open;
  const random = seededRandom(11);
  for (let round = 0; round < historySteps(40); round++) {
    await Promise.all(Array.from({ length: 10 }, () => {
      const n = random.integer(0, 2);
      const id = testImageId(n);
      return random.pick<() => Promise<unknown>>([
        () => addFile(images, USER, n, random.pick(NAMES)),
        () => images.movePath(USER, id, random.pick(NAMES), random.pick(NAMES)),
        () => images.movePath(USER, id, null, random.pick(NAMES)),
        () => images.removePath(USER, null, random.pick(NAMES)),
        () => images.removeLater(USER, id, state.clock.nowMs + UNDO_MS),
        () => images.restore(USER, id),
        () => images.setVisibility(USER, id, random.pick(["public", "private"])),
      ])();
    }));
    await assertConsistent(state, images, USER);
  }
  const rows = (await Array.fromAsync(state.kv.list({ prefix: ["trash", USER] }))).length;
  await assertTrash(state, rows);
});

Deno.test("setVisibility() counts how often an image turned private, and nothing else", async () => {
  using open = await openImages();
  const { images } = open;
  await addFile(images, USER, 1, NAMES[0]!);
  const epochs = [];
  for (const visibility of ["public", "private", "private", "public", "private"] as const) {
    epochs.push((await images.setVisibility(USER, testImageId(1), visibility))!.linkEpoch ?? 0);
  }
  assertEquals(epochs, [0, 1, 1, 1, 2]);
  assertEquals(await images.setVisibility(USER, testImageId(2), "private"), null);
});

Deno.test("Trash.claim() gives what is due, once finished never again, and an undo that comes later loses", async () => {
  using open = await openImages();
  const { images, state } = open;
  const trash = new Trash(state.store, state.deps.now);
  const [first, second] = [testImageId(1), testImageId(2)];
  await addFile(images, USER, 1, NAMES[0]!);
  await addFile(images, USER, 2, NAMES[2]!);
  await images.removeLater(USER, first, state.clock.nowMs + UNDO_MS);
  state.clock.nowMs += 1;
  await images.removeLater(USER, second, state.clock.nowMs + UNDO_MS);
  assertEquals(await trash.claim(), []);
  state.clock.nowMs += UNDO_MS - 1;
  const due = await trash.claim();
  assertEquals(due.map((row) => row.image.id), [first]);
  assertEquals((await trash.claim()).length, 1, "a crash before the end repeats it");
  assertEquals(await images.restore(USER, first), null);
  await trash.finish(due[0]!);
  assertEquals(await trash.claim(), []);
  assertEquals((await trash.claim(USER)).map((row) => row.image.id), [second], "whatever its time");
  assertEquals(await images.restore(USER, second), null);
  assertEquals(await trash.claim(testUserId(2)), []);
});

Deno.test("restore() and claim() never both win", async () => {
  using open = await openImages();
  const { images, state } = open;
  const trash = new Trash(state.store, state.deps.now);
  for (let round = 0; round < historySteps(20); round++) {
    await addFile(images, USER, 1, NAMES[0]!);
    await images.removeLater(USER, testImageId(1), state.clock.nowMs + UNDO_MS);
    const [restored, claimed] = await Promise.all([images.restore(USER, testImageId(1)), trash.claim(USER)]);
    assertEquals(restored === null ? 0 : 1, 1 - claimed.length, `round ${round}`);
    for (const row of claimed) await trash.finish(row);
  }
});

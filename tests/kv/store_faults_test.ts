import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Images } from "../../kv/images.ts";
import { ImageLists } from "../../kv/image_lists.ts";
import { type ImagePath, parseImagePath } from "../../kv/ids.ts";
import { imageKey } from "../../kv/keys.ts";
import { UnreadableRecordError } from "../../kv/records.ts";
import { Store, StoreError } from "../../kv/store.ts";
import { lockFromOutside, spoilRow } from "../doubles/kv_file.ts";
import { PATIENT_STORE, START_MS, testImageId, testRecord, testUserId } from "../doubles/state.ts";

const USER = testUserId(1);
const QUERY = { sort: "oldest", folder: null, recursive: true, also: null, offset: 0, limit: 9, after: null } as const;

async function withFile(run: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  try {
    await run(`${folder}/kv.sqlite3`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file that is locked from outside is an error while it lasts, no hang and no conflict", () =>
  withFile(async (file) => {
    const kv = await Deno.openKv(file);
    const store = new Store(kv, PATIENT_STORE);
    const hasty = new Store(kv, { ...PATIENT_STORE, callTimeoutMs: 500 });
    await store.commit(store.atomic().set(["a"], 1));
    const unlock = await lockFromOutside(file);
    // The lock is still held when these are answered: it is let go below.
    const errors = await Promise.all([
      assertRejects(() => hasty.commit(hasty.atomic().set(["b"], 2)), StoreError),
      assertRejects(
        () => hasty.transact(() => Promise.resolve({ commit: hasty.atomic().set(["c"], 3), result: null })),
        StoreError,
      ),
    ]);
    for (const { code } of errors) assert(code === "timeout" || code === "busy", code);
    await unlock();
    assert(await store.commit(store.atomic().set(["d"], 4)));
    store.close();
  }));

/** Five images, of which the third one's row is then edited behind the store's back. */
async function withDamaged(
  edit: (db: DatabaseSync, key: Deno.KvKey) => void,
  run: (store: Store, told: string[]) => Promise<void>,
) {
  await withFile(async (file) => {
    const told: string[] = [];
    const open = async () =>
      new Store(await Deno.openKv(file), { ...PATIENT_STORE, onUnreadable: (what) => told.push(what) });
    let store = await open();
    for (let n = 0; n < 5; n++) {
      const record = testRecord(USER, n, START_MS + n);
      await new Images(store, () => START_MS).add(
        USER,
        record.id,
        parseImagePath(`${n}.jpg`) as ImagePath,
        record,
        null,
      );
    }
    store.close();
    const db = new DatabaseSync(file);
    edit(db, imageKey(USER, testImageId(2)));
    db.close();
    store = await open();
    try {
      await run(store, told);
    } finally {
      store.close();
    }
  });
}

Deno.test("a record whose bytes are no value is an error by itself, and lists go on without it", () =>
  withDamaged(
    spoilRow,
    async (store, told) => {
      const images = new Images(store, () => START_MS);
      await assertRejects(() => images.get(USER, testImageId(2)), RangeError);
      assertEquals((await images.get(USER, testImageId(1)))?.id, testImageId(1));
      const page = await new ImageLists(store, images, 2 ** 20).page(USER, QUERY);
      assertEquals(page.images.map(({ id }) => id), [0, 1, 3, 4].map(testImageId));
      assert(told.some((what) => what.includes(testImageId(2))), told.join());
      const walked = await Array.fromAsync(store.list<{ id: string }>({ prefix: ["image", USER] }), ({ value }) =>
        value.id);
      assertEquals(walked, [0, 1, 3, 4].map(testImageId).toSorted());
    },
  ));

Deno.test("a record of a shape that is not known is an error by itself, and lists go on without it", async () => {
  await withFile(async (file) => {
    const store = new Store(await Deno.openKv(file), PATIENT_STORE);
    const images = new Images(store, () => START_MS);
    for (let n = 0; n < 3; n++) {
      const record = testRecord(USER, n, START_MS + n);
      await images.add(USER, record.id, parseImagePath(`${n}.jpg`), record, null);
    }
    for (const value of [{ v: 2 }, "text", 5, { v: 1, id: "x" }]) {
      await store.commit(store.atomic().set(imageKey(USER, testImageId(1)), value));
      await assertRejects(() => images.get(USER, testImageId(1)), UnreadableRecordError);
      const page = await new ImageLists(store, images, 2 ** 20).page(USER, QUERY);
      assertEquals(page.images.map(({ id }) => id), [0, 2].map(testImageId));
    }
    store.close();
  });
});

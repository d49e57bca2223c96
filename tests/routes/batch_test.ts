/** Many images at once, and deletes that can be undone, over HTTP; two users throughout. */
import { assert, assertEquals } from "@std/assert";
import type { ImageId } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import {
  BatchDeleteAnswer,
  BatchMoveAnswer,
  BatchRestoreAnswer,
  BatchVisibilityAnswer,
  RestoreAnswer,
} from "../../routes/api/v1/_schema/image_changes.ts";
import { DeleteAnswer } from "../../routes/api/v1/_schema/images.ts";
import { carryOutDeletes, UNDO_MS } from "../../routes/_services/undoable_delete.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

/** Files by the names under which they are uploaded: no two of one base, which would serve each other's formats. */
const FILES = { "quarters.png": "quarters.png", "photo.jpg": "quarters.jpg", "fading.png": "fading.png" };
const BATCH = "/api/v1/images/batch";
const ABSENT = "0123456789abcdef";

/** Uploads three files into `a/`. @returns their ids */
async function three(app: TestApp, by: TestUser): Promise<string[]> {
  const ids = [];
  for (const [name, file] of Object.entries(FILES)) {
    ids.push((await (await app.upload(by, await fixture(file), name, { path: "a" })).json()).id);
  }
  return ids;
}

const count = async (app: TestApp, by: TestUser) => (await call(app, by, "GET", "/api/v1/images")).body.total;
const blobCount = async (app: TestApp) => (await Array.fromAsync(app.blobs.list(""))).length;

Deno.test("batchDelete() deletes one's own and says what it could not", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const ids = await three(app, john);
    await three(app, mary);
    const { status, body } = await call(app, john, "POST", `${BATCH}/delete`, {
      ids: [ids[0], ABSENT, "not an id", ids[1], ids[0]],
    });
    assertEquals(status, 200);
    const answer = BatchDeleteAnswer.parse(body);
    assertEquals([answer.deleted, answer.delete_at], [[ids[0], ids[1]], null]);
    assertEquals(answer.failed.map((f) => [f.id, f.code]), [[ABSENT, "NOT_FOUND"], ["not an id", "NOT_FOUND"]]);
    assertEquals([await count(app, john), await count(app, mary)], [1, 3]);
  }));

Deno.test("batchMove() moves the paths of a folder, each under its own name", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const ids = await three(app, john);
    await three(app, mary);
    await call(app, john, "POST", `/api/v1/images/${ids[0]}/paths`, { path: "other/x.png" });
    await app.upload(john, await fixture("fading.webp"), "f.webp", { path: "b/photo.jpg" });
    const { body } = await call(app, john, "POST", `${BATCH}/move`, { ids: [...ids, ABSENT], from: "/a/", to: "b" });
    const answer = BatchMoveAnswer.parse(body);
    assertEquals(answer.moved, [
      { id: ids[0]!, from: "a/quarters.png", to: "b/quarters.png" },
      { id: ids[2]!, from: "a/fading.png", to: "b/fading.png" },
    ]);
    assertEquals(answer.failed.map((f) => [f.id, f.code]), [[ids[1], "CONFLICT"], [ABSENT, "NOT_FOUND"]]);
    const { derivatives, tags, instances, edge } = answer.purged;
    assertEquals([derivatives, tags.length, instances, edge], [0, 4, 1, "none"], "two paths of each that moved");
    const root = (await call(app, john, "POST", `${BATCH}/move`, { ids: [ids[0]], to: "" })).body.moved;
    assertEquals(root.map((m: { to: string }) => m.to), ["quarters.png", "x.png"]);
    assertEquals((await call(app, mary, "GET", "/api/v1/images?path=a")).body.total, 3);
  }));

Deno.test("batchMove() makes one path of two that become the same", () =>
  withUsers(startTestApp(), async (app, john) => {
    const file = await fixture("quarters.png");
    const { id } = await (await app.upload(john, file, "x.png", { path: "a/x.png" })).json();
    await app.upload(john, file, "x.png", { path: "b/x.png" });
    const { body } = await call(app, john, "POST", `${BATCH}/move`, { ids: [id], to: "c" });
    assertEquals([body.moved.length, body.failed], [2, []]);
    assertEquals((await call(app, john, "GET", `/api/v1/images/${id}`)).body.paths, ["c/x.png"]);
  }));

Deno.test("batchVisibility() needs Pro to turn private, and not for the way back", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const ids = await three(app, john);
    await three(app, mary);
    const set = (visibility: string) =>
      call(app, john, "POST", `${BATCH}/visibility`, { ids: [...ids, ABSENT], visibility });
    const answer = BatchVisibilityAnswer.parse((await set("private")).body);
    assertEquals([answer.updated, answer.visibility, answer.failed.length], [ids, "private", 1]);
    assertEquals((await app.request("/i/john/a/quarters.png")).status, 404);
    const hers = await app.request("/i/mary/a/quarters.png");
    assertEquals(hers.status, 200);
    await hers.body?.cancel();
    await app.deps.users.setPlan(john.user.id, "free");
    assertEquals((await set("private")).body.error.code, "FORBIDDEN");
    assertEquals((await set("public")).body.updated, ids);
  }));

Deno.test("batches name the field that is wrong", () =>
  withUsers(startTestApp(), async (app, john) => {
    const rest = { to: "x", visibility: "public" };
    for (const name of ["delete", "restore", "move", "visibility"]) {
      const path = `${BATCH}/${name}`;
      await assertGuarded(app, "POST", path, "write");
      await assertRefusesNoObjects(app, john, "POST", path);
      await assertRefuses(app, john, "POST", path, [
        ["ids", { ...rest }],
        ["ids", { ...rest, ids: [] }],
        ["ids", { ...rest, ids: ABSENT }],
        ["ids", { ...rest, ids: Array.from({ length: 101 }, () => ABSENT) }],
        ["ids.0", { ...rest, ids: [5] }],
        ["ids.1", { ...rest, ids: [ABSENT, null] }],
      ]);
      const most = { ...rest, ids: Array.from({ length: 100 }, () => ABSENT) };
      assertEquals((await call(app, john, "POST", path, most)).body.failed.length, 1, "a hundred are fine");
    }
    const ids = [ABSENT];
    await assertRefuses(app, john, "POST", `${BATCH}/delete`, [["undoable", { ids, undoable: "yes" }]]);
    await assertRefuses(app, john, "POST", `${BATCH}/visibility`, [["visibility", { ids, visibility: "x" }]]);
    await assertRefuses(app, john, "POST", `${BATCH}/move`, [
      ["to", { ids }],
      ["to", { ids, to: null }],
      ["to", { ids, to: "../x" }],
      ["from", { ids, to: "x", from: 5 }],
      ["from", { ids, to: "x", from: ".." }],
    ]);
  }));

/** An app whose clock the test moves. */
async function withClock(
  run: (app: TestApp, john: TestUser, mary: TestUser, pass: (ms: number) => void) => Promise<void>,
) {
  let nowMs = Date.UTC(2026, 0, 15, 12);
  await withUsers(startTestApp({ now: () => nowMs }), (app, john, mary) => run(app, john, mary, (ms) => nowMs += ms));
}

Deno.test("deleteImage() hides an image at once and removes it after ten seconds when it is undoable", () =>
  withClock(async (app, john, mary, pass) => {
    const [id] = await three(app, john);
    await three(app, mary);
    const { status, body } = await call(app, john, "DELETE", `/api/v1/images/${id}?undoable=true`);
    assertEquals(status, 200);
    const answer = DeleteAnswer.parse(body);
    assertEquals(Date.parse(answer.delete_at!) - Date.parse(answer.deleted_at), 10_000);
    assertEquals((await call(app, john, "GET", `/api/v1/images/${id}`)).status, 404);
    assertEquals((await call(app, john, "DELETE", `/api/v1/images/${id}?undoable=true`)).status, 404);
    assertEquals((await app.request("/i/john/a/quarters.png")).status, 404);
    assertEquals((await call(app, john, "GET", "/api/v1/images/search?q=quarters.png")).body.total, 0);
    assertEquals([await count(app, john), (await app.deps.images.totals(john.user.id)).images], [2, 2]);
    pass(UNDO_MS - 1);
    assertEquals([await carryOutDeletes(app.deps), await blobCount(app)], [0, 6]);
    pass(1);
    assertEquals([await carryOutDeletes(app.deps), await blobCount(app)], [1, 5]);
    assertEquals((await call(app, john, "POST", `/api/v1/images/${id}/restore`)).status, 404);
    assertEquals(await carryOutDeletes(app.deps), 0);
    assertEquals(await count(app, mary), 3);
  }));

Deno.test("restoreImage() brings everything back until the delete is carried out", () =>
  withClock(async (app, john, mary, pass) => {
    const [id] = await three(app, john);
    await call(app, john, "POST", `/api/v1/images/${id}/paths`, { path: "b/y.png" });
    const before = (await call(app, john, "GET", `/api/v1/images/${id}`)).body;
    await call(app, john, "DELETE", `/api/v1/images/${id}?undoable=true`);
    pass(UNDO_MS - 1);
    assertEquals((await call(app, mary, "POST", `/api/v1/images/${id}/restore`)).status, 404);
    const { status, body } = await call(app, john, "POST", `/api/v1/images/${id}/restore`);
    assertEquals([status, RestoreAnswer.parse(body).paths], [200, ["a/quarters.png", "b/y.png"]]);
    assertEquals((await call(app, john, "GET", `/api/v1/images/${id}`)).body, before);
    pass(UNDO_MS);
    assertEquals([await carryOutDeletes(app.deps), await blobCount(app)], [0, 3]);
    const served = await app.request("/i/john/b/y.webp");
    assertEquals(served.status, 200);
    await served.body?.cancel();
    assertEquals([await count(app, john), (await app.deps.images.totals(john.user.id)).images], [3, 3]);
    assertEquals((await call(app, john, "POST", `/api/v1/images/${id}/restore`)).status, 404);
    await call(app, john, "DELETE", `/api/v1/images/${id}?undoable=true`);
    pass(UNDO_MS);
    assertEquals((await call(app, john, "POST", `/api/v1/images/${id}/restore`)).status, 404, "late");
  }));

Deno.test("restoreImage() gives way to what came since", () =>
  withClock(async (app, john, _mary, pass) => {
    const [png, jpg] = await three(app, john);
    await call(app, john, "POST", `/api/v1/images/${png}/paths`, { path: "b/y.png" });
    await call(app, john, "POST", `${BATCH}/delete`, { ids: [png, jpg], undoable: true });
    await app.upload(john, await fixture("fading.webp"), "f.webp", { path: "a/quarters.png" });
    const back = await call(app, john, "POST", `/api/v1/images/${png}/restore`);
    assertEquals(back.body.paths, ["b/y.png"], "the path that was taken is gone");
    await app.upload(john, await fixture("quarters.jpg"), "q.jpg", { path: "new.jpg" });
    const conflict = await call(app, john, "POST", `/api/v1/images/${jpg}/restore`);
    assertEquals([conflict.status, conflict.body.error.code], [409, "CONFLICT"]);
    pass(UNDO_MS);
    assertEquals(await carryOutDeletes(app.deps), 1);
    const served = await app.request("/i/john/new.jpg");
    assertEquals(served.status, 200, "the new copy keeps its own bytes");
    await served.body?.cancel();
  }));

Deno.test("batchDelete() and batchRestore() undo many at once", () =>
  withClock(async (app, john) => {
    const ids = await three(app, john);
    const { body } = await call(app, john, "POST", `${BATCH}/delete`, { ids, undoable: true });
    assert(BatchDeleteAnswer.parse(body).delete_at !== null);
    assertEquals(await count(app, john), 0);
    const restored = await call(app, john, "POST", `${BATCH}/restore`, { ids: [...ids, ABSENT] });
    const answer = BatchRestoreAnswer.parse(restored.body);
    assertEquals([answer.restored, answer.failed.map((f) => f.id)], [ids, [ABSENT]]);
    assertEquals(await count(app, john), 3);
  }));

Deno.test("an undoable delete and its undo never leave a record without bytes, whichever is first", () =>
  withClock(async (app, john, _mary, pass) => {
    const [id] = await three(app, john);
    for (let round = 0; round < 10; round++) {
      await call(app, john, "DELETE", `/api/v1/images/${id}?undoable=true`);
      pass(UNDO_MS - 1);
      // The clock passes the time in the middle of both.
      const undo = call(app, john, "POST", `/api/v1/images/${id}/restore`);
      pass(1);
      const [answer] = await Promise.all([undo, carryOutDeletes(app.deps)]);
      const served = await app.request("/i/john/a/quarters.png");
      await served.body?.cancel();
      assertEquals(served.status, answer.status === 200 ? 200 : 404);
      await app.upload(john, await fixture("quarters.png"), "quarters.png", { path: "a" });
    }
  }));

Deno.test("undo and delete need the scope write, and a flag that is true or false", () =>
  withClock(async (app, john) => {
    await assertGuarded(app, "POST", `/api/v1/images/${ABSENT}/restore`, "write");
    const wrong = await call(app, john, "DELETE", `/api/v1/images/${ABSENT}?undoable=maybe`);
    assertEquals([wrong.status, wrong.body.error.code], [400, "VALIDATION_ERROR"]);
    const { images } = app.deps;
    assert(images instanceof Images && await images.restore(john.user.id, ABSENT as ImageId) === null);
  }));

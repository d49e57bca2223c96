import { assert, assertEquals } from "@std/assert";
import { originalBlobKey } from "../../kv/keys.ts";
import type { ImageRecord } from "../../kv/records.ts";
import { openStocked, type StockedState } from "../doubles/stocked_state.ts";
import { testHash, testUserId } from "../doubles/state.ts";

const GRACE_MS = 3_600_000;
const sweep = (stocked: StockedState, isDryRun = false, graceMs = GRACE_MS) =>
  stocked.state.upkeep.orphans.sweep({ graceMs, isDryRun });
const keysOf = async ({ blobs }: StockedState) => (await Array.fromAsync(blobs.list(""))).map((b) => b.key).toSorted();

Deno.test("sweep() removes old blobs without a record, originals and derivatives, and nothing that somebody has", async () => {
  using stocked = await openStocked();
  const { state, kv } = stocked;
  const john = await stocked.addUser("john");
  const kept = await stocked.addImage(john, 1, ["a.jpg"], 3);
  const trashed = await stocked.addImage(john, 2, ["b.jpg"], 2);
  await state.images.removeLater(john.id, trashed.id, kv.clock.nowMs + 10_000_000);
  const before = await keysOf(stocked);
  const gone = await stocked.addImage(john, 3, ["c.jpg"], 2);
  await state.images.remove(john.id, gone.id);
  // A second write of bytes that are there already, and bytes of a user that there is not.
  await state.originals.put({ ...kept, nonce: "other" }, Uint8Array.of(1));
  await state.originals.put({ user: testUserId(9), hash: testHash(9), nonce: "n" }, Uint8Array.of(1, 2));

  assertEquals((await sweep(stocked)).young, 5, "an upload may be under way");
  kv.clock.nowMs += GRACE_MS;
  assertEquals((await sweep(stocked)).orphans, 0, "not older than the grace");
  kv.clock.nowMs += 1;
  const look = await sweep(stocked, true);
  assertEquals([look.orphans, look.young, look.looked, (await keysOf(stocked)).length], [5, 0, 12, 12]);
  const swept = await sweep(stocked);
  assertEquals([swept.orphans, swept.orphanBytes], [look.orphans, look.orphanBytes]);
  assertEquals(await keysOf(stocked), before);
  assertEquals((await sweep(stocked)).orphans, 0);
});

Deno.test("sweep() leaves keys alone that nothing here writes", async () => {
  using stocked = await openStocked();
  const hash = testHash(1);
  const strange = ["originals/readme", `originals/u/00/${hash}.n/x`, `derivatives/u/00/${hash}.n`, "backup/x"];
  const wrongFolder = `originals/u/zz/${hash}.n`;
  for (const key of [...strange, wrongFolder]) await stocked.blobs.put(key, Uint8Array.of(1));
  stocked.kv.clock.nowMs += 2 * GRACE_MS;
  const result = await sweep(stocked);
  assertEquals([result.orphans, result.strange, (await keysOf(stocked)).length], [0, 4, 5]);
});

Deno.test("sweep() removes rows of derivatives whose image is gone, at any age, and no others", async () => {
  using stocked = await openStocked();
  const { state } = stocked;
  const john = await stocked.addUser("john");
  const [kept, trashed, gone] = await Promise.all([1, 2, 3].map((n) => stocked.addImage(john, n, [`${n}.jpg`], 2)));
  for (const image of [kept!, trashed!, gone!]) {
    for (const key of ["d0", "d1"]) assert(await state.derivativeRows.adopt({ original: image, key }, null, 9, 1));
  }
  await state.images.removeLater(john.id, trashed!.id, stocked.kv.clock.nowMs + 10_000_000);
  // As a crash leaves it: the record is gone, nothing else is.
  await state.images.remove(john.id, gone!.id);
  const rowsOf = async (image: ImageRecord) => (await Array.fromAsync(state.derivativeRows.each(image))).length;

  const look = await sweep(stocked, true);
  assertEquals([look.rows, await rowsOf(gone!)], [2, 2], "only a look");
  assertEquals([(await sweep(stocked)).rows, (await sweep(stocked)).rows], [2, 0]);
  assertEquals([await rowsOf(kept!), await rowsOf(trashed!), await rowsOf(gone!)], [2, 2, 0]);
  assertEquals([await state.derivativeRows.totalBytes(), await state.derivativeRows.count(gone!)], [36, 0]);
});

Deno.test("an image that comes back from the trash while a sweep runs keeps its bytes", async () => {
  using stocked = await openStocked();
  const { state, kv } = stocked;
  const john = await stocked.addUser("john");
  const record = await stocked.addImage(john, 1, ["a.jpg"]);
  for (let round = 0; round < 20; round++) {
    kv.clock.nowMs += 2 * GRACE_MS;
    await state.images.removeLater(john.id, record.id, kv.clock.nowMs + 1_000);
    await Promise.all([sweep(stocked), state.images.restore(john.id, record.id)]);
  }
  assertEquals(await keysOf(stocked), [originalBlobKey(record)]);
});

Deno.test("isDue() says yes to one of many that ask at once, and again after the interval", async () => {
  using stocked = await openStocked();
  const ask = async () =>
    (await Promise.all(Array.from({ length: 10 }, () => stocked.state.upkeep.orphans.isDue(1_000)))).filter((due) =>
      due
    )
      .length;
  assertEquals([await ask(), await ask()], [1, 0]);
  stocked.kv.clock.nowMs += 1_000;
  assertEquals([await ask(), await ask()], [1, 0]);
});

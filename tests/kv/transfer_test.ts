/** Everything moves: from one set-up into a folder, and from the folder into another one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import type { ImagePath, UserId, UserName } from "../../kv/ids.ts";
import { originalBlobKey } from "../../kv/keys.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import { TransferError } from "../../kv/upkeep/export.ts";
import { decodeLine, encodeLine } from "../../kv/upkeep/portable.ts";
import { MOVING_KINDS, ROW_KINDS } from "../../kv/upkeep/row_kinds.ts";
import { withFolder } from "../doubles/server.ts";
import { openStocked, pictureBytes, type StockedState } from "../doubles/stocked_state.ts";

async function verify({ state, kv }: StockedState): Promise<string[]> {
  const faults: string[] = [];
  kv.clock.nowMs += 10_000_000;
  await state.upkeep.verifier.run({
    isDeep: true,
    graceMs: 1,
    onFault: ({ kind, where }) => void faults.push(`${kind}: ${where}`),
  });
  return faults;
}

/** Every row that moves, as text. */
async function rowsOf({ kv }: StockedState): Promise<string[]> {
  const kinds = new Set([...MOVING_KINDS, "user_by_name", "user_by_email", "api_key_by_hash", "preset_by_id", "image"]);
  for (const kind of ["path", "base", "total", "preset_count", "identity", "passkey_by_credential"]) kinds.add(kind);
  const rows: string[] = [];
  for await (const { key, value } of kv.kv.list({ prefix: [] })) {
    if (kinds.has(String(key[0]))) rows.push(`${encodeLine(key)} ${encodeLine(value)}`);
  }
  return rows;
}

const blobsOf = async ({ blobs }: StockedState) => {
  const keys = (await Array.fromAsync(blobs.list(""))).map((blob) => blob.key).toSorted();
  return await Promise.all(keys.map(async (key) => [key, await blobs.get(key)] as const));
};

async function stock(stocked: StockedState): Promise<{ john: UserRecord; images: ImageRecord[] }> {
  const { state, kv } = stocked;
  const john = await stocked.addUser("john");
  const images: ImageRecord[] = [];
  for (let n = 0; n < 45; n++) {
    kv.clock.nowMs += 1_000;
    images.push(await stocked.addImage(john, n, [`a/${n}.jpg`, `ä ${n % 7}/${n}.webp`], n % 3));
  }
  const mary = await stocked.addUser("mary");
  await stocked.addImage(mary, 3, ["same bytes as john's.jpg"]);
  await state.images.setVisibility(john.id, images[1]!.id, "private");
  await state.passwords.set(john.id, "correct horse");
  await state.apiKeys.create(john.id, { name: "k", scopes: ["read"], expiresAtMs: null });
  await state.presets.create(john.id, { name: "thumb", description: "$", params: { w: 1, $odd: [null, "x"] } }, 9);
  await state.sessions.create(john.id);
  await state.signingKeys.all();
  state.usage.count(john.id, "deliveries", 12);
  await state.usage.flush();
  const gone = await stocked.addUser("gone");
  await state.accountRemoval.begin(gone.id);
  await state.accountRemoval.removeRows(gone.id);
  await state.accountRemoval.finish(gone.id);
  return { john, images };
}

Deno.test("what is exported and imported is what was there: rows, images, bytes, lists", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const { john, images } = await stock(source);
    const written = await source.state.upkeep.exporter.run(`${folder}/x`, true);
    assertEquals([written.images, written.broken], [46, []]);
    using target = await openStocked();
    const read = await target.state.upkeep.importer.run(`${folder}/x`);
    assertEquals([read.images, read.broken, read.rowsThere], [46, [], 0]);
    assertEquals(await rowsOf(target), await rowsOf(source));
    assertEquals(await blobsOf(target), await blobsOf(source));
    assertEquals(await verify(target), []);
    const { state } = target;
    assert(await state.passwords.verify(john.id, "correct horse"));
    assertEquals((await state.users.byName("john" as UserName))?.id, john.id);
    assertEquals(await state.users.create("gone" as UserName, null, "free"), null, "a name is taken for ever");
    const query = { folder: null, recursive: true, also: null, offset: 0, limit: 100, after: null } as const;
    const page = await state.lists.page(john.id, { ...query, sort: "newest" });
    assertEquals(page.images.map(({ id }) => id), images.map(({ id }) => id).reverse());
    assertEquals((await state.images.atBase(john.id, "a/7"))?.id, images[7]!.id);
    assertEquals(await state.originals.get(images[7]!), pictureBytes(7));
  }));

Deno.test("an import that is repeated changes nothing, and one that broke off is finished by the next", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const { john, images } = await stock(source);
    await source.state.upkeep.exporter.run(folder, true);
    let puts = 0;
    const blobs = new MemoryBlobs(() => 1);
    const failing = new Proxy(blobs, {
      get: (target, name: keyof MemoryBlobs) => {
        if (name === "put" && puts++ === 40) throw new Error("Power is gone");
        return (target[name] as unknown as { bind(to: unknown): unknown }).bind(target);
      },
    });
    using target = await openStocked(() => failing);
    await assertRejects(() => target.state.upkeep.importer.run(folder), Error, "Power is gone");
    const { rowsAdded } = await target.state.upkeep.importer.run(folder);
    assertEquals(rowsAdded, 0);
    assertEquals(await rowsOf(target), await rowsOf(source));
    assertEquals(await verify(target), []);
    // From here on the new place is in use.
    await target.state.users.setPlan(john.id, "free");
    await target.state.images.movePath(john.id, images[0]!.id, "a/0.jpg" as ImagePath, "moved.jpg" as ImagePath);
    const before = await rowsOf(target);
    const again = await target.state.upkeep.importer.run(folder);
    assertEquals([again.rowsAdded, again.blobsCopied], [0, 0]);
    assertEquals(await rowsOf(target), before);
    assertEquals(await verify(target), []);
  }));

Deno.test("a second export into the same folder copies only new bytes, and a second import brings what is new", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const { john, images } = await stock(source);
    const first = await source.state.upkeep.exporter.run(folder, false);
    using target = await openStocked();
    await target.state.upkeep.importer.run(folder);
    source.kv.clock.nowMs += 1_000;
    await source.addImage(john, 500, ["new.jpg"]);
    await source.state.images.movePath(john.id, images[2]!.id, "a/2.jpg" as ImagePath, "b/2.jpg" as ImagePath);
    const second = await source.state.upkeep.exporter.run(folder, false);
    assertEquals([second.blobsCopied, second.blobsThere], [1, first.blobsCopied]);
    source.state.usage.count(john.id, "deliveries", 5);
    await source.state.usage.flush();
    await source.state.users.setPlan(john.id, "free");
    await source.state.upkeep.exporter.run(folder, false);
    await target.state.upkeep.importer.run(folder);
    assertEquals((await target.state.users.get(john.id))?.plan, "pro", "what is there stays");
    await target.state.upkeep.importer.run(folder, true);
    assertEquals(await rowsOf(target), await rowsOf(source));
    assertEquals((await target.state.images.atPath(john.id, "b/2.jpg" as ImagePath))?.id, images[2]!.id);
    assertEquals(await target.state.images.atPath(john.id, "a/2.jpg" as ImagePath), null);
    assert(await target.state.images.atPath(john.id, "new.jpg" as ImagePath) !== null);
    assertEquals(await verify(target), []);
  }));

Deno.test("an export of a server that is being used is whole: what it has fits together", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const { john } = await stock(source);
    const { state } = source;
    let isOver = false;
    const using = (async () => {
      for (let n = 1_000; !isOver; n++) {
        const record = await source.addImage(john, n, [`live/${n}.jpg`]);
        await state.images.movePath(
          john.id,
          record.id,
          `live/${n}.jpg` as ImagePath,
          `live/x${n % 3}.jpg` as ImagePath,
        );
        if (n % 2 === 0) {
          const removed = await state.images.remove(john.id, record.id);
          if (removed !== null) await state.originals.remove(removed);
        }
      }
    })();
    for (let round = 0; round < 3; round++) {
      const { broken } = await state.upkeep.exporter.run(`${folder}/${round}`, true);
      assertEquals(broken, []);
      using target = await openStocked();
      const read = await target.state.upkeep.importer.run(`${folder}/${round}`);
      assertEquals(read.broken, []);
      assertEquals(await verify(target), []);
    }
    isOver = true;
    await using;
  }));

Deno.test("bytes that are missing or damaged, at the source or in the folder, are named and left out", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const { john, images } = await stock(source);
    await source.blobs.delete(originalBlobKey(images[4]!));
    await source.blobs.put(originalBlobKey(images[5]!), pictureBytes(999));
    const { broken } = await source.state.upkeep.exporter.run(folder, true);
    assertEquals(broken.toSorted(), [4, 5].map((n) => `user ${john.id}, image ${images[n]!.id}`).toSorted());
    await Deno.writeFile(`${folder}/blobs/${originalBlobKey(images[6]!)}`, pictureBytes(6).with(9, 1));
    await Deno.remove(`${folder}/blobs/${originalBlobKey(images[7]!)}`);
    using target = await openStocked();
    const read = await target.state.upkeep.importer.run(folder);
    assertEquals(read.broken.toSorted(), [6, 7].map((n) => `user ${john.id}, image ${images[n]!.id}`).toSorted());
    assertEquals(await verify(target), []);
    assertEquals((await target.state.images.totals(john.id)).images, 41);
  }));

Deno.test("a half export is refused, and so is one whose names belong to others here: nothing is written", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    await stock(source);
    await source.state.upkeep.exporter.run(folder, true);
    using other = await openStocked();
    // Ids are the same in every run of a test: these shift them.
    for (const name of ["one", "two", "three", "four"]) await other.addUser(name);
    await other.state.users.create("mary" as UserName, null, "free");
    const before = await rowsOf(other);
    await assertRejects(() => other.state.upkeep.importer.run(folder), TransferError, "user_by_name mary");
    assertEquals(await rowsOf(other), before);
    await Deno.remove(`${folder}/export.json`);
    using target = await openStocked();
    await assertRejects(() => target.state.upkeep.importer.run(folder), TransferError, "no whole export");
    assertEquals(await rowsOf(target), []);
  }));

Deno.test("an image that both places have is one image afterwards, under the paths of both", () =>
  withFolder(async (folder) => {
    using source = await openStocked();
    const john = await source.addUser("john");
    const exported = await source.addImage(john, 1, ["theirs.jpg", "both.jpg"]);
    await source.state.upkeep.exporter.run(folder, true);
    using target = await openStocked();
    await target.state.upkeep.importer.run(folder);
    // Deleted and uploaded anew here, under another nonce, and its path given to another picture later.
    await target.state.originals.remove((await target.state.images.remove(john.id, exported.id))!);
    target.kv.clock.nowMs += 5_000;
    const own = { ...exported, nonce: "own" };
    await target.state.originals.put(own, pictureBytes(1));
    await target.state.images.add(john.id as UserId, own.id, "ours.jpg" as ImagePath, own, null);
    const later = await target.addImage(john, 2, ["both.jpg"]);
    const read = await target.state.upkeep.importer.run(folder);
    assertEquals(read.broken, []);
    const record = (await target.state.images.get(john.id, own.id))!;
    assertEquals([record.nonce, record.paths], ["own", ["ours.jpg", "theirs.jpg"] as ImagePath[]]);
    assertEquals((await target.state.images.atPath(john.id, "both.jpg" as ImagePath))?.id, later.id);
    assertEquals(await verify(target), []);
  }));

Deno.test("every kind of row says what becomes of it when all data moves", async () => {
  const keys = await Deno.readTextFile(new URL("../../kv/keys.ts", import.meta.url));
  const kinds = [...keys.matchAll(/(?:return|KvKey =|\?) \["([a-z_]+)"/g)].map((match) => match[1]!);
  assert(kinds.length > 40);
  assertEquals(kinds.filter((kind) => !Object.hasOwn(ROW_KINDS, kind)), [], "add it to kv/upkeep/row_kinds.ts");
});

Deno.test("encodeLine() and decodeLine() keep every value that KV can hold and we store", () => {
  const values = [
    null,
    "ä\n\u2028",
    { a: [1, { b: null }], $bytes: "no bytes" },
    { $x: 1, $object: [["a", 1]] },
    Uint8Array.of(0, 255),
    12n,
    new Deno.KvU64(2n ** 64n - 1n),
    [{}, []],
  ];
  for (const value of values) assertEquals(decodeLine(encodeLine(value)), value);
  assertEquals(decodeLine(encodeLine({ a: undefined, b: 1 })), { b: 1 });
});

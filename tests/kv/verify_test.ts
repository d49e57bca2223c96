import { assertEquals } from "@std/assert";
import type { ImagePath, UserId } from "../../kv/ids.ts";
import type { DerivativeRow, ImageRecord, UserRecord } from "../../kv/records.ts";
import {
  baseKey,
  derivativeBlobKey,
  imageKey,
  imageLogKey,
  originalBlobKey,
  pathKey,
  totalKey,
} from "../../kv/keys.ts";
import {
  apiKeyByHashKey,
  passkeyByCredentialKey,
  presetByIdKey,
  presetCountKey,
  userByNameKey,
} from "../../kv/keys.ts";
import {
  derivativeBytesKey,
  derivativeCountKey,
  derivativeRowKey,
  derivativesIndexedKey,
  type OriginalRef,
} from "../../kv/keys.ts";
import { userByEmailKey, userKey } from "../../kv/keys.ts";
import { FAULT_KINDS, type FaultKind } from "../../kv/upkeep/faults.ts";
import { openStocked, pictureBytes, type StockedState } from "../doubles/stocked_state.ts";
import { testHash, testUserId } from "../doubles/state.ts";

const GRACE_MS = 3_600_000;

async function verify({ state }: StockedState, isDeep = false) {
  const faults: string[] = [];
  const counts = await state.upkeep.verifier.run({
    isDeep,
    graceMs: GRACE_MS,
    onFault: ({ kind, where }) => void faults.push(`${kind}: ${where}`),
  });
  return { counts, faults };
}

const kindsOf = async (stocked: StockedState, isDeep = false) =>
  (await verify(stocked, isDeep)).faults.map((fault) => fault.split(":")[0]);

async function withStock(run: (s: StockedState, john: UserRecord, image: ImageRecord) => Promise<void>): Promise<void> {
  using stocked = await openStocked();
  const john = await stocked.addUser("john");
  const image = await stocked.addImage(john, 1, ["a.jpg", "b/ä.png"], 2);
  await stocked.addImage(john, 2, ["c.jpg"]);
  await stocked.state.apiKeys.create(john.id, { name: "k", scopes: ["read"], expiresAtMs: null });
  await stocked.state.presets.create(john.id, { name: "thumb", description: null, params: { w: 1 } }, 9);
  stocked.kv.clock.nowMs += 2 * GRACE_MS;
  await run(stocked, john, image);
}

Deno.test("run() finds nothing wrong with what the program itself has written", () =>
  withStock(async (stocked, john) => {
    const { state } = stocked;
    const mary = await stocked.addUser("mary");
    const [first, second] = [
      await stocked.addImage(mary, 3, ["x.jpg"]),
      await stocked.addImage(mary, 4, ["y", "z"], 1),
    ];
    await state.images.movePath(mary.id, first.id, "x.jpg" as ImagePath, "w.jpg" as ImagePath);
    await state.images.removePath(mary.id, second.id, "y" as ImagePath);
    await state.images.removeLater(john.id, first.id, 0);
    const { counts, faults } = await verify(stocked, true);
    assertEquals(faults, []);
    assertEquals(counts, { users: 2, images: 4, blobs: 7, busyUsers: 0 });
  }));

type Damage = (stocked: StockedState, john: UserRecord, image: ImageRecord) => Promise<unknown>;

const flip = async ({ blobs }: StockedState, key: string) => {
  const bytes = (await blobs.get(key))!;
  await blobs.put(key, bytes.with(50, bytes[50]! ^ 1));
};

async function addRow({ kv }: StockedState, original: OriginalRef, key: string): Promise<void> {
  const row: DerivativeRow = { v: 1, hash: original.hash, kin: null, bytes: 9, atMs: 1, maker: null, paid: null };
  await kv.kv.set(derivativeRowKey(original, key), row);
  await kv.kv.set(derivativeCountKey(original), new Deno.KvU64(1n));
}

/** What is damaged, what is found, and whether that takes a look at all bytes. */
const DAMAGES: readonly [string, Damage, FaultKind[], isDeep?: boolean][] = [
  ["an original is gone", (s, _, i) => s.blobs.delete(originalBlobKey(i)), ["record_without_blob"]],
  ["an original is cut", (s, _, i) => s.blobs.put(originalBlobKey(i), pictureBytes(1).slice(1)), ["size_differs"]],
  ["an original has a flipped byte", (s, _, i) => flip(s, originalBlobKey(i)), ["bytes_differ"], true],
  ["a derivative has a flipped byte", (s, _, i) => flip(s, derivativeBlobKey(i, "d0")), ["derivative_damaged"], true],
  [
    "a blob has no record",
    (s, j) => s.state.originals.put({ user: j.id, hash: testHash(7), nonce: "n" }, pictureBytes(7)),
    [
      "blob_without_record",
    ],
  ],
  [
    "a derivative has no record",
    (s, j) => s.state.derivatives.put({ user: j.id, hash: testHash(7), nonce: "n" }, "d", pictureBytes(7)),
    [
      "blob_without_record",
    ],
  ],
  ["a derivative has no row", async (s) => {
    await s.kv.kv.set(derivativesIndexedKey, true);
  }, ["blob_without_record", "blob_without_record"]],
  ["a derivative's row has no blob", async (s, _, i) => {
    await addRow(s, i, "d9");
    await s.kv.kv.set(derivativeBytesKey, new Deno.KvU64(9n));
  }, ["derivative_row_without_blob"]],
  ["a derivative's row has no image", async (s, _, i) => {
    const ref = { ...i, nonce: "other" };
    await addRow(s, ref, "d9");
    await s.blobs.put(derivativeBlobKey(ref, "d9"), new Uint8Array(9));
    await s.kv.kv.set(derivativeBytesKey, new Deno.KvU64(9n));
  }, ["derivative_row_without_image", "blob_without_record", "derivative_damaged"]],
  ["the counters of derivatives are off", async (s, _, i) => {
    await s.kv.kv.set(derivativeBytesKey, new Deno.KvU64(9n));
    await s.kv.kv.set(derivativeCountKey(i), new Deno.KvU64(3n));
  }, ["total_differs", "total_differs"]],
  ["a strange blob", (s) => s.blobs.put("backup/x", pictureBytes(1)), ["strange_blob"]],
  [
    "a path points nowhere",
    (s, j) => s.kv.kv.set(pathKey(j.id, "n.jpg" as ImagePath), { image: "0".repeat(16), atMs: 1 }),
    [
      "path_without_image",
    ],
  ],
  [
    "a base points nowhere",
    (s, j) => s.kv.kv.set(baseKey(j.id, "n", "n.jpg" as ImagePath), { image: "0".repeat(16), atMs: 1 }),
    [
      "path_without_image",
    ],
  ],
  ["a path row is gone", (s, j) => s.kv.kv.delete(pathKey(j.id, "a.jpg" as ImagePath)), ["image_without_path"]],
  ["a base row is gone", (s, j) => s.kv.kv.delete(baseKey(j.id, "a", "a.jpg" as ImagePath)), ["image_without_path"]],
  ["the counter of images is off", (s, j) => s.kv.kv.set(totalKey(j.id, "images"), new Deno.KvU64(3n)), [
    "total_differs",
  ]],
  ["the counter of bytes is off", (s, j) => s.kv.kv.set(totalKey(j.id, "bytes"), new Deno.KvU64(1n)), [
    "total_differs",
  ]],
  ["a record vanished", (s, j, i) => s.kv.kv.delete(imageKey(j.id, i.id)), [
    "log_differs",
    "path_without_image",
    "path_without_image",
    "path_without_image",
    "path_without_image",
    "total_differs",
    "total_differs",
    "blob_without_record",
    "blob_without_record",
    "blob_without_record",
  ]],
  ["a row of the log vanished", (s, j) => s.kv.kv.delete(imageLogKey(j.id, 2)), ["log_differs"]],
  ["a user's name finds nobody", (s) => s.kv.kv.delete(userByNameKey("john" as never)), ["record_without_pointer"]],
  ["a name leads to nobody", (s) => s.kv.kv.set(userByNameKey("ghost" as never), testUserId(5)), [
    "pointer_without_record",
  ]],
  ["an e-mail leads to nobody", (s) => s.kv.kv.set(userByEmailKey("x@y.z"), testUserId(5)), ["pointer_without_record"]],
  ["a hash leads to no key", (s, j) => s.kv.kv.set(apiKeyByHashKey("f".repeat(64)), { user: j.id, key: "k" }), [
    "pointer_without_record",
  ]],
  ["a credential leads to no passkey", (s, j) => s.kv.kv.set(passkeyByCredentialKey("c"), { user: j.id, id: "p" }), [
    "pointer_without_record",
  ]],
  ["an id leads to no preset", (s, j) => s.kv.kv.set(presetByIdKey(j.id, "preset_x"), "nothing"), [
    "pointer_without_record",
  ]],
  ["the counter of presets is off", (s, j) => s.kv.kv.set(presetCountKey(j.id), 9), ["total_differs"]],
  ["rows of nobody", (s) => s.kv.kv.set(["usage", testUserId(5), "2026-01", "uploads"], new Deno.KvU64(1n)), [
    "rows_of_nobody",
  ]],
];

for (const [name, damage, kinds, isDeep] of DAMAGES) {
  Deno.test(`run() finds that ${name}, and nothing else`, () =>
    withStock(async (stocked, john, image) => {
      await damage(stocked, john, image);
      stocked.kv.clock.nowMs += 2 * GRACE_MS;
      if (isDeep) assertEquals(await kindsOf(stocked), [], "only a look at the bytes shows it");
      assertEquals((await kindsOf(stocked, true)).toSorted(), kinds.toSorted());
    }));
}

Deno.test("every kind of fault is found by one of these", () => {
  const found = new Set<string>(DAMAGES.flatMap(([, , kinds]) => kinds));
  assertEquals([...found].toSorted(), Object.keys(FAULT_KINDS).toSorted());
});

Deno.test("run() finds nothing while images are uploaded, moved and deleted under it", async () => {
  using stocked = await openStocked();
  const { state } = stocked;
  const john = await stocked.addUser("john");
  for (let n = 0; n < 30; n++) await stocked.addImage(john, n, [`old/${n}.jpg`]);
  let isOver = false;
  const changing = (async () => {
    for (let n = 100; !isOver; n++) {
      const { id } = await stocked.addImage(john, n, [`new/${n}.jpg`]);
      await state.images.movePath(john.id, id, `new/${n}.jpg` as ImagePath, `moved/${n}.jpg` as ImagePath);
      const record = await state.images.remove(john.id, id);
      await state.originals.remove(record!);
    }
  })();
  for (let round = 0; round < 20; round++) assertEquals((await verify(stocked, true)).faults, []);
  // One that nobody takes away meanwhile.
  const lost = (await state.images.all(john.id)).find(({ paths }) => paths[0]!.startsWith("old/"));
  await stocked.blobs.delete(originalBlobKey(lost!));
  assertEquals(await kindsOf(stocked), ["record_without_blob"], "what lasts is seen all the same");
  isOver = true;
  await changing;
});

Deno.test("an account that is being removed is nobody's fault", () =>
  withStock(async (stocked, john) => {
    await stocked.state.accountRemoval.begin(john.id as UserId);
    assertEquals((await verify(stocked)).faults.filter((fault) => fault.startsWith("rows_of_nobody")), []);
    assertEquals((await stocked.kv.kv.get(userKey(john.id))).value, null);
  }));

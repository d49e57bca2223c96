import { assertEquals, assertRejects } from "@std/assert";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { Derivatives } from "../../kv/derivatives.ts";
import { sha256Hex } from "../../kv/ids.ts";
import { originalBlobKey, type OriginalRef } from "../../kv/keys.ts";
import { DamagedBlobError, Originals } from "../../kv/originals.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { testUserId } from "../doubles/state.ts";

const BYTES = seededRandom(91).bytes(300);

async function open() {
  const blobs = new MemoryBlobs(() => 1);
  const original: OriginalRef = { user: testUserId(1), hash: await sha256Hex(BYTES), nonce: "n1" };
  return { blobs, originals: new Originals(blobs), original };
}

Deno.test("get() gives back what put() wrote", async () => {
  const { originals, original } = await open();
  await originals.put(original, BYTES);
  assertEquals(await originals.get(original), BYTES);
});

Deno.test("get() says that the bytes are missing when there are none", async () => {
  const { originals, original } = await open();
  await assertRejects(() => originals.get(original), DamagedBlobError, "missing");
});

Deno.test("get() refuses bytes that were cut or changed", async () => {
  const { blobs, originals, original } = await open();
  const flipped = BYTES.slice();
  flipped[150]! ^= 1;
  for (const damaged of [BYTES.slice(0, -1), flipped, new Uint8Array()]) {
    await blobs.put(originalBlobKey(original), damaged);
    await assertRejects(() => originals.get(original), DamagedBlobError, "damaged");
  }
});

Deno.test("remove() takes the original and its derivatives, and leaves those of another nonce", async () => {
  const { blobs, originals, original } = await open();
  const derivatives = new Derivatives(blobs, 0);
  const other = { ...original, nonce: "n2" };
  for (const ref of [original, other]) {
    await originals.put(ref, BYTES);
    for (const key of ["k1", "k2"]) await derivatives.put(ref, key, BYTES);
  }
  assertEquals([await originals.remove(original), await originals.remove(original)], [2, 0]);
  await assertRejects(() => originals.get(original), DamagedBlobError);
  assertEquals(await derivatives.get(original, "k1"), null);
  assertEquals(await originals.get(other), BYTES);
  assertEquals((await derivatives.get(other, "k2"))?.from, "store");
});

import { assertEquals } from "@std/assert";
import type { Blobs } from "../../kv/blobs/blobs.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { Derivatives } from "../../kv/derivatives.ts";
import { derivativeBlobKey, type OriginalRef } from "../../kv/keys.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { testHash, testUserId } from "../doubles/state.ts";

const ORIGINAL: OriginalRef = { user: testUserId(1), hash: testHash(1), nonce: "n1" };
const OTHER: OriginalRef = { ...ORIGINAL, nonce: "n2" };
const BYTES = seededRandom(90).bytes(500);
const openBlobs = () => new MemoryBlobs(() => 1);

function countGets(blobs: MemoryBlobs): { readonly blobs: Blobs; readonly gets: string[] } {
  const gets: string[] = [];
  const get = blobs.get.bind(blobs);
  blobs.get = (key, range) => (gets.push(key), get(key, range));
  return { blobs, gets };
}

Deno.test("get() gives null before put(), then the bytes from the store, then from memory", async () => {
  const { blobs, gets } = countGets(openBlobs());
  const derivatives = new Derivatives(blobs, 10_000);
  assertEquals(await derivatives.get(ORIGINAL, "k"), null);
  await derivatives.put(ORIGINAL, "k", BYTES);
  const first = await derivatives.get(ORIGINAL, "k");
  assertEquals([first?.from, new Uint8Array(first!.bytes)], ["store", BYTES]);
  const before = gets.length;
  const second = await derivatives.get(ORIGINAL, "k");
  assertEquals([second?.from, new Uint8Array(second!.bytes)], ["memory", BYTES]);
  assertEquals(new Uint8Array(derivatives.inMemory(ORIGINAL, "k")!), BYTES);
  assertEquals(gets.length, before);
});

Deno.test("get() keeps originals, nonces and keys apart", async () => {
  const derivatives = new Derivatives(openBlobs(), 10_000);
  await derivatives.put(ORIGINAL, "k", BYTES);
  for (
    const [original, key] of [[OTHER, "k"], [ORIGINAL, "k2"], [{ ...ORIGINAL, user: testUserId(2) }, "k"]] as const
  ) {
    assertEquals(await derivatives.get(original, key), null);
  }
});

Deno.test("get() finds what an earlier process wrote, and keeps nothing in memory when it may hold none", async () => {
  const blobs = openBlobs();
  await new Derivatives(blobs, 10_000).put(ORIGINAL, "k", BYTES);
  const derivatives = new Derivatives(blobs, 0);
  for (let i = 0; i < 2; i++) assertEquals((await derivatives.get(ORIGINAL, "k"))?.from, "store");
  assertEquals(derivatives.inMemory(ORIGINAL, "k"), undefined);
});

Deno.test("get() removes a derivative whose seal is broken and gives null", async () => {
  const blobs = openBlobs();
  const blobKey = derivativeBlobKey(ORIGINAL, "k");
  for (
    const damage of [
      (b: Uint8Array<ArrayBuffer>) => b.slice(0, -1),
      (b: Uint8Array<ArrayBuffer>) => b.map((x) => x ^ 1),
    ]
  ) {
    await new Derivatives(blobs, 0).put(ORIGINAL, "k", BYTES);
    await blobs.put(blobKey, damage((await blobs.get(blobKey))!));
    const derivatives = new Derivatives(blobs, 10_000);
    assertEquals(await derivatives.get(ORIGINAL, "k"), null);
    assertEquals([await blobs.head(blobKey), derivatives.inMemory(ORIGINAL, "k")], [null, undefined]);
  }
});

Deno.test("remember() serves from memory before anything is written", async () => {
  const derivatives = new Derivatives(openBlobs(), 10_000);
  derivatives.remember(ORIGINAL, "k", BYTES);
  assertEquals((await derivatives.get(ORIGINAL, "k"))?.from, "memory");
});

Deno.test("forget() drops one original's derivatives from memory only", async () => {
  const derivatives = new Derivatives(openBlobs(), 10_000);
  for (const key of ["k1", "k2"]) {
    derivatives.remember(ORIGINAL, key, BYTES);
    derivatives.remember(OTHER, key, BYTES);
  }
  await derivatives.put(ORIGINAL, "k1", BYTES);
  derivatives.forget(ORIGINAL);
  assertEquals(["k1", "k2"].map((key) => derivatives.inMemory(ORIGINAL, key)), [undefined, undefined]);
  assertEquals(["k1", "k2"].map((key) => derivatives.inMemory(OTHER, key)), [BYTES, BYTES]);
  assertEquals((await derivatives.get(ORIGINAL, "k1"))?.from, "store");
});

Deno.test("inMemory() stays within the bytes it was given", () => {
  const derivatives = new Derivatives(openBlobs(), 1_200);
  for (const key of ["k1", "k2", "k3"]) derivatives.remember(ORIGINAL, key, BYTES);
  assertEquals(["k1", "k2", "k3"].map((key) => derivatives.inMemory(ORIGINAL, key) !== undefined), [false, true, true]);
});

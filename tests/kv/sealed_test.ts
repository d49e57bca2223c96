import { assertEquals, assertNotEquals } from "@std/assert";
import { seal, unseal } from "../../kv/blobs/sealed.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const BODY = seededRandom(80).bytes(60);

Deno.test("unseal() gives back what seal() took", async () => {
  for (const body of [new Uint8Array(), Uint8Array.of(7), BODY, seededRandom(81).bytes(100_000)]) {
    const sealed = await seal(body);
    assertNotEquals(sealed, body);
    assertEquals(new Uint8Array(await unseal(sealed) ?? [1, 2, 3, 4]), body);
  }
});

Deno.test("unseal() reads a seal that stands in the middle of a larger buffer", async () => {
  const sealed = await seal(BODY);
  const around = new Uint8Array(sealed.length + 33);
  around.set(sealed, 13);
  assertEquals(new Uint8Array((await unseal(around.subarray(13, 13 + sealed.length)))!), BODY);
});

Deno.test("unseal() gives null for every truncation", async () => {
  const sealed = await seal(BODY);
  for (let length = 0; length < sealed.length; length++) {
    assertEquals(await unseal(sealed.slice(0, length)), null, `${length} bytes`);
  }
});

Deno.test("unseal() gives null for every flipped bit", async () => {
  const sealed = await seal(BODY);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = sealed.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assertEquals(await unseal(flipped), null, `bit ${bit}`);
  }
});

Deno.test("unseal() gives null when bytes are added or the body is not sealed at all", async () => {
  const sealed = await seal(BODY);
  const longer = new Uint8Array(sealed.length + 1);
  longer.set(sealed);
  for (const bytes of [longer, BODY, new Uint8Array(40), new Uint8Array(1_000)]) {
    assertEquals(await unseal(bytes), null);
  }
});

import { assert, assertEquals } from "@std/assert";
import { splitExtension } from "../../codec/formats.ts";
import { isBlobKey } from "../../kv/blobs/blobs.ts";
import { newUserId, parseImagePath } from "../../kv/ids.ts";
import {
  baseKey,
  derivativeBlobKey,
  DERIVATIVES_PREFIX,
  derivativesBlobPrefix,
  originalBlobKey,
  type OriginalRef,
  ORIGINALS_PREFIX,
  pathKey,
} from "../../kv/keys.ts";
import { testHash, testUserId } from "../doubles/state.ts";

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const refOf = (n: number, nonce: string): OriginalRef => ({ user: newUserId(randomBytes), hash: testHash(n), nonce });

Deno.test("originalBlobKey() and derivativeBlobKey() keep the rule of blob keys and lie under their prefixes", () => {
  for (let n = 0; n < 100; n++) {
    const original = refOf(n, `N${n}x`);
    const [blob, derivative] = [originalBlobKey(original), derivativeBlobKey(original, "ab".repeat(20))];
    assert(isBlobKey(blob) && isBlobKey(derivative), blob);
    assert(blob.startsWith(ORIGINALS_PREFIX) && derivative.startsWith(DERIVATIVES_PREFIX));
    assert(derivative.startsWith(derivativesBlobPrefix(original)));
  }
});

Deno.test("derivativesBlobPrefix() holds nothing of another original, whose nonce only begins the same", () => {
  const original = refOf(1, "abc");
  const other = { ...original, nonce: "abcd" };
  assert(!derivativeBlobKey(other, "k").startsWith(derivativesBlobPrefix(original)));
  assert(originalBlobKey(other) !== originalBlobKey(original));
});

Deno.test("baseKey() differs for each path of one base name", () => {
  const paths = ["a/photo", "a/photo.jpg", "a/photo.JPG", "a/photo.jpeg", "a/photo.png"].map(parseImagePath);
  const keys = paths.map((p) => JSON.stringify(baseKey(testUserId(1), splitExtension(p).base, p)));
  assertEquals(new Set(keys).size, paths.length);
});

Deno.test("pathKey() and baseKey() of the longest path fit into KV", async () => {
  const folders = [255, 255, 255, 250].map((n) => "a".repeat(n)).join("/");
  using kv = await Deno.openKv(":memory:");
  for (const path of [`${folders}/a.jpg`, `${folders}/aaaaa`].map(parseImagePath)) {
    for (const key of [pathKey(testUserId(1), path), baseKey(testUserId(1), splitExtension(path).base, path)]) {
      assert((await kv.set(key, 1)).ok);
    }
  }
});

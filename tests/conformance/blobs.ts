/**
 * What every blob store must do. Each implementation runs the same suite.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlobError, type Blobs, deletePrefix } from "../../kv/blobs/blobs.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

/** A store opened for one test. */
export interface OpenBlobs extends AsyncDisposable {
  readonly blobs: Blobs;
}

const textBytes = (text: string) => new TextEncoder().encode(text);
const KEY = "originals/user_1/ab/abcdef.nonce";

async function keysOf(blobs: Blobs, prefix: string): Promise<string[]> {
  return (await Array.fromAsync(blobs.list(prefix))).map((b) => b.key).toSorted();
}

type Case = readonly [name: string, run: (blobs: Blobs) => Promise<void>];

const BASICS: readonly Case[] = [
  ["get() and head() give null and delete() gives false when there is no such blob", async (blobs) => {
    assertEquals([await blobs.get(KEY), await blobs.get(KEY, { start: 0, end: 5 })], [null, null]);
    assertEquals([await blobs.head(KEY), await blobs.delete(KEY)], [null, false]);
    assertEquals(await keysOf(blobs, ""), []);
  }],
  ["get() and head() give what put() wrote, when it is empty too", async (blobs) => {
    for (const bytes of [textBytes("hello"), new Uint8Array(), Uint8Array.of(0, 255, 10, 13)]) {
      assertEquals(await blobs.put(KEY, bytes), true);
      assertEquals(await blobs.get(KEY), bytes);
      const info = await blobs.head(KEY);
      assertEquals([info?.key, info?.size], [KEY, bytes.length]);
      assert(info!.modifiedAtMs > 0);
    }
  }],
  ["put() takes a blob of 5 MB", async (blobs) => {
    const bytes = new Uint8Array(5 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    await blobs.put(KEY, bytes);
    const stored = await blobs.get(KEY);
    assert(stored !== null && stored.length === bytes.length && stored.every((byte, at) => byte === bytes[at]));
    assertEquals(await blobs.get(KEY, { start: 4_000_000, end: 4_000_010 }), bytes.slice(4_000_000, 4_000_010));
  }],
  ["put() keeps its own copy when the caller's bytes change later", async (blobs) => {
    const bytes = textBytes("before");
    await blobs.put(KEY, bytes);
    bytes.fill(0);
    const first = await blobs.get(KEY);
    assertEquals(first, textBytes("before"));
    first!.fill(0);
    assertEquals(await blobs.get(KEY), textBytes("before"));
  }],
  ["get() gives the bytes of a range, cut at the end", async (blobs) => {
    const bytes = seededRandom(70).bytes(100);
    await blobs.put(KEY, bytes);
    for (
      const [start, end] of [[0, 100], [0, 1], [99, 100], [10, 20], [50, 500], [5, 5], [100, 200], [500, 600]] as const
    ) {
      assertEquals(await blobs.get(KEY, { start, end }), bytes.slice(start, end), `${start}–${end}`);
    }
  }],
  ["delete() removes one blob and leaves its neighbours", async (blobs) => {
    for (const key of ["a/b/c", "a/b/d", "a/e"]) await blobs.put(key, textBytes(key));
    assertEquals([await blobs.delete("a/b/c"), await blobs.delete("a/b/c")], [true, false]);
    assertEquals(await keysOf(blobs, ""), ["a/b/d", "a/e"]);
    await blobs.put("a/b/c", textBytes("again"));
    assertEquals(await blobs.get("a/b/c"), textBytes("again"));
  }],
];

const LISTS: readonly Case[] = [
  ["list() gives exactly the blobs whose keys begin with the prefix, in the middle of a name too", async (blobs) => {
    const keys = ["a/1/x", "a/1/y", "a/12/z", "a/2", "ab/1", "b"];
    for (const key of keys) await blobs.put(key, textBytes(key));
    for (
      const prefix of [
        "",
        "a",
        "a/",
        "a/1",
        "a/1/",
        "a/1/x",
        "a/12",
        "ab",
        "b",
        "b/",
        "c",
        "a/1/x/",
        "/",
        "../",
        "a/../",
        "./a",
      ]
    ) {
      assertEquals(await keysOf(blobs, prefix), keys.filter((k) => k.startsWith(prefix)), prefix);
    }
  }],
  ["list() gives sizes", async (blobs) => {
    for (const size of [0, 1, 1_000]) await blobs.put(`s/${size}`, new Uint8Array(size));
    const sizes = (await Array.fromAsync(blobs.list("s/"))).map((b) => [b.key, b.size] as const);
    assertEquals(new Map(sizes), new Map([["s/0", 0], ["s/1", 1], ["s/1000", 1_000]]));
  }],
  ["list() goes on when what it lists is deleted under it", async (blobs) => {
    const keys = Array.from({ length: 120 }, (_, n) => `d/${n % 7}/${n}`);
    for (const key of keys) await blobs.put(key, textBytes(key));
    assertEquals(await deletePrefix(blobs, "d/"), 120);
    assertEquals(await keysOf(blobs, ""), []);
  }],
  ["deletePrefix() leaves what only looks alike", async (blobs) => {
    for (const key of ["p/1/a", "p/1/b", "p/11/a"]) await blobs.put(key, textBytes(key));
    assertEquals([await deletePrefix(blobs, "p/1/"), await deletePrefix(blobs, "p/1/")], [2, 0]);
    assertEquals(await keysOf(blobs, ""), ["p/11/a"]);
  }],
];

const BAD_KEYS = [
  "",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "../a",
  "a/../b",
  "a/.",
  ".tmp/a",
  "a/.hidden",
  "a b",
  "a\\b",
  "a\u0000b",
  "a\n",
  "ä",
  "%2e%2e/a",
  "x".repeat(513),
];

const RULES: readonly Case[] = [
  ["every operation refuses a key that breaks the rule", async (blobs) => {
    for (const key of BAD_KEYS) {
      const calls = [
        () => blobs.put(key, textBytes("x")),
        () => blobs.get(key),
        () => blobs.head(key),
        () => blobs.delete(key),
      ];
      for (const call of calls) {
        // Whether it throws or rejects makes no difference to who awaits it.
        const error = await assertRejects(async () => await call(), BlobError);
        assertEquals(error.code, "bad_key", key);
      }
    }
    assertEquals(await keysOf(blobs, ""), []);
  }],
  ["put() leaves an existing blob alone when it is to be absent", async (blobs) => {
    assertEquals(await blobs.put(KEY, textBytes("first"), { ifAbsent: true }), true);
    assertEquals(await blobs.put(KEY, textBytes("second"), { ifAbsent: true }), false);
    assertEquals(await blobs.get(KEY), textBytes("first"));
    await blobs.put(KEY, textBytes("third"));
    assertEquals(await blobs.get(KEY), textBytes("third"));
    await blobs.delete(KEY);
    assertEquals(await blobs.put(KEY, textBytes("fourth"), { ifAbsent: true }), true);
  }],
  ["put() lets one of 20 win when all want the blob to be absent", async (blobs) => {
    const puts = Array.from(
      { length: 20 },
      (_, n) => blobs.put(KEY, new Uint8Array(1_000).fill(n), { ifAbsent: true }),
    );
    const winner = (await Promise.all(puts)).indexOf(true);
    assertEquals((await Promise.all(puts)).filter((won) => won).length, 1);
    assertEquals(await blobs.get(KEY), new Uint8Array(1_000).fill(winner));
  }],
  ["get() gives one whole blob while 20 put() of one key run", async (blobs) => {
    const sizes = Array.from({ length: 20 }, (_, n) => 50_000 + n);
    const isWhole = (bytes: Uint8Array | null) =>
      bytes === null || (sizes.includes(bytes.length) && bytes.every((b) => b === bytes.length - 50_000));
    const puts = Promise.all(sizes.map((size, n) => blobs.put(KEY, new Uint8Array(size).fill(n))));
    const reads = await Promise.all(Array.from({ length: 40 }, () => blobs.get(KEY)));
    await puts;
    assert([...reads, await blobs.get(KEY)].every(isWhole));
    assert(await blobs.get(KEY) !== null);
    assertEquals(await keysOf(blobs, ""), [KEY]);
  }],
  ["put() and delete() of neighbours do not disturb each other", async (blobs) => {
    await Promise.all(Array.from({ length: 8 }, async (_, n) => {
      for (let round = 0; round < 40; round++) {
        await blobs.put(`n/deep/${n}`, textBytes(`${round}`));
        assertEquals(await blobs.get(`n/deep/${n}`), textBytes(`${round}`));
        assertEquals(await blobs.delete(`n/deep/${n}`), true);
      }
    }));
    assertEquals(await keysOf(blobs, ""), []);
  }],
];

const UNFINISHED: readonly Case[] = [
  ["sweepUnfinished() finds nothing where every put has ended, and leaves the blobs", async (blobs) => {
    await blobs.put(KEY, textBytes("hello"));
    assertEquals(await blobs.sweepUnfinished(Date.now() + 60_000), 0);
    assertEquals(await blobs.get(KEY), textBytes("hello"));
  }],
];

/** Registers the suite for one implementation. @param open gives an empty store */
export function testBlobs(name: string, open: () => Promise<OpenBlobs>): void {
  for (const [title, run] of [...BASICS, ...LISTS, ...RULES, ...UNFINISHED]) {
    Deno.test(`${name}: ${title}`, async () => {
      await using opened = await open();
      await run(opened.blobs);
    });
  }
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlobError, deletePrefix } from "../../kv/blobs/blobs.ts";
import { FileBlobs } from "../../kv/blobs/file.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { testBlobs } from "../conformance/blobs.ts";

const newName = () => crypto.randomUUID();
const BYTES = Uint8Array.of(1, 2, 3);

async function openFolder() {
  const root = await Deno.makeTempDir();
  return {
    root,
    blobs: await FileBlobs.open(root, newName),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** Every file and folder below one, as relative paths; folders end in a slash. */
async function treeOf(folder: string, prefix = ""): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    out.push(prefix + entry.name + (entry.isDirectory ? "/" : ""));
    if (entry.isDirectory) out.push(...await treeOf(`${folder}/${entry.name}`, `${prefix}${entry.name}/`));
  }
  return out.toSorted();
}

testBlobs(
  "MemoryBlobs",
  () => Promise.resolve({ blobs: new MemoryBlobs(() => 1), [Symbol.asyncDispose]: () => Promise.resolve() }),
);
testBlobs("FileBlobs", openFolder);

Deno.test("FileBlobs.check() says that its folder is gone, which head() takes for absence", async () => {
  await using opened = await openFolder();
  const { blobs, root } = opened;
  await blobs.check();
  await Deno.rename(root, `${root}.away`);
  assertEquals(await blobs.head("a/b"), null);
  const error = await assertRejects(() => blobs.check(), BlobError, "Folder of the blobs is not there any more");
  assertEquals(error.code, "unavailable");
  await Deno.rename(`${root}.away`, root);
  await blobs.check();
});

Deno.test("FileBlobs.put() leaves no temporary file behind when it writes, overwrites or finds the name taken", async () => {
  await using opened = await openFolder();
  const { blobs, root } = opened;
  await blobs.put("a/b", BYTES);
  await blobs.put("a/b", BYTES);
  await blobs.put("a/b", BYTES, { ifAbsent: true });
  assertEquals(await treeOf(root), [".tmp/", "a/", "a/b"]);
});

Deno.test("FileBlobs.put() leaves no temporary file behind when it fails", async () => {
  await using opened = await openFolder();
  const { blobs, root } = opened;
  await blobs.put("a", BYTES);
  // A key that is the folder of another one is forbidden, and here a way to make the write fail.
  const error = await assertRejects(() => blobs.put("a/b", BYTES), BlobError);
  assertEquals(error.code, "unavailable");
  assertEquals(await treeOf(root), [".tmp/", "a"]);
});

Deno.test("FileBlobs.delete() removes the folders that it leaves empty, and no others", async () => {
  await using opened = await openFolder();
  const { blobs, root } = opened;
  for (const key of ["x/1/a", "x/1/b", "x/2/c"]) await blobs.put(key, BYTES);
  await blobs.delete("x/1/a");
  assertEquals(await treeOf(root), [".tmp/", "x/", "x/1/", "x/1/b", "x/2/", "x/2/c"]);
  await blobs.delete("x/1/b");
  assertEquals(await treeOf(root), [".tmp/", "x/", "x/2/", "x/2/c"]);
  await deletePrefix(blobs, "x/");
  assertEquals(await treeOf(root), [".tmp/"]);
});

Deno.test("FileBlobs.open() removes what a crash left half-written and keeps the blobs", async () => {
  await using opened = await openFolder();
  await opened.blobs.put("a/b", BYTES);
  await Deno.writeFile(`${opened.root}/.tmp/half`, BYTES);
  const again = await FileBlobs.open(opened.root, newName);
  assertEquals(await treeOf(opened.root), [".tmp/", "a/", "a/b"]);
  assertEquals(await again.get("a/b"), BYTES);
});

Deno.test("FileBlobs.sweepUnfinished() removes old temporary files and leaves those of puts under way", async () => {
  await using opened = await openFolder();
  const { blobs, root } = opened;
  await blobs.put("a/b", BYTES);
  for (const [name, ageMs] of [["old", 120_000], ["young", 30_000]] as const) {
    await Deno.writeFile(`${root}/.tmp/${name}`, BYTES);
    const time = (Date.now() - ageMs) / 1000;
    await Deno.utime(`${root}/.tmp/${name}`, time, time);
  }
  assertEquals(await blobs.sweepUnfinished(Date.now() - 60_000), 1);
  assertEquals(await treeOf(root), [".tmp/", ".tmp/young", "a/", "a/b"]);
});

Deno.test({
  name: "FileBlobs.put() makes files and folders that only their owner can read",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using opened = await openFolder();
    await opened.blobs.put("a/b", BYTES);
    const modeOf = async (path: string) => (await Deno.stat(`${opened.root}/${path}`)).mode! & 0o777;
    assertEquals([await modeOf("a"), await modeOf("a/b"), await modeOf(".tmp")], [0o700, 0o600, 0o700]);
  },
});

Deno.test("FileBlobs.get() says unavailable, not absent, when the folder cannot be read", async () => {
  await using opened = await openFolder();
  await opened.blobs.put("a/b", BYTES);
  // Reading a folder as a file fails for a reason that is not absence.
  const error = await assertRejects(() => opened.blobs.get("a"), BlobError);
  assertEquals(error.code, "unavailable");
  assert(error.cause instanceof Error);
});

Deno.test("FileBlobs.list() passes over what others put into the folder", async () => {
  await using opened = await openFolder();
  await opened.blobs.put("a/b", BYTES);
  await Deno.writeFile(`${opened.root}/.DS_Store`, BYTES);
  await Deno.writeFile(`${opened.root}/a/not a key`, BYTES);
  assertEquals((await Array.fromAsync(opened.blobs.list(""))).map((b) => b.key), ["a/b"]);
});

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FrameReader, readFrameSync, writeFrame, writeFrameSync } from "../../codec/frames.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const FRAMES = [
  { header: { ready: true }, body: new Uint8Array() },
  { header: { job: { kind: "inspect", maxPixels: 5 } }, body: seededRandom(1).bytes(1_000) },
  { header: { text: "日本 ü \u0000" }, body: Uint8Array.of(0) },
  { header: {}, body: seededRandom(2).bytes(70_000) },
];

async function encode(frames: readonly { header: Record<string, unknown>; body: Uint8Array }[]): Promise<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const bytes = new Response(readable as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
  const writer = writable.getWriter();
  for (const { header, body } of frames) await writeFrame(writer, header, body);
  await writer.close();
  return await bytes;
}

/** Hands the bytes out in pieces of the given sizes, over and over. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return ReadableStream.from(pieces);
}

async function readAll(stream: ReadableStream<Uint8Array>) {
  const reader = new FrameReader(stream);
  const out = [];
  for (let frame = await reader.read(); frame !== null; frame = await reader.read()) out.push(frame);
  return out;
}

for (const sizes of [[1_000_000], [1], [7], [8], [0, 3, 0, 11], [4_096, 1]]) {
  Deno.test(`FrameReader.read() gives back what writeFrame() wrote when it comes in pieces of ${sizes}`, async () => {
    assertEquals(await readAll(inPieces(await encode(FRAMES), sizes)), FRAMES);
  });
}

Deno.test("FrameReader.read() gives the whole frames and then null when the stream is cut anywhere", async () => {
  const frames = FRAMES.slice(0, 3);
  const ends = [];
  for (let n = 1; n <= frames.length; n++) ends.push((await encode(frames.slice(0, n))).length);
  const bytes = await encode(frames);
  for (let length = 0; length < bytes.length; length++) {
    const whole = ends.filter((end) => end <= length).length;
    assertEquals(await readAll(inPieces(bytes.subarray(0, length), [64])), frames.slice(0, whole), `cut at ${length}`);
  }
});

Deno.test("FrameReader.read() refuses lengths beyond anything honest before it waits for them", async () => {
  for (const lengths of [[0xffffffff, 0], [2, 0xffffffff], [(1 << 20) + 1, 0]]) {
    const prefix = new Uint8Array(new Uint32Array(lengths).buffer);
    await assertRejects(() => readAll(inPieces(prefix, [8])), RangeError, "larger than any answer");
  }
});

Deno.test("FrameReader.read() fails when the header is no JSON", async () => {
  const bytes = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b);
  await assertRejects(() => readAll(inPieces(bytes, [16])), SyntaxError);
});

/** Hands the bytes out at most `piece` at a time, then ends. */
function syncSource(bytes: Uint8Array, piece: number) {
  let at = 0;
  return {
    readSync(into: Uint8Array): number | null {
      if (at >= bytes.length) return null;
      const part = bytes.subarray(at, at + Math.min(piece, into.length));
      into.set(part);
      at += part.length;
      return part.length;
    },
  };
}

function readAllSync(bytes: Uint8Array, piece: number) {
  const source = syncSource(bytes, piece);
  const out = [];
  for (let frame = readFrameSync(source); frame !== null; frame = readFrameSync(source)) out.push(frame);
  return out;
}

for (const piece of [1, 7, 4_096, 1_000_000]) {
  Deno.test(`readFrameSync() gives back what writeFrame() wrote in pieces of ${piece}`, async () => {
    assertEquals(readAllSync(await encode(FRAMES), piece), FRAMES);
  });

  Deno.test(`writeFrameSync() writes what writeFrame() writes in pieces of ${piece}`, async () => {
    const written: number[] = [];
    const target = {
      writeSync(bytes: Uint8Array) {
        const part = bytes.subarray(0, piece);
        written.push(...part);
        return part.length;
      },
    };
    for (const { header, body } of FRAMES) writeFrameSync(target, header, body);
    assertEquals(Uint8Array.from(written), await encode(FRAMES));
  });
}

Deno.test("readFrameSync() gives null when the source is cut, and refuses lengths beyond anything honest", async () => {
  const bytes = await encode(FRAMES.slice(0, 2));
  const first = (await encode(FRAMES.slice(0, 1))).length;
  for (let length = first; length < bytes.length; length++) {
    assertEquals(readAllSync(bytes.subarray(0, length), 64), FRAMES.slice(0, 1), `cut at ${length}`);
  }
  const prefix = new Uint8Array(Uint32Array.of(2, 0xffffffff).buffer);
  assertThrows(() => readAllSync(prefix, 8), RangeError, "larger than any answer");
});

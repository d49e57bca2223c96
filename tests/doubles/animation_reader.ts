/**
 * Reads the frame times and loops of animations: GIF89a blocks and the ANIM and ANMF chunks of WebP (RFC 9649, 2.7.1).
 * Pixels of WebP frames as well, by libwebp; GIF pixels are LZW, for which a plain reader is here too.
 *
 * @module
 */
import { decodePicture, type Picture } from "./decode.ts";

/** What an animation says of itself. */
export interface Movie {
  readonly width: number;
  readonly height: number;
  /** Times it is played, 0 = for ever. */
  readonly loops: number;
  readonly delaysMs: readonly number[];
  /** Whole frames as shown. */
  readonly frames: readonly Picture[];
}

/** A part of a frame, put on what is there. */
interface Patch {
  readonly left: number;
  readonly top: number;
  readonly picture: Picture;
  /** Whether transparent px let through what is there. */
  readonly blends: boolean;
  /** Whether its area is cleared after it was shown. */
  readonly clears: boolean;
}

function blank(width: number, height: number): Picture {
  return { width, height, data: new Uint8ClampedArray(width * height * 4) };
}

/** Only fully opaque and fully transparent px blend right here: enough for what the tests paint. */
function compose(width: number, height: number, patches: readonly Patch[]): Picture[] {
  let canvas = blank(width, height);
  return patches.map(({ left, top, picture, blends, clears }) => {
    const shown = { width, height, data: canvas.data.slice() };
    canvas = { width, height, data: shown.data.slice() };
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        const [from, to] = [(y * picture.width + x) * 4, ((top + y) * width + left + x) * 4];
        const pixel = picture.data.subarray(from, from + 4);
        if (!blends || pixel[3]! > 127) shown.data.set(pixel, to);
        canvas.data.set(clears ? [0, 0, 0, 0] : shown.data.subarray(to, to + 4), to);
      }
    }
    return shown;
  });
}

const u16 = (b: Uint8Array, at: number) => b[at]! | (b[at + 1]! << 8);
const u24 = (b: Uint8Array, at: number) => u16(b, at) | (b[at + 2]! << 16);
const u32 = (b: Uint8Array, at: number) => (u24(b, at) | (b[at + 3]! << 24)) >>> 0;
const text = (b: Uint8Array, at: number, length: number) => String.fromCharCode(...b.subarray(at, at + length));

function* riffChunks(
  bytes: Uint8Array,
  start: number,
): Generator<{ type: string; body: Uint8Array; whole: Uint8Array }> {
  for (let at = start; at + 8 <= bytes.length;) {
    const length = u32(bytes, at + 4);
    const end = at + 8 + length;
    yield {
      type: text(bytes, at, 4),
      body: bytes.subarray(at + 8, end),
      whole: bytes.subarray(at, end + (length % 2)),
    };
    at = end + (length % 2);
  }
}

/** A frame's chunks as a file of their own. */
function stillWebp(chunks: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = [(width - 1) & 255, (width - 1) >> 8, 0, (height - 1) & 255, (height - 1) >> 8, 0];
  const extended = [...new TextEncoder().encode("VP8X"), 10, 0, 0, 0, 0x10, 0, 0, 0, ...size];
  const length = 4 + extended.length + chunks.length;
  const riff = [...new TextEncoder().encode("RIFF"), length & 255, (length >> 8) & 255, (length >> 16) & 255, 0];
  return Uint8Array.from([...riff, ...new TextEncoder().encode("WEBP"), ...extended, ...chunks]);
}

/** Whether a WebP moves: it has the chunk of an animation. */
export function isMovingWebp(bytes: Uint8Array): boolean {
  return [...riffChunks(bytes, 12)].some(({ type }) => type === "ANIM" || type === "ANMF");
}

/** Reads an animated WebP. */
export async function readMovingWebp(bytes: Uint8Array): Promise<Movie> {
  const chunks = [...riffChunks(bytes, 12)];
  const head = chunks.find(({ type }) => type === "VP8X")!.body;
  const [width, height] = [u24(head, 4) + 1, u24(head, 7) + 1];
  const frames = chunks.filter(({ type }) => type === "ANMF").map(({ body }) => body);
  const patches = await Promise.all(frames.map(async (body): Promise<Patch> => {
    const still = stillWebp(body.subarray(16), u24(body, 6) + 1, u24(body, 9) + 1);
    const picture = await decodePicture("webp", still);
    const flags = body[15]!;
    const place = { left: u24(body, 0) * 2, top: u24(body, 3) * 2 };
    return { ...place, picture, blends: (flags & 2) === 0, clears: (flags & 1) === 1 };
  }));
  return {
    width,
    height,
    loops: u16(chunks.find(({ type }) => type === "ANIM")!.body, 4),
    delaysMs: frames.map((body) => u24(body, 12)),
    frames: compose(width, height, patches),
  };
}

/** LZW of GIF89a appendix F, plainly: codes are lists of indices. */
function unpackLzw(data: Uint8Array, minBits: number): number[] {
  const [clear, end] = [1 << minBits, (1 << minBits) + 1];
  const fresh = () => Array.from({ length: end + 1 }, (_, n) => (n < clear ? [n] : []));
  let [table, bits, last] = [fresh(), minBits + 1, null as number[] | null];
  const out: number[] = [];
  for (let at = 0; at + bits <= data.length * 8;) {
    let code = 0;
    for (let bit = 0; bit < bits; bit++, at++) code |= ((data[at >> 3]! >> (at & 7)) & 1) << bit;
    if (code === end) break;
    if (code === clear) {
      [table, bits, last] = [fresh(), minBits + 1, null];
      continue;
    }
    const entry = table[code] ?? [...last!, last![0]!];
    out.push(...entry);
    if (last !== null && table.length < 4096) table.push([...last, entry[0]!]);
    if (table.length === 1 << bits && bits < 12) bits++;
    last = entry;
  }
  return out;
}

interface GifCursor {
  readonly bytes: Uint8Array;
  at: number;
}

function subBlocks(cursor: GifCursor): Uint8Array {
  const out: number[] = [];
  for (;;) {
    const length = cursor.bytes[cursor.at++]!;
    if (length === 0) return Uint8Array.from(out);
    out.push(...cursor.bytes.subarray(cursor.at, cursor.at + length));
    cursor.at += length;
  }
}

function colourTable(cursor: GifCursor, flags: number): Uint8Array | null {
  if ((flags & 0x80) === 0) return null;
  const length = 3 << ((flags & 7) + 1);
  const table = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return table;
}

interface Control {
  readonly delayMs: number;
  readonly disposal: number;
  /** Index of the colour that is none, or -1. */
  readonly clear: number;
}

function gifImage(cursor: GifCursor, global: Uint8Array | null, control: Control): Patch {
  const { bytes } = cursor;
  const [left, top, width, height] = [0, 2, 4, 6].map((n) => u16(bytes, cursor.at + n)) as [
    number,
    number,
    number,
    number,
  ];
  const flags = bytes[cursor.at + 8]!;
  if ((flags & 0x40) !== 0) throw new Error("This reader knows no interlaced GIF");
  cursor.at += 9;
  const colours = colourTable(cursor, flags) ?? global!;
  const minBits = bytes[cursor.at++]!;
  const picture = blank(width, height);
  unpackLzw(subBlocks(cursor), minBits).forEach((index, at) => {
    if (index !== control.clear) picture.data.set([...colours.subarray(index * 3, index * 3 + 3), 255], at * 4);
  });
  return { left, top, picture, blends: true, clears: control.disposal === 2 };
}

/** Reads a GIF that is animated or not. */
export function readGif(bytes: Uint8Array): Movie {
  const cursor: GifCursor = { bytes, at: 13 };
  const [width, height] = [u16(bytes, 6), u16(bytes, 8)];
  const global = colourTable(cursor, bytes[10]!);
  const [patches, delaysMs]: [Patch[], number[]] = [[], []];
  let loops = 1;
  let control: Control = { delayMs: 0, disposal: 0, clear: -1 };
  for (;;) {
    const block = bytes[cursor.at++];
    if (block === 0x3b) return { width, height, loops, delaysMs, frames: compose(width, height, patches) };
    if (block === 0x2c) {
      patches.push(gifImage(cursor, global, control));
      delaysMs.push(control.delayMs);
      continue;
    }
    if (block !== 0x21) throw new Error(`GIF has a block ${block} that is none`);
    const label = bytes[cursor.at++];
    const body = subBlocks(cursor);
    if (label === 0xf9) {
      control = {
        delayMs: u16(body, 1) * 10,
        disposal: (body[0]! >> 2) & 7,
        clear: (body[0]! & 1) === 1 ? body[3]! : -1,
      };
    }
    // It counts repetitions: one more time it is played; 0 = for ever.
    if (label === 0xff && text(body, 0, 11) === "NETSCAPE2.0") loops = u16(body, 12) === 0 ? 0 : u16(body, 12) + 1;
  }
}

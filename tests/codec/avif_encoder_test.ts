/** Our own build of libavif's encoder, its files read by somebody else's decoder. */
import { assert, assertEquals } from "@std/assert";
import { AvifEncoder, type AvifOptions } from "../../codec/avif_encoder.ts";
import { avifEncoderModule } from "../../codec/codecs.js";
import { decodePicture } from "../doubles/decode.ts";

const LOSSY: AvifOptions = { quality: 60, speed: 7, depth: 10, isSubsampled: true };
const encoder = new AvifEncoder(avifEncoderModule);

/** A gradient with an edge; `alpha` gives each pixel's. */
function picture(width: number, height: number, alpha: (x: number, y: number) => number): Uint8ClampedArray {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = x * 2 < width ? 0 : 60;
      data.set([x * 3 + edge, y * 2, 120 - edge, alpha(x, y)], (y * width + x) * 4);
    }
  }
  return data;
}

function meanError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** The third byte of `av1C`: depth and subsampling (AV1 in ISOBMFF, 2.3.3). */
function flagsOf(file: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(file).indexOf("av1C");
  return file[at + 6]!;
}

for (const [width, height] of [[1, 1], [3, 5], [64, 33], [130, 97]] as const) {
  Deno.test(`AVIF of ${width}×${height} px is close to its pixels, clear ones included`, async () => {
    const data = picture(width, height, (x) => x % 2 === 0 ? 255 : 128);
    const file = encoder.encode(data, width, height, LOSSY);
    const back = await decodePicture("avif", file);
    assertEquals([back.width, back.height], [width, height]);
    const error = meanError(back.data, data);
    // Half of the colour of so few pixels is at the edge.
    assert(error < (width * height < 100 ? 8 : 4), `mean error ${error}`);
  });
}

Deno.test("AVIF is as deep and as finely coloured as asked", () => {
  const data = picture(40, 30, () => 255);
  const flags = (options: Partial<AvifOptions>) => flagsOf(encoder.encode(data, 40, 30, { ...LOSSY, ...options }));
  assertEquals(flags({}) & 0x4c, 0x4c);
  assertEquals(flags({ depth: 8 }) & 0x40, 0);
  assertEquals(flags({ isSubsampled: false }) & 0x0c, 0);
});

Deno.test("AVIF of quality 100 gives back every pixel", async () => {
  const data = picture(61, 47, (_x, y) => y * 5);
  const file = encoder.encode(data, 61, 47, { quality: 100, speed: 9, depth: 8, isSubsampled: false });
  assertEquals(meanError((await decodePicture("avif", file)).data, data), 0);
});

Deno.test("AVIF: a used encoder and a fresh one give the same bytes", () => {
  const data = picture(90, 60, () => 255);
  const first = encoder.encode(data, 90, 60, LOSSY);
  encoder.encode(picture(33, 44, () => 9), 33, 44, { ...LOSSY, quality: 20 });
  assertEquals(encoder.encode(data, 90, 60, LOSSY), first);
  assertEquals(new AvifEncoder(avifEncoderModule).encode(data, 90, 60, LOSSY), first);
});

Deno.test("AVIF: a higher quality is larger and closer", async () => {
  const data = picture(120, 90, () => 255);
  const files = [20, 50, 80].map((quality) => encoder.encode(data, 120, 90, { ...LOSSY, quality }));
  const errors = [];
  for (const file of files) errors.push(meanError((await decodePicture("avif", file)).data, data));
  assert(files[0]!.length < files[1]!.length && files[1]!.length < files[2]!.length, `${files.map((f) => f.length)}`);
  assert(errors[0]! > errors[2]!, `${errors}`);
});

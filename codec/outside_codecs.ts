/**
 * The codecs beside the core behind one small interface: RGBA in, file out, and the other way round.
 *
 * They compile at the first use in a process, and fail as a whole: any error but ours means a broken instance.
 *
 * @module
 */
import decodeAvif, { init as initAvifDecoder } from "@jsquash/avif/decode.js";
import encodeJxl, { init as initJxlEncoder } from "@jsquash/jxl/encode.js";
import { AvifEncoder, type AvifOptions } from "./avif_encoder.ts";
import { avifDecoderModule, avifEncoderModule, jxlEncoderModule } from "./codecs.js";
import { collectGarbage } from "./core.ts";
import { CodecError } from "./errors.ts";

/** RGBA, 8 bits a channel, alpha not premultiplied. */
export interface RgbaPixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Formats that are written outside the core. */
export type OutsideOutput = "avif" | "jxl";

/** How to write. */
export interface OutsideOptions {
  /** 1–100. */
  readonly quality: number;
  readonly lossless: boolean;
}

/** Points of a broken line from the product's quality to libaom's. */
type QualityLine = readonly (readonly [quality: number, libaom: number])[];

interface AvifSettings {
  readonly speed: number;
  readonly depth: 8 | 10;
  readonly line: QualityLine;
}

/** Larger AVIF outputs are written the fast way: the careful one takes two seconds a megapixel and 35 bytes a px, not 22. */
const CAREFUL_AVIF_PIXELS = 2_000_000;

/**
 * The lines make AVIF score by SSIMULACRA2 as our WebP does at the same quality, on the mean of photos 800 wide.
 *
 * libaom's tune=iq, which libavif sets, at speed 6 with 10 bits: up to 10 % more bytes than sharp's effort 4 at equal
 * scores, in less than half of its CPU time. Speed 7 takes half to three quarters of 6's time for 4–25 % more than sharp's;
 * 8 and 9 need 20–40 % more. 8 bits cost 3–7 %. 4:4:4 needs 5 % less on pale pictures, 3 % more on colourful ones.
 */
const CAREFUL_AVIF: AvifSettings = {
  speed: 6,
  depth: 10,
  line: [[1, 15], [30, 35], [70, 50], [80, 57], [90, 72], [100, 90]],
};
const FAST_AVIF: AvifSettings = {
  speed: 9,
  depth: 8,
  line: [[1, 18], [30, 37], [70, 52], [80, 60], [90, 77], [100, 95]],
};
/** Kept as RGB, as fast as it goes. */
const LOSSLESS_AVIF: AvifOptions = { quality: 100, speed: 9, depth: 8, isSubsampled: false };
/** JXL effort 3 is the last that is fast. */
const JXL_EFFORT = 3;

function alongLine(line: QualityLine, quality: number): number {
  const end = Math.max(1, line.findIndex(([at]) => at >= quality));
  const [[x0, y0], [x1, y1]] = [line[end - 1]!, line[end]!];
  return Math.round(y0 + ((quality - x0) * (y1 - y0)) / (x1 - x0));
}

function avifOptions(pixels: number, { quality, lossless }: OutsideOptions): AvifOptions {
  if (lossless) return LOSSLESS_AVIF;
  const { speed, depth, line } = pixels <= CAREFUL_AVIF_PIXELS ? CAREFUL_AVIF : FAST_AVIF;
  return { quality: alongLine(line, quality), speed, depth, isSubsampled: true };
}

/** What an 800 px wide picture needs is 28 MB; a larger memory, which never shrinks, would stand beside the next picture's. */
const KEPT_ENCODER_BYTES = 48 * 1024 * 1024;

let avifEncoder: AvifEncoder | null = null;

function encodeAvif({ data, width, height }: RgbaPixels, options: OutsideOptions): Uint8Array<ArrayBuffer> {
  avifEncoder ??= new AvifEncoder(avifEncoderModule);
  const file = avifEncoder.encode(data, width, height, avifOptions(width * height, options));
  if (avifEncoder.memoryBytes > KEPT_ENCODER_BYTES) avifEncoder = null;
  return file;
}

async function encodeJpegXl(
  pixels: RgbaPixels,
  { quality, lossless }: OutsideOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  await start("jxl", () => initJxlEncoder(jxlEncoderModule));
  const options = lossless ? { lossless, effort: JXL_EFFORT } : { quality, effort: JXL_EFFORT };
  return new Uint8Array(await encodeJxl(pixels as ImageData, options));
}

const started = new Map<unknown, Promise<unknown>>();

async function start(key: unknown, init: () => Promise<unknown>): Promise<void> {
  if (!started.has(key)) started.set(key, init());
  await started.get(key);
}

/** Writes a file. */
export async function encodeOutside(
  format: OutsideOutput,
  pixels: RgbaPixels,
  options: OutsideOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  return format === "avif" ? encodeAvif(pixels, options) : await encodeJpegXl(pixels, options);
}

/** From here on a decoder is dropped after its picture: its memory, some 20 bytes a px, would stand beside the core's. */
const DROPPED_DECODER_PIXELS = 2_000_000;

/** A fresh decoder takes the place of the old one. */
async function dropAvifDecoder(): Promise<void> {
  await initAvifDecoder(avifDecoderModule);
  await collectGarbage();
}

/** Reads one AVIF picture without transformations. @throws {CodecError} `corrupt` */
export async function decodeAvifPart(file: Uint8Array<ArrayBuffer>): Promise<RgbaPixels> {
  await start("avif decoder", () => Promise.resolve(initAvifDecoder(avifDecoderModule)));
  try {
    const { data, width, height } = await decodeAvif(file.buffer) as ImageData;
    if (width * height > DROPPED_DECODER_PIXELS) await dropAvifDecoder();
    return { data: data as Uint8ClampedArray<ArrayBuffer>, width, height };
  } catch (error) {
    // A trap breaks the instance: let it through, the process is replaced.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw error;
    throw new CodecError("corrupt", "AVIF data could not be decoded");
  }
}

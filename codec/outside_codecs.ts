/**
 * The @jsquash packages behind one small interface: RGBA in, file out, and the other way round.
 *
 * They compile at the first use in a process, and fail as a whole: any error but ours means a broken instance.
 *
 * @module
 */
import decodeAvif, { init as initAvifDecoder } from "@jsquash/avif/decode.js";
import encodeAvif, { init as initAvifEncoder } from "@jsquash/avif/encode.js";
import encodeJxl, { init as initJxlEncoder } from "@jsquash/jxl/encode.js";
import { avifDecoderModule, avifEncoderModule, jxlEncoderModule } from "./codecs.js";
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

interface Encoder {
  readonly init: () => Promise<unknown>;
  readonly encode: (pixels: ImageData, options: OutsideOptions) => Promise<ArrayBuffer>;
}

/** Points of a broken line from the product's quality to libaom's. */
type QualityLine = readonly (readonly [quality: number, libaom: number])[];

interface AvifSettings {
  readonly speed: number;
  readonly bitDepth: 8 | 10;
  readonly line: QualityLine;
}

/**
 * Larger AVIF outputs are written the fast way: the careful one takes 1.5 s a megapixel, and its 10 bits twice the
 * memory (486 MB at 8 MP where 8 bits take 347).
 */
const CAREFUL_AVIF_PIXELS = 1_000_000;

/**
 * The lines make AVIF score by SSIMULACRA2 as our WebP does at the same quality, on the mean of four photos.
 *
 * Measured at 800 wide, bytes at equal scores: speed 6 with 10 bits needs a third less than speed 9 with 8 (10 bits alone
 * are 5–8 %, and cost no time), takes half of sharp's effort 4 and 1–26 % more bytes. Speeds 7 and 8 gain nothing over
 * 9, and 5 takes six times as long as 6. 4:4:4 gains 5 % on pale pictures and loses 11 % on colourful ones; `tune`
 * changes nothing, `sharpness`, `enableSharpYUV` and `denoiseLevel` cost more bytes than they score.
 */
const CAREFUL_AVIF: AvifSettings = {
  speed: 6,
  bitDepth: 10,
  line: [[1, 1], [30, 38], [80, 60], [90, 77], [100, 100]],
};
const FAST_AVIF: AvifSettings = { speed: 9, bitDepth: 8, line: [[1, 1], [30, 45], [80, 66], [90, 79], [100, 100]] };
/** JXL effort 3 is the last that is fast. */
const JXL_EFFORT = 3;

function alongLine(line: QualityLine, quality: number): number {
  const end = Math.max(1, line.findIndex(([at]) => at >= quality));
  const [[x0, y0], [x1, y1]] = [line[end - 1]!, line[end]!];
  return Math.round(y0 + ((quality - x0) * (y1 - y0)) / (x1 - x0));
}

/** Channels of 8 bits as 10: full stays full. */
function toTenBits(data: Uint8ClampedArray): Uint16Array<ArrayBuffer> {
  const wide = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) wide[i] = (data[i]! << 2) | (data[i]! >> 6);
  return wide;
}

function encodeAvifWell(pixels: ImageData, { quality, lossless }: OutsideOptions): Promise<ArrayBuffer> {
  if (lossless) return encodeAvif(pixels, { lossless, speed: FAST_AVIF.speed });
  const { data, width, height } = pixels;
  const { speed, bitDepth, line } = width * height <= CAREFUL_AVIF_PIXELS ? CAREFUL_AVIF : FAST_AVIF;
  const options = { quality: alongLine(line, quality), speed, subsample: 1 };
  if (bitDepth === 8) return encodeAvif(pixels, options);
  return encodeAvif({ data: toTenBits(data as Uint8ClampedArray), width, height }, { ...options, bitDepth });
}

const ENCODERS: Record<OutsideOutput, Encoder> = {
  avif: {
    init: () => initAvifEncoder(avifEncoderModule),
    encode: encodeAvifWell,
  },
  jxl: {
    init: () => initJxlEncoder(jxlEncoderModule),
    encode: (pixels, { quality, lossless }) =>
      encodeJxl(pixels, lossless ? { lossless, effort: JXL_EFFORT } : { quality, effort: JXL_EFFORT }),
  },
};

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
  const { init, encode } = ENCODERS[format];
  await start(format, init);
  return new Uint8Array(await encode(pixels as ImageData, options));
}

/** From here on a decoder is dropped after its picture: its memory, some 20 bytes a px, would stand beside the core's. */
const DROPPED_DECODER_PIXELS = 2_000_000;

/** A fresh decoder takes the place of the old one; `gc` is there in codec processes (spawn.ts). */
async function dropAvifDecoder(): Promise<void> {
  await initAvifDecoder(avifDecoderModule);
  (globalThis as { gc?: () => void }).gc?.();
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

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
import encodeWebp, { init as initWebpEncoder } from "@jsquash/webp/encode.js";
import { avifDecoderModule, avifEncoderModule, jxlEncoderModule, webpEncoderModule } from "./codecs.js";
import { CodecError } from "./errors.ts";

/** RGBA, 8 bits a channel, alpha not premultiplied. */
export interface RgbaPixels {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** Formats that are written outside the core. */
export type OutsideOutput = "webp" | "avif" | "jxl";
/** Formats that are read outside the core. */
export type OutsideInput = "avif";

type Encode = (pixels: ImageData, quality: number) => Promise<ArrayBuffer>;

/**
 * Our quality 1–100 in each codec's own terms.
 *
 * AVIF speed 8 is the best trade at equal score; libaom's scale runs higher than JPEG's, so 80 asks for 62.
 */
const ENCODERS: Record<OutsideOutput, { init: () => Promise<unknown>; encode: Encode }> = {
  webp: {
    init: () => initWebpEncoder(webpEncoderModule),
    encode: (pixels, quality) => encodeWebp(pixels, { quality, method: 4 }),
  },
  avif: {
    init: () => initAvifEncoder(avifEncoderModule),
    encode: (pixels, quality) => encodeAvif(pixels, { quality: avifQuality(quality), speed: 8, subsample: 1 }),
  },
  jxl: {
    init: () => initJxlEncoder(jxlEncoderModule),
    encode: (pixels, quality) => encodeJxl(pixels, { quality, effort: 3 }),
  },
};

/** Maps JPEG-like quality to libavif's: 80 → 62, 100 → 100, 1 → 1 (matched by SSIMULACRA2 around 80). */
function avifQuality(quality: number): number {
  return quality <= 80 ? Math.max(1, Math.round(quality * 0.775)) : Math.round(62 + (quality - 80) * 1.9);
}

const DECODERS: Record<
  OutsideInput,
  { init: () => Promise<unknown>; decode: (file: ArrayBuffer) => Promise<ImageData> }
> = {
  avif: {
    init: () => Promise.resolve(initAvifDecoder(avifDecoderModule)),
    decode: async (file) => await decodeAvif(file) as ImageData,
  },
};

const started = new Map<unknown, Promise<unknown>>();

async function start(codec: { init: () => Promise<unknown> }): Promise<void> {
  if (!started.has(codec)) started.set(codec, codec.init());
  await started.get(codec);
}

function rethrow(error: unknown, what: string): never {
  // A trap breaks the instance: let it through, the process is replaced.
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw error;
  throw new CodecError("corrupt", what);
}

/** Writes a file. @param quality 1–100 */
export async function encodeOutside(
  format: OutsideOutput,
  pixels: RgbaPixels,
  quality: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const codec = ENCODERS[format];
  await start(codec);
  return new Uint8Array(await codec.encode(pixels as ImageData, quality));
}

/** Reads a file's first frame. @throws {CodecError} `corrupt` */
export async function decodeOutside(format: OutsideInput, file: Uint8Array<ArrayBuffer>): Promise<RgbaPixels> {
  const codec = DECODERS[format];
  await start(codec);
  try {
    const { data, width, height } = await codec.decode(
      file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength),
    );
    return { data: data as Uint8ClampedArray<ArrayBuffer>, width, height };
  } catch (error) {
    rethrow(error, `${format.toUpperCase()} data could not be decoded`);
  }
}

/**
 * The stock pipelines: what one gets by putting the packages together without more ado. The baseline that our own core
 * has to beat.
 *
 * @module
 */
import encodeAvif, { init as initAvif } from "@jsquash/avif/encode.js";
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import encodeJpeg, { init as initJpegEncoder } from "@jsquash/jpeg/encode.js";
import encodeJxl, { init as initJxl } from "@jsquash/jxl/encode.js";
import encodePng, { init as initPng } from "@jsquash/png/encode.js";
import resize, { initResize } from "@jsquash/resize";
import encodeWebp, { init as initWebp } from "@jsquash/webp/encode.js";
import type { OutputFormat } from "../../codec/formats.ts";
import type { Size } from "../../codec/geometry.ts";
import { decodeByImagescript, type ScriptImage } from "./native.ts";
import { AVIF_QUALITY, cpuNowMs, type Pipeline, QUALITY, type Run, type Task } from "./pipeline.ts";

/** WASM of a package, by its own exports. */
async function compile(specifier: string): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await Deno.readFile(new URL(import.meta.resolve(specifier))));
}

/** The packages' defaults but for quality. */
const ENCODERS: Record<OutputFormat, (pixels: ImageData) => Promise<ArrayBuffer>> = {
  webp: (pixels) => encodeWebp(pixels, { quality: QUALITY }),
  avif: (pixels) => encodeAvif(pixels, { quality: AVIF_QUALITY }),
  jpeg: (pixels) => encodeJpeg(pixels, { quality: QUALITY }),
  png: (pixels) => encodePng(pixels),
  jxl: (pixels) => encodeJxl(pixels, { quality: QUALITY }),
};

interface Steps<T> {
  decode(bytes: Uint8Array<ArrayBuffer>): Promise<T>;
  resize(image: T, size: Size): T | Promise<T>;
  encode(image: T): Promise<Uint8Array>;
}

async function timed<T>({ photo, size }: Task, steps: Steps<T>): Promise<Run> {
  const [startedAt, cpuAt] = [performance.now(), cpuNowMs()];
  const decoded = await steps.decode(photo.bytes);
  const decodedAt = performance.now();
  const resized = await steps.resize(decoded, size);
  const resizedAt = performance.now();
  const bytes = await steps.encode(resized);
  const endedAt = performance.now();
  return {
    decodeMs: decodedAt - startedAt,
    resizeMs: resizedAt - decodedAt,
    encodeMs: endedAt - resizedAt,
    totalMs: endedAt - startedAt,
    cpuMs: cpuNowMs() - cpuAt,
    bytes,
  };
}

/** jSquash decoder → @jsquash/resize (Lanczos3) → jSquash encoder. */
export async function createJsquash(): Promise<Pipeline> {
  await initJpegDecoder(await compile("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
  await initJpegEncoder(await compile("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"));
  await initWebp(await compile("@jsquash/webp/codec/enc/webp_enc_simd.wasm"));
  await initAvif(await compile("@jsquash/avif/codec/enc/avif_enc.wasm"));
  await initJxl(await compile("@jsquash/jxl/codec/enc/jxl_enc.wasm"));
  await initPng(await compile("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));
  await initResize(await compile("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm"));
  return {
    name: "jSquash",
    run: (task) =>
      timed<ImageData>(task, {
        decode: (bytes) => decodeJpeg(bytes.buffer),
        resize: (image, { width, height }) => resize(image, { width, height, method: "lanczos3" }),
        encode: async (image) => new Uint8Array(await ENCODERS[task.format](image)),
      }),
  };
}

const IMAGESCRIPT_ENCODERS: Partial<Record<OutputFormat, (image: ScriptImage) => Promise<Uint8Array>>> = {
  webp: (image) => image.encodeWEBP(QUALITY),
  jpeg: (image) => image.encodeJPEG(QUALITY),
  png: (image) => image.encode(),
};

/** imagescript, a native addon. It resizes by nearest neighbour: its speed there is that of a worse picture. */
export const imagescript: Pipeline = {
  name: "imagescript",
  run(task) {
    const encode = IMAGESCRIPT_ENCODERS[task.format];
    if (encode === undefined) return Promise.resolve(null);
    return timed<ScriptImage>(task, {
      decode: decodeByImagescript,
      resize: (image, { width, height }) => image.resize(width, height),
      encode,
    });
  },
};

/**
 * How close a derivative is to the best one: PSNR against a full decode resized by Lanczos3, both by sharp.
 *
 * @module
 */
import decodeJxl, { init as initJxl } from "@jsquash/jxl/decode.js";
import type { OutputFormat } from "../../codec/formats.ts";
import { sharp } from "./native.ts";
import type { Photo } from "./photos.ts";
import { heightOf, WIDTH } from "./pipeline.ts";

const CHANNELS = 4;

/** The reference picture as RGBA. Decoding to pixels first keeps sharp from shrinking while it decodes. */
export async function referenceOf(photo: Photo): Promise<Uint8Array> {
  const { data, info } = await sharp(photo.bytes).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return await sharp(data, { raw: { width, height, channels } })
    .resize(WIDTH, heightOf(photo), { fit: "fill", kernel: "lanczos3" }).ensureAlpha().raw().toBuffer();
}

let isJxlReady = false;

async function decode(bytes: Uint8Array, format: OutputFormat): Promise<ArrayLike<number>> {
  if (format !== "jxl") return await sharp(bytes).ensureAlpha().raw().toBuffer();
  if (!isJxlReady) {
    const wasm = await Deno.readFile(new URL(import.meta.resolve("@jsquash/jxl/codec/dec/jxl_dec.wasm")));
    await initJxl(await WebAssembly.compile(wasm));
    isJxlReady = true;
  }
  return (await decodeJxl(new Uint8Array(bytes).buffer)).data;
}

/** Peak signal-to-noise ratio of the colour channels, in dB; higher is closer. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`Pictures differ in size: ${a.length} and ${b.length} bytes`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % CHANNELS === CHANNELS - 1) continue;
    sum += (a[i]! - b[i]!) ** 2;
  }
  const mean = sum / ((a.length * (CHANNELS - 1)) / CHANNELS);
  return 10 * Math.log10(255 ** 2 / mean);
}

/** PSNR of a file against {@linkcode referenceOf}'s pixels. */
export async function psnrOfFile(file: Uint8Array, format: OutputFormat, reference: Uint8Array): Promise<number> {
  return psnr(await decode(file, format), reference);
}

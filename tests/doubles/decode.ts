/**
 * Independent decoders: libjpeg, libpng's cousin, libwebp, libavif and libjxl by @jsquash, which the core does not
 * use for JPEG, PNG and WebP.
 *
 * @module
 */
import decodeAvif, { init as initAvif } from "@jsquash/avif/decode.js";
import decodeJpeg, { init as initJpeg } from "@jsquash/jpeg/decode.js";
import decodeJxl, { init as initJxl } from "@jsquash/jxl/decode.js";
import decodePng, { init as initPng } from "@jsquash/png/decode.js";
import decodeWebp, { init as initWebp } from "@jsquash/webp/decode.js";
import type { OutputFormat } from "../../codec/formats.ts";
import { modules } from "./decoder_modules.js";

/** RGBA, 8 bits. */
export interface Picture {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

const started = new Set<OutputFormat>();
const STARTERS: Record<OutputFormat, () => unknown> = {
  avif: () => initAvif(modules.avif),
  jpeg: () => initJpeg(modules.jpeg),
  jxl: () => initJxl(modules.jxl),
  png: () => initPng(modules.png),
  webp: () => initWebp(modules.webp),
};
const DECODERS: Record<OutputFormat, (file: ArrayBuffer) => Promise<ImageData | null>> = {
  avif: (file) => decodeAvif(file) as Promise<ImageData>,
  jpeg: (file) => decodeJpeg(file),
  jxl: (file) => decodeJxl(file),
  png: (file) => decodePng(file),
  webp: (file) => decodeWebp(file),
};

/** Decodes a file of ours with somebody else's decoder. */
export async function decodePicture(format: OutputFormat, bytes: Uint8Array<ArrayBuffer>): Promise<Picture> {
  if (!started.has(format)) await STARTERS[format]();
  started.add(format);
  const picture = await DECODERS[format](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (picture === null) throw new Error(`Decoder of ${format} gave nothing`);
  return picture as Picture;
}

/** The four channels of a point. */
export function pixelAt({ data, width }: Picture, x: number, y: number): [number, number, number, number] {
  const at = (y * width + x) * 4;
  return [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
}

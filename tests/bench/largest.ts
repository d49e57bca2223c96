/**
 * Pictures as large as each format is taken, made from a photo, one at a time: together they would fill the memory.
 *
 * @module
 */
import encodeJxl from "@jsquash/jxl/encode.js";
import type { ImageFormat } from "../../codec/formats.ts";
import { sharp, type SharpImage } from "./native.ts";
import type { Photo, Photos } from "./photos.ts";

interface Recipe {
  readonly name: string;
  readonly sourceFormat: ImageFormat;
  /** The format's own cap, rounded down to a square. */
  readonly side: number;
  readonly hasAlpha?: boolean;
  encode(image: SharpImage, side: number): Promise<Uint8Array>;
}

/** 8,000² is 64 MP, the cap of all formats that have no lower one of their own in codec/core. */
const FULL_SIDE = 8_000;

/** Radiance HDR with runs of one value: the decoder holds as many floats for a dull picture as for a rich one. */
function hdrOf(side: number): Uint8Array {
  const header = new TextEncoder().encode(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y ${side} +X ${side}\n`);
  const row: number[] = [2, 2, side >> 8, side & 255];
  for (let channel = 0; channel < 4; channel++) {
    for (let left = side; left > 0; left -= 127) row.push(128 + Math.min(127, left), 128);
  }
  const bytes = new Uint8Array(header.length + row.length * side);
  bytes.set(header);
  for (let y = 0; y < side; y++) bytes.set(row, header.length + y * row.length);
  return bytes;
}

async function jxlOf(image: SharpImage, side: number): Promise<Uint8Array> {
  const data = new Uint8ClampedArray((await image.ensureAlpha().raw().toBuffer()).buffer);
  const pixels = { data, width: side, height: side, colorSpace: "srgb" } as ImageData;
  return new Uint8Array(await encodeJxl(pixels, { quality: 80, effort: 1 }));
}

const RECIPES: readonly Recipe[] = [
  { name: "JPEG", sourceFormat: "jpeg", side: FULL_SIDE, encode: (image) => image.jpeg({ quality: 80 }).toBuffer() },
  {
    name: "JPEG, progressive",
    sourceFormat: "jpeg",
    side: FULL_SIDE,
    encode: (image) => image.jpeg({ quality: 80, progressive: true }).toBuffer(),
  },
  { name: "PNG", sourceFormat: "png", side: FULL_SIDE, encode: (image) => image.png().toBuffer() },
  {
    name: "PNG with alpha",
    sourceFormat: "png",
    side: FULL_SIDE,
    hasAlpha: true,
    encode: (image) => image.ensureAlpha(0.5).png().toBuffer(),
  },
  {
    name: "WebP",
    sourceFormat: "webp",
    side: 6_000,
    encode: (image) => image.webp({ quality: 80, effort: 0 }).toBuffer(),
  },
  {
    name: "WebP with alpha",
    sourceFormat: "webp",
    side: 5_290,
    hasAlpha: true,
    encode: (image) => image.ensureAlpha(0.5).webp({ quality: 80, effort: 0 }).toBuffer(),
  },
  { name: "GIF", sourceFormat: "gif", side: 7_600, encode: (image) => image.gif({ effort: 1 }).toBuffer() },
  {
    name: "TIFF",
    sourceFormat: "tiff",
    side: FULL_SIDE,
    encode: (image) => image.tiff({ compression: "deflate" }).toBuffer(),
  },
  {
    name: "AVIF",
    sourceFormat: "avif",
    side: 3_535,
    encode: (image) => image.avif({ quality: 50, effort: 0, chromaSubsampling: "4:2:0" }).toBuffer(),
  },
  {
    name: "AVIF, 4:4:4",
    sourceFormat: "avif",
    side: 3_162,
    encode: (image) => image.avif({ quality: 50, effort: 0, chromaSubsampling: "4:4:4" }).toBuffer(),
  },
  // 32 MP are taken; the stock encoder runs out of its memory there.
  { name: "JPEG XL", sourceFormat: "jxl", side: 4_000, encode: jxlOf },
  { name: "HDR", sourceFormat: "hdr", side: 4_472, encode: (_image, side) => Promise.resolve(hdrOf(side)) },
];

/**
 * Enlarged pixel by pixel, so that also the lossless formats stay below what an upload may have (5 MiB by default).
 *
 * HEVC can't be written here: of HEIC comes the corpus' own, which is smaller than what is taken.
 */
export async function* largestPhotos({ screenshot, heic }: Photos): AsyncGenerator<Photo> {
  for (const { name, sourceFormat, side, hasAlpha = false, encode } of RECIPES) {
    const image = sharp(screenshot.bytes).resize(side, side, { fit: "cover", kernel: "nearest" });
    const bytes = new Uint8Array(await encode(image, side));
    yield { name, bytes, width: side, height: side, sourceFormat, hasAlpha };
  }
  yield heic;
}

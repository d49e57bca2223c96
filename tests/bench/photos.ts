/**
 * The pictures that are measured.
 *
 * @module
 */
import type { ImageFormat } from "../../codec/formats.ts";
import { sharp } from "./native.ts";

const CORPUS = new URL("../../../shared/corpus/photos/", import.meta.url);
/** 1,265 × 791: one megapixel of the two-megapixel photo. */
const ONE_MEGAPIXEL_WIDTH = 1_265;

/** A picture. */
export interface Photo {
  /** Such as `6 MP`. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
  readonly sourceFormat: ImageFormat;
  readonly hasAlpha: boolean;
}

/** All of them. */
export interface Photos {
  /** Baseline JPEGs of 1, 6 and 12 megapixels. */
  readonly jpegs: readonly Photo[];
  readonly progressive: Photo;
  /** Flat areas and text. */
  readonly screenshot: Photo;
  /** An RGBA PNG. */
  readonly alpha: Photo;
  /** A photo as a phone takes it; sharp's prebuilt library reads none. */
  readonly heic: Photo;
}

async function toPhoto(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Photo> {
  const { width, height, format, hasAlpha } = await sharp(bytes).metadata();
  const sourceFormat = format === "heif" ? "heic" : format;
  return { name, bytes, width, height, sourceFormat, hasAlpha };
}

/** Null where the corpus is absent. */
export async function loadPhotos(): Promise<Photos | null> {
  try {
    const read = (file: string) => Deno.readFile(new URL(file, CORPUS));
    const small = await sharp(await read("photo-2mp.jpg")).resize(ONE_MEGAPIXEL_WIDTH).jpeg({ quality: 90 }).toBuffer();
    return {
      jpegs: [
        await toPhoto("1 MP", new Uint8Array(small)),
        await toPhoto("6 MP", await read("photo-6mp.jpg")),
        await toPhoto("12 MP", await read("photo-12mp.jpg")),
      ],
      progressive: await toPhoto("4 MP progressive", await read("progressive-4mp.jpg")),
      screenshot: await toPhoto("5 MP PNG screenshot", await read("screenshot.png")),
      alpha: await toPhoto("2 MP PNG with alpha", await read("alpha.png")),
      heic: await toPhoto("HEIC", await read("example.heic")),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * The pictures that are measured.
 *
 * @module
 */
import { sharp } from "./native.ts";

const CORPUS = new URL("../../../shared/corpus/photos/", import.meta.url);
/** 1,265 × 791: one megapixel of the two-megapixel photo. */
const ONE_MEGAPIXEL_WIDTH = 1_265;

/** A JPEG photo. */
export interface Photo {
  /** Such as `6 MP`. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

async function toPhoto(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Photo> {
  const { width, height } = await sharp(bytes).metadata();
  return { name, bytes, width, height };
}

/** Baseline photos of 1, 6 and 12 megapixels; null where the corpus is absent. */
export async function loadPhotos(): Promise<readonly Photo[] | null> {
  try {
    const read = (file: string) => Deno.readFile(new URL(file, CORPUS));
    const small = await sharp(await read("photo-2mp.jpg")).resize(ONE_MEGAPIXEL_WIDTH).jpeg({ quality: 90 }).toBuffer();
    return [
      await toPhoto("1 MP", new Uint8Array(small)),
      await toPhoto("6 MP", await read("photo-6mp.jpg")),
      await toPhoto("12 MP", await read("photo-12mp.jpg")),
    ];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * How much memory a picture takes in a codec process, for the pool's admission.
 *
 * @module
 */
import type { ImageFormat } from "./formats.ts";

/** Bytes a process takes before any picture: V8 and the codecs, measured at 90–110 MB resident. */
const BASE_BYTES = 32 * 1024 * 1024;

/**
 * Bytes of WASM and transfer memory a pixel of the source takes at the peak, by decoder (docs/benchmarks.md has the
 * measured peaks). JPEG decodes scaled; the others hold the whole picture as RGBA (4), some beside their own planes.
 */
const BYTES_PER_PIXEL: Partial<Record<ImageFormat, number>> = {
  jpeg: 5,
  heic: 14,
  avif: 34,
  jxl: 10,
  exr: 35,
  hdr: 17,
};
const DEFAULT_BYTES_PER_PIXEL = 8;

/** Estimated peak of rendering a picture of `pixels`, in bytes. */
export function estimateMemoryBytes(format: ImageFormat, pixels: number): number {
  return BASE_BYTES + pixels * (BYTES_PER_PIXEL[format] ?? DEFAULT_BYTES_PER_PIXEL);
}

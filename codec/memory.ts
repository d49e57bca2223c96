/**
 * How much memory a picture takes in a codec process, for the pool's admission.
 *
 * @module
 */
import type { DerivativeFormat, ImageFormat } from "./formats.ts";
import type { Plan } from "./plan.ts";

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

/** The same for a pixel of the output, measured: what counts where a small picture is enlarged, or its encoder is greedy. */
const OUTPUT_BYTES_PER_PIXEL: Readonly<Record<DerivativeFormat, number>> = {
  webp: 6,
  avif: 30,
  jpeg: 6,
  png: 14,
  jxl: 92,
  gif: 8,
};

/** Estimated peak of decoding a picture of `pixels`, in bytes, its output of the same size included. */
export function estimateMemoryBytes(format: ImageFormat, pixels: number): number {
  return BASE_BYTES + pixels * (BYTES_PER_PIXEL[format] ?? DEFAULT_BYTES_PER_PIXEL);
}

/** Estimated peak of a plan, in bytes. The source's memory is free again, or given back, when an output fills its own. */
export function estimatePlanBytes(format: ImageFormat, { source, transform, geometry }: Plan): number {
  const { width, height } = geometry.output;
  const written = BASE_BYTES + width * height * OUTPUT_BYTES_PER_PIXEL[transform.format];
  return Math.max(estimateMemoryBytes(format, source.width * source.height), written);
}

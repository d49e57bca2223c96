/**
 * Caps of the codec core with the reason for each value.
 *
 * @module
 */
import type { ImageFormat } from "./formats.ts";

/** Phones make 50 MP; 64 MP of RGBA is 256 MB, which is half of a process's WASM memory. */
export const DEFAULT_MAX_PIXELS = 64_000_000;

/** Most pixels of an output larger than its source: an upscale brings no detail, only cost. */
export const MAX_ENLARGED_PIXELS = 16_000_000;

/** Largest side of any output in px: WebP's own limit, taken for every format. */
export const MAX_OUTPUT_SIDE_PX = 16_383;

/** Most frames of an animation that are decoded. */
export const MAX_FRAMES = 100;

/** Share of rows of the first frame that must have come from the file for an upload to stand. */
export const MIN_DECODED_ROWS_SHARE = 0.9;

/** 20 s: ten times the slowest honest picture measured (12 MP HEIC to AVIF). */
export const DEFAULT_JOB_DEADLINE_MS = 20_000;

/** Pages of 64 KiB that any one WASM memory in a codec process may have: 512 MiB. */
export const WASM_MAX_MEMORY_PAGES = 8_192;

/**
 * Most pixels of an original whose decoder takes more memory a pixel than the others, so that a process stays below
 * 400 MB, which is 381 MiB (measured peaks with the output in full size: AVIF 345 MiB at 12.2 MP, HDR 370 at 20, GIF 365
 * at 58, EXR 387 at 10). The core has caps of its own for WebP, HEIC and JPEG XL. Phones write AVIFs of 12.2 MP.
 */
export const MAX_SOURCE_PIXELS: Readonly<Partial<Record<ImageFormat, number>>> = {
  avif: 12_500_000,
  hdr: 20_000_000,
  gif: 58_000_000,
  exr: 9_500_000,
};

/** As above for an AVIF with as many samples of colour as of brightness: 454 MiB at 12.5 MP (measured). */
export const MAX_FULL_CHROMA_AVIF_PIXELS = 10_000_000;

/**
 * Most pixels of a JPEG output: its planes stand beside the picture it is made from, which of 64 MP with alpha takes 331 MiB
 * in all (measured).
 */
export const MAX_JPEG_OUTPUT_PIXELS = 44_000_000;

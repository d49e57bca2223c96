/**
 * Caps of the codec core with the reason for each value.
 *
 * @module
 */

/** Bounds that a job is held to; the configuration may lower or raise the first two. */
export interface CodecLimits {
  /** Most pixels (width × height) that a still, or the frames of an animation summed, may have. Default 64,000,000. */
  readonly maxPixels: number;
  /** Time a job may run in its process before the process is killed, in ms. Default 20,000. */
  readonly jobDeadlineMs: number;
}

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

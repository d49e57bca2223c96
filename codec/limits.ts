/**
 * Caps of the codec core with the reason for each value.
 *
 * @module
 */

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
 * Most pixels of an AVIF original, so that a process stays below 400 MB, which is 381 MiB (345 MiB measured at 12.2 MP with
 * the output in full size). Phones write AVIFs of 12.2 MP. The core has the caps of the other formats (`pixel_cap`).
 */
export const MAX_AVIF_SOURCE_PIXELS = 12_500_000;

/** As above for an AVIF with as many samples of colour as of brightness: 454 MiB at 12.5 MP (measured). */
export const MAX_FULL_CHROMA_AVIF_PIXELS = 10_000_000;

/**
 * Most pixels of a JPEG output: its planes stand beside the picture it is made from, which of 64 MP with alpha takes 331 MiB
 * in all (measured).
 */
export const MAX_JPEG_OUTPUT_PIXELS = 44_000_000;

/** As above for JPEG XL: 347 MiB measured at 3 MP, 409 without loss; past 6 its encoder runs out of memory. */
export const MAX_JXL_OUTPUT_PIXELS = 2_500_000;

/** As above for PNG, whose file can be as large as the picture: 349–387 MiB measured at 24 MP, from pictures of 28–64. */
export const MAX_PNG_OUTPUT_PIXELS = 22_000_000;

/** As above for WebP with alpha: 354 MiB measured at 16 MP from a PNG of 64; at 28 it runs out. Opaque ones take 349 at 64. */
export const MAX_CLEAR_WEBP_PIXELS = 16_000_000;

/** As above for WebP without loss: 505 MiB measured at 16 MP, 359–436 at 10. */
export const MAX_LOSSLESS_WEBP_PIXELS = 7_000_000;

/** As above for AVIF without loss: 439 MiB measured at 8 MP. */
export const MAX_LOSSLESS_AVIF_PIXELS = 6_000_000;

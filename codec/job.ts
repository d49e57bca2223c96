/**
 * Jobs of a codec process and their answers, as they cross the process boundary.
 *
 * @module
 */
import type { DerivativeFormat, ImageFormat } from "./formats.ts";
import type { Size } from "./geometry.ts";
import type { Plan } from "./plan.ts";

/** Look at an upload: sniff, probe against the limits, decode the first frame, derive what the record keeps. */
export interface InspectJob {
  readonly kind: "inspect";
  readonly maxPixels: number;
}

/** Make a derivative. */
export interface RenderJob {
  readonly kind: "render";
  readonly plan: Plan;
  /** Format of the original as its record says. */
  readonly sourceFormat: ImageFormat;
}

/** Look at a picture that is taken: what its record keeps for listings and placeholders. */
export interface AnalyseJob {
  readonly kind: "analyse";
  readonly maxPixels: number;
  readonly format: ImageFormat;
  /** As stored. */
  readonly source: Size;
  /** 1 for stills. */
  readonly frames: number;
}

/** Take places, serial numbers, thumbnails and maker notes out of a file; its pixels stay as they are. */
export interface StripJob {
  readonly kind: "strip";
  readonly maxPixels: number;
}

/**
 * For tests of what surrounds a process, refused unless it was started with `--allow-test-jobs`: never ends, breaks,
 * leaves, asks for more WASM memory than it may have, or sends its input back.
 */
export interface TestJob {
  readonly kind: "test";
  readonly does: "hang" | "trap" | "exit" | "grow" | "echo";
}

/** Anything a codec process can be asked. */
export type CodecJob = InspectJob | RenderJob | AnalyseJob | StripJob | TestJob;

/** What an upload turned out to be. */
export interface Inspection {
  readonly format: ImageFormat;
  /** As stored, before orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1–8. */
  readonly orientation: number;
  /** 1 for stills. */
  readonly frames: number;
  readonly hasAlpha: boolean;
  /** Share of the first frame's rows that the file really held, 0–1. */
  readonly decodedRowsShare: number;
}

/** What an analysis tells. */
export interface Analysis {
  /** `rrggbb`. */
  readonly dominantColor: string;
  /** ThumbHash of the upright picture at up to 100 px, base64. */
  readonly thumbhash: string;
  /** BlurHash of the same, 4 × 3 components. */
  readonly blurhash: string;
  /** EXIF's DateTimeOriginal, or null. */
  readonly takenAt: string | null;
  /** Every px of every frame was looked at, and none is clear, whatever channels the file has. */
  readonly isOpaque: boolean;
}

/** What stripping gives beside the bytes; they are empty where nothing was done. */
export interface Stripped {
  /** False for a format whose metadata can't be taken out without touching the pixels. */
  readonly isStripped: boolean;
}

/** What a render gives beside its bytes. */
export interface Rendered {
  /** The format really written. */
  readonly format: DerivativeFormat;
  readonly width: number;
  readonly height: number;
}

/** Where the time went inside the process, in ms. */
export interface CodecTimings {
  readonly decodeMs: number;
  readonly resizeMs: number;
  readonly encodeMs: number;
}

/** The answer of a job: its result, its bytes (empty for inspections) and its times. */
export interface CodecAnswer<R> {
  readonly result: R;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly timings: CodecTimings;
}

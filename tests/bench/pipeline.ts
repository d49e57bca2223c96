/**
 * One way from a file to a derivative, as the transform part compares them.
 *
 * @module
 */
import type { OutputFormat } from "../../codec/formats.ts";
import type { Photo } from "./photos.ts";

/** Quality that every pipeline is asked for, on the scale of JPEG. */
export const QUALITY = 80;
/** The same for AVIF on libaom's scale, where ours maps 80 to 62. */
export const AVIF_QUALITY = 62;
/** Width of every derivative, in px. */
export const WIDTH = 800;

/** One run. A step that can't be told apart from the one before it is null, its time part of that one's. */
export interface Run {
  readonly decodeMs: number;
  readonly resizeMs: number | null;
  readonly encodeMs: number;
  /** File to file. */
  readonly totalMs: number;
  readonly bytes: Uint8Array;
}

/** A contestant. */
export interface Pipeline {
  readonly name: string;
  /** Runs once; null when it can't write the format. */
  run(photo: Photo, format: OutputFormat): Promise<Run | null>;
}

/** Height that keeps the photo's ratio at {@linkcode WIDTH}. */
export function heightOf(photo: Photo): number {
  return Math.round((photo.height * WIDTH) / photo.width);
}

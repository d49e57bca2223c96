/**
 * One way from a file to a derivative, as the transform part compares them.
 *
 * @module
 */
import process from "node:process";
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
  /** CPU time of the same, all threads of this process: steady where others keep the machine busy. */
  readonly cpuMs: number;
  readonly bytes: Uint8Array;
}

/** A contestant. */
export interface Pipeline {
  readonly name: string;
  /** Runs once; null when it can't write the format. */
  run(photo: Photo, format: OutputFormat): Promise<Run | null>;
}

/** CPU time of this process so far, in ms. */
export function cpuNowMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Height that keeps the photo's ratio at {@linkcode WIDTH}. */
export function heightOf(photo: Photo): number {
  return Math.round((photo.height * WIDTH) / photo.width);
}

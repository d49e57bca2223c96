/**
 * One way from a file to a derivative, as the transform part compares them.
 *
 * @module
 */
import process from "node:process";
import type { OutputFormat } from "../../codec/formats.ts";
import type { Size } from "../../codec/geometry.ts";
import type { Photo } from "./photos.ts";

/** Quality that every pipeline is asked for, on the scale of JPEG. */
export const QUALITY = 80;
/** What sharp and jSquash are asked for as AVIF, about as good as WebP at {@linkcode QUALITY}: libaom's own scale. */
export const AVIF_QUALITY = 57;
/** Width of most derivatives, in px. */
export const WIDTH = 800;
/** Side of the small covers, in px. */
export const COVER_SIDE = 200;

/** What is to be made. */
export interface Task {
  readonly photo: Photo;
  readonly format: OutputFormat;
  readonly size: Size;
  /** `cover` cuts to the size's ratio; `fill` is for sizes that have the photo's own. */
  readonly fit: "fill" | "cover";
}

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
  run(task: Task): Promise<Run | null>;
}

/** CPU time of this process so far, in ms. */
export function cpuNowMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The photo at {@linkcode WIDTH}, its ratio kept. */
export function wideTask(photo: Photo, format: OutputFormat): Task {
  const size = { width: WIDTH, height: Math.round((photo.height * WIDTH) / photo.width) };
  return { photo, format, size, fit: "fill" };
}

/** A square cut from the middle. */
export function coverTask(photo: Photo, format: OutputFormat): Task {
  return { photo, format, size: { width: COVER_SIDE, height: COVER_SIDE }, fit: "cover" };
}

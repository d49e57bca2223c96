/**
 * The native peers, loaded when they are needed.
 *
 * Deno downloads everything that a lock file names at the first start. Named in an import they would get into the
 * product's lock, and everybody who starts the product would fetch 40 MB of native code for nothing. So their names are
 * put together here, and the benchmark has a lock file of its own (`--lock` in its task).
 *
 * @module
 */

import type { ImageFormat } from "../../codec/formats.ts";

const SHARP = ["npm:sharp", "0.35.5"].join("@");
const IMAGESCRIPT = ["npm:imagescript", "1.3.1"].join("@");

/** Pixels without a header. */
export interface RawInfo {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** What of sharp's interface is used. */
export interface SharpImage {
  resize(
    width: number,
    height?: number,
    options?: { fit?: "fill" | "cover"; kernel?: "lanczos3" | "nearest" },
  ): SharpImage;
  ensureAlpha(alpha?: number): SharpImage;
  raw(): SharpImage;
  jpeg(options: { quality: number; progressive?: boolean }): SharpImage;
  png(): SharpImage;
  gif(options: { effort: number }): SharpImage;
  tiff(options: { compression: "deflate" }): SharpImage;
  webp(options: { quality: number; effort: number }): SharpImage;
  avif(options: { quality: number; effort: number; chromaSubsampling: string }): SharpImage;
  metadata(): Promise<{ width: number; height: number; format: ImageFormat | "heif"; hasAlpha: boolean }>;
  toBuffer(): Promise<Uint8Array<ArrayBuffer>>;
  toBuffer(options: { resolveWithObject: true }): Promise<{ data: Uint8Array<ArrayBuffer>; info: RawInfo }>;
}

interface Sharp {
  (input: Uint8Array, options?: { raw: RawInfo }): SharpImage;
  readonly versions: Readonly<Record<"sharp" | "vips", string>>;
  concurrency(threads: number): void;
  cache(isOn: boolean): void;
}

/** What of imagescript's interface is used. */
export interface ScriptImage {
  resize(width: number, height: number): ScriptImage;
  encode(): Promise<Uint8Array>;
  encodeJPEG(quality: number): Promise<Uint8Array>;
  encodeWEBP(quality: number): Promise<Uint8Array>;
}

/** libvips by sharp, one thread, no cache. */
export const sharp: Sharp = (await import(SHARP)).default;
sharp.concurrency(1);
sharp.cache(false);

/** imagescript's decoder. */
export async function decodeByImagescript(bytes: Uint8Array): Promise<ScriptImage> {
  return (await import(IMAGESCRIPT)).Image.decode(bytes);
}

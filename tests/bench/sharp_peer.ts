/**
 * The native peer: sharp with one thread and without its cache, at settings comparable with ours.
 *
 * @module
 */
import type { OutputFormat } from "../../codec/formats.ts";
import { sharp, type SharpImage } from "./native.ts";
import { AVIF_QUALITY, cpuNowMs, type Pipeline, QUALITY, type Run, type Task } from "./pipeline.ts";

type Encode = (image: SharpImage, quality: number) => SharpImage;

/** sharp's prebuilt library writes no JPEG XL. */
const ENCODERS: Partial<Record<OutputFormat, Encode>> = {
  webp: (image, quality) => image.webp({ quality, effort: 4 }),
  avif: (image, quality) => image.avif({ quality, effort: 4, chromaSubsampling: "4:2:0" }),
  jpeg: (image, quality) => image.jpeg({ quality }),
  png: (image) => image.png(),
};

const resized = ({ photo, size, fit }: Task) => sharp(photo.bytes).resize(size.width, size.height, { fit });

/** Runs a task once at a quality on the format's own scale. @throws {RangeError} for a format that it can't write */
export async function runSharp(task: Task, quality: number): Promise<Run> {
  const encode = ENCODERS[task.format];
  if (encode === undefined) throw new RangeError(`The prebuilt library of sharp writes no ${task.format}`);
  const [startedAt, cpuAt] = [performance.now(), cpuNowMs()];
  const bytes = await encode(resized(task), quality).toBuffer();
  const [totalMs, cpuMs] = [performance.now() - startedAt, cpuNowMs() - cpuAt];
  return { decodeMs: totalMs, resizeMs: null, encodeMs: 0, totalMs, cpuMs, bytes };
}

/** sharp decodes while it resizes, so these two come as one figure; encoding is timed apart on the same pixels. */
export const sharpPeer: Pipeline = {
  name: "sharp",
  async run(task) {
    const encode = ENCODERS[task.format];
    if (encode === undefined) return null;
    const quality = task.format === "avif" ? AVIF_QUALITY : QUALITY;
    const run = await runSharp(task, quality);
    const { data, info } = await resized(task).raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const startedAt = performance.now();
    await encode(sharp(data, { raw: { width, height, channels } }), quality).toBuffer();
    const encodeMs = performance.now() - startedAt;
    return { ...run, decodeMs: Math.max(0, run.totalMs - encodeMs), encodeMs };
  },
};

/**
 * The native peer: sharp with one thread and without its cache, at settings comparable with ours.
 *
 * @module
 */
import type { OutputFormat } from "../../codec/formats.ts";
import { sharp, type SharpImage } from "./native.ts";
import { AVIF_QUALITY, cpuNowMs, heightOf, type Pipeline, QUALITY, WIDTH } from "./pipeline.ts";

type Encode = (image: SharpImage) => SharpImage;

/** sharp's AVIF effort 1 is libaom's speed 8, ours; its prebuilt library writes no JPEG XL. */
const ENCODERS: Partial<Record<OutputFormat, Encode>> = {
  webp: (image) => image.webp({ quality: QUALITY, effort: 4 }),
  avif: (image) => image.avif({ quality: AVIF_QUALITY, effort: 1, chromaSubsampling: "4:2:0" }),
  jpeg: (image) => image.jpeg({ quality: QUALITY }),
  png: (image) => image.png(),
};

/** sharp decodes while it resizes, so these two come as one figure; encoding is timed apart on the same pixels. */
export const sharpPeer: Pipeline = {
  name: "sharp",
  async run(photo, format) {
    const encode = ENCODERS[format];
    if (encode === undefined) return null;
    const resized = () => sharp(photo.bytes).resize(WIDTH, heightOf(photo), { fit: "fill" });
    const [startedAt, cpuAt] = [performance.now(), cpuNowMs()];
    const bytes = await encode(resized()).toBuffer();
    const [totalMs, cpuMs] = [performance.now() - startedAt, cpuNowMs() - cpuAt];
    const { data, info } = await resized().raw().toBuffer({ resolveWithObject: true });
    const decodedAt = performance.now();
    const { width, height, channels } = info;
    await encode(sharp(data, { raw: { width, height, channels } })).toBuffer();
    const encodeMs = performance.now() - decodedAt;
    return { decodeMs: decodedAt - startedAt - totalMs, resizeMs: null, encodeMs, totalMs, cpuMs, bytes };
  },
};

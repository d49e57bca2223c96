/**
 * How large an AVIF original may be. The caps of every other format stand in the core, beside its decoder.
 *
 * @module
 */
import { CodecError } from "./errors.ts";
import { MAX_AVIF_SOURCE_PIXELS, MAX_FULL_CHROMA_AVIF_PIXELS } from "./limits.ts";

const AV1C = new TextEncoder().encode("av1C");
/** Where the properties of an AVIF stand, in bytes from its start. */
const AVIF_HEADER_BYTES = 4_096;

/** Whether an AVIF's first picture is 4:4:4, by its configuration (AV1 in ISOBMFF, 2.3.3: bits of the third byte). */
function isFullChromaAvif(file: Uint8Array): boolean {
  const end = Math.min(file.length - AV1C.length - 2, AVIF_HEADER_BYTES);
  for (let at = 0; at < end; at++) {
    if (!AV1C.every((byte, i) => file[at + i] === byte)) continue;
    const flags = file[at + AV1C.length + 2]!;
    const [isMonochrome, isSubsampled] = [(flags & 0x10) !== 0, (flags & 0x08) !== 0];
    return !isMonochrome && !isSubsampled;
  }
  return false;
}

/** Checks an AVIF's size before it is decoded. @throws {CodecError} `limit` */
export function assertAvifPixels(pixels: number, file: Uint8Array): void {
  const most = isFullChromaAvif(file) ? MAX_FULL_CHROMA_AVIF_PIXELS : MAX_AVIF_SOURCE_PIXELS;
  if (pixels > most) throw new CodecError("limit", `AVIF picture has ${pixels} pixels, more than ${most}`);
}

/**
 * ZIP files as streams: one original in memory at a time, whatever the size of the whole.
 *
 * Pictures are compressed already, so entries are stored as they are.
 *
 * @module
 */
import { makeZip } from "client-zip";

/** A file of a ZIP. */
export interface ZipEntry {
  readonly name: string;
  readonly lastModified: Date;
  /** Whole, or in pieces where it is made while it is sent. */
  readonly input: Uint8Array<ArrayBuffer> | AsyncIterable<string>;
}

/**
 * Makes a ZIP of entries as they come. Who stops reading ends the entries too; an entry that throws breaks the stream
 * off, which a reader sees as an incomplete file.
 */
export function zipStream(entries: AsyncIterable<ZipEntry>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = (makeZip(entries) as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      // The package throws the reason into the entries and rejects with it: that it ended is all there is to know.
      await reader.cancel().catch(() => {});
    },
  });
}

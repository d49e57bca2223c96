/**
 * The door to our own AVIF encoder (codec/avif): RGBA in, file out.
 *
 * @module
 */
import { CodecError } from "./errors.ts";

interface EncoderExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  allocate(bytes: number): number;
  /** Takes the pixels over. Gives an avifResult. */
  encode(
    rgba: number,
    width: number,
    height: number,
    quality: number,
    speed: number,
    depth: number,
    isSubsampled: number,
  ): number;
  output_pointer(): number;
  output_length(): number;
}

/** How to write an AVIF. */
export interface AvifOptions {
  /** libavif's scale, 0–100; 100 is lossless. */
  readonly quality: number;
  /** libavif's scale, 0 (slow) to 10. */
  readonly speed: number;
  /** Bits a channel in the file. */
  readonly depth: 8 | 10;
  /** Whether colour is kept at half the resolution. */
  readonly isSubsampled: boolean;
}

/** libavif's `AVIF_RESULT_OUT_OF_MEMORY` (avif.h). */
const OUT_OF_MEMORY = 26;

/** One instance. After a trap it is in pieces and must not be called again. */
export class AvifEncoder {
  #exports: EncoderExports;

  /** @param module compiled `codec/wasm/avif_enc.wasm`, which imports nothing */
  constructor(module: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(module, {}).exports as unknown as EncoderExports;
    this.#exports._initialize();
  }

  /** Bytes of WASM memory held now; it never shrinks. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * Writes a file.
   *
   * @param rgba 4 bytes a pixel, alpha not premultiplied
   * @throws {CodecError} `limit` where memory runs out; anything else breaks the instance
   */
  encode(rgba: Uint8ClampedArray, width: number, height: number, options: AvifOptions): Uint8Array<ArrayBuffer> {
    const { allocate, encode, memory, output_pointer, output_length } = this.#exports;
    const pointer = allocate(rgba.length);
    if (pointer === 0) throw new CodecError("limit", "Picture needs more memory than there is");
    new Uint8Array(memory.buffer, pointer, rgba.length).set(rgba);
    const { quality, speed, depth, isSubsampled } = options;
    const result = encode(pointer, width, height, quality, speed, depth, Number(isSubsampled));
    if (result === OUT_OF_MEMORY) throw new CodecError("limit", "Picture needs more memory than there is");
    if (result !== 0) throw new Error(`AVIF encoder failed: ${result}`);
    return new Uint8Array(memory.buffer, output_pointer(), output_length()).slice();
  }
}

/**
 * The door to our own WASM core: requests as JSON, pixels as bytes, one image in the session.
 *
 * @module
 */
import { CodecError, toCodecErrorCode } from "./errors.ts";

interface CoreExports {
  readonly memory: WebAssembly.Memory;
  core_alloc(length: number): number;
  core_free(pointer: number, length: number): void;
  core_call(request: number, requestLength: number, input: number, inputLength: number): number;
  core_response_ptr(): number;
  core_response_len(): number;
  core_bytes_ptr(): number;
  core_bytes_len(): number;
}

/** Answers of the ops that the engine calls. */
export interface CoreAnswers {
  readonly probe: {
    readonly format: string;
    readonly width: number;
    readonly height: number;
    readonly frames: number;
    readonly orientation: number;
    readonly has_alpha: boolean;
  };
  readonly decode: {
    readonly width: number;
    readonly height: number;
    readonly orientation: number;
    readonly rows_decoded: number;
    readonly has_alpha: boolean;
    /** Times in ms. */
    readonly frames: readonly number[];
    readonly source_width: number;
    readonly source_height: number;
  };
  readonly transform: { readonly width: number; readonly height: number; readonly has_alpha: boolean };
  readonly trim_box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly focus: { readonly left: number; readonly top: number };
  readonly analyse: {
    readonly dominant: string;
    readonly thumbhash: string;
    readonly blurhash: string;
    readonly has_alpha: boolean;
  };
  readonly metadata: {
    readonly date: string | null;
    /** Lengths in bytes of the blocks that come as the op's output. */
    readonly exif_len: number;
    readonly xmp_len: number;
    readonly icc_len: number;
  };
  readonly avif_parts: { readonly parts: readonly { readonly offset: number; readonly len: number }[] };
  readonly encode: { readonly mime: string };
  readonly export: { readonly width: number; readonly height: number };
}

type Bytes = Uint8Array | Uint8ClampedArray;

function instantiate(module: WebAssembly.Module): CoreExports {
  return new WebAssembly.Instance(module, {}).exports as unknown as CoreExports;
}

/**
 * Gives memory that nobody holds any more back at once, where that can be asked for: in codec processes (spawn.ts).
 * The turn of the event loop is for what the calls that just ended still hold: without it 180 MB stayed (measured).
 */
export async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  (globalThis as { gc?: () => void }).gc?.();
}

/** One instance. After a trap it is in pieces and must not be called again. */
export class Core {
  #module: WebAssembly.Module;
  #exports: CoreExports;

  /** @param module compiled `codec/wasm/core.wasm`, which imports nothing */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#exports = instantiate(module);
  }

  /** Begins anew with a small memory, as the old one never shrinks. What the session held is lost. */
  async restart(): Promise<void> {
    this.#exports = instantiate(this.#module);
    await collectGarbage();
  }

  /** Bytes of WASM memory held now; it never shrinks. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  #write(parts: readonly Bytes[], length: number): number {
    const pointer = this.#exports.core_alloc(length);
    if (length > 0 && pointer === 0) throw new CodecError("limit", "Picture needs more memory than there is");
    const target = new Uint8Array(this.#exports.memory.buffer, pointer, length);
    let at = 0;
    for (const part of parts) {
      target.set(part, at);
      at += part.length;
    }
    return pointer;
  }

  /**
   * Calls an op.
   *
   * @param request the op's fields
   * @param inputs the op's binary input, its parts one after the other
   * @throws {CodecError} what the core says; a trap comes as WebAssembly.RuntimeError
   */
  call<Op extends string>(
    op: Op,
    request: Record<string, unknown> = {},
    ...inputs: readonly Bytes[]
  ): Op extends keyof CoreAnswers ? CoreAnswers[Op] : unknown {
    const json = new TextEncoder().encode(JSON.stringify({ op, ...request }));
    const requestAt = this.#write([json], json.length);
    const inputLength = inputs.reduce((sum, part) => sum + part.length, 0);
    const inputAt = this.#write(inputs, inputLength);
    const status = this.#exports.core_call(requestAt, json.length, inputAt, inputLength);
    this.#exports.core_free(inputAt, inputLength);
    this.#exports.core_free(requestAt, json.length);
    const { memory, core_response_ptr, core_response_len } = this.#exports;
    const text = new TextDecoder().decode(new Uint8Array(memory.buffer, core_response_ptr(), core_response_len()));
    const answer = JSON.parse(text);
    if (status !== 0) throw new CodecError(toCodecErrorCode(answer.code), String(answer.message));
    return answer;
  }

  /** A copy of the binary output of the last call. */
  takeBytes(): Uint8Array<ArrayBuffer> {
    const { memory, core_bytes_ptr, core_bytes_len } = this.#exports;
    return new Uint8Array(memory.buffer, core_bytes_ptr(), core_bytes_len()).slice();
  }
}

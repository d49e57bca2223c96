/** The WASM modules of the codec core, compiled at load without any permission. @module */

/** Our own core: decode, resize, colour, effects, encode. No imports. */
export const coreModule: WebAssembly.Module;
/** libavif decoder (aom) of @jsquash/avif. */
export const avifDecoderModule: WebAssembly.Module;
/** libavif and libaom, our own build of the encoder (codec/avif). No imports. */
export const avifEncoderModule: WebAssembly.Module;
/** libjxl encoder of @jsquash/jxl. */
export const jxlEncoderModule: WebAssembly.Module;

/** Modules of the independent decoders, by format. @module */
export const modules: Readonly<Record<"avif" | "jpeg" | "jxl" | "png" | "webp", WebAssembly.Module>>;

// Modules of the independent decoders, compiled at load.
import source avif from "@jsquash/avif/codec/dec/avif_dec.wasm";
import source jpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import source jxl from "@jsquash/jxl/codec/dec/jxl_dec.wasm";
import source png from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
import source webp from "@jsquash/webp/codec/dec/webp_dec.wasm";

/** By format. */
export const modules = { avif, jpeg, jxl, png, webp };

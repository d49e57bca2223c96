// Source-phase imports give compiled modules without a permission; TypeScript 6 can't parse them, hence a .js file.
import source coreModule from "./wasm/core.wasm";
import source avifDecoderModule from "@jsquash/avif/codec/dec/avif_dec.wasm";
import source avifEncoderModule from "./wasm/avif_enc.wasm";
import source jxlEncoderModule from "@jsquash/jxl/codec/enc/jxl_enc.wasm";

export { avifDecoderModule, avifEncoderModule, coreModule, jxlEncoderModule };

/**
 * English: names of the parameters of a picture's address. What each does stands in the table itself.
 *
 * @module
 */
import type { TransformParamName } from "../../../../codec/params.ts";

/** See the module's comment. */
export const EN_PARAMETERS = {
  width: "Width",
  height: "Height",
  fit: "Fit",
  aspect: "Aspect ratio",
  dpr: "Pixel density",
  gravity: "Crop keeps",
  focus: "Focal point",
  rotate: "Turn",
  flip: "Mirror",
  trim: "Trim borders",
  pad: "Border",
  background: "Background",
  grayscale: "Black and white",
  brightness: "Brightness",
  contrast: "Contrast",
  saturation: "Saturation",
  blur: "Blur",
  sharpen: "Sharpen",
  quality: "Quality",
  lossless: "Lossless",
  progressive: "Progressive JPEG",
  icc: "Colours",
  meta: "Metadata kept",
  frame: "One frame",
} as const satisfies Readonly<Record<TransformParamName, string>>;

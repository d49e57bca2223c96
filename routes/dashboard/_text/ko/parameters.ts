/**
 * Korean: names of the parameters of a picture's address.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_PARAMETERS: Text["parameters"] = {
  width: "너비",
  height: "높이",
  fit: "맞춤 방식",
  aspect: "화면비",
  dpr: "픽셀 밀도",
  gravity: "자를 때 남길 곳",
  focus: "초점",
  rotate: "회전",
  flip: "뒤집기",
  trim: "테두리 잘라내기",
  pad: "여백",
  background: "배경색",
  grayscale: "흑백",
  brightness: "밝기",
  contrast: "대비",
  saturation: "채도",
  blur: "흐림",
  sharpen: "선명도",
  quality: "품질",
  lossless: "무손실",
  progressive: "프로그레시브 JPEG",
  icc: "색 공간",
  meta: "남길 메타데이터",
  frame: "한 프레임만",
};

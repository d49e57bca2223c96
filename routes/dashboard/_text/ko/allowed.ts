/**
 * Korean: what a parameter of a picture's address allows. Each ends in a vowel, for the sentence that it stands in.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_ALLOWED: Text["allowed"] = {
  integer: "{min}~{max} 사이의 정수",
  enum: "{values} 중 하나",
  boolean: "true 또는 false",
  color: "# 없는 16진수 rgb, rrggbb 또는 rrggbbaa",
  point: "각각 0~1인 x,y",
  version: "16진수 8자리",
  fault: '"{key}" 값은 {allowed}여야 합니다. 입력한 값: "{value}"',
};

/**
 * Korean: failures of the API by their codes.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_ERRORS: Text["errors"] = {
  VALIDATION_ERROR: "입력한 내용이 올바르지 않습니다.",
  INVALID_FILE: "지원하지 않는 이미지이거나 파일이 너무 큽니다.",
  UNAUTHORIZED: "로그인되어 있지 않거나 입력한 정보가 틀렸습니다.",
  FORBIDDEN: "권한이 없거나 현재 요금제에 포함되지 않은 기능입니다.",
  PLAN_LIMIT_EXCEEDED: "요금제 한도에 도달했습니다.",
  NOT_FOUND: "더 이상 존재하지 않습니다.",
  METHOD_NOT_ALLOWED: "여기서는 할 수 없는 작업입니다.",
  CONFLICT: "같은 이름이 이미 있습니다.",
  PRECONDITION_FAILED: "마지막으로 본 뒤에 사진이 바뀌었습니다.",
  UNPROCESSABLE_IMAGE: "이 이미지는 이렇게 변환할 수 없습니다.",
  RATE_LIMIT_EXCEEDED: "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
  RANGE_NOT_SATISFIABLE: "파일에 없는 범위입니다.",
  INTERNAL_ERROR: "서버에서 문제가 발생했습니다.",
  NOT_CONFIGURED: "이 서버에는 설정되어 있지 않은 기능입니다.",
  UPSTREAM_ERROR: "필요한 외부 서비스가 응답하지 않았습니다.",
  BUSY: "서버가 바쁩니다. 잠시 후 다시 시도해 주세요.",
  TIMEOUT: "시간이 너무 오래 걸렸습니다.",
  REQUEST_TIMEOUT: "전송이 너무 느려서 중단되었습니다. 더 나은 연결에서 다시 시도해 주세요.",
  STORAGE_FULL: "서버의 저장 공간이 부족합니다.",
  NETWORK: "응답이 없습니다. 연결을 확인하고 다시 시도해 주세요.",
};

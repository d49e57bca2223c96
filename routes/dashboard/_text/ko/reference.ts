/**
 * Korean: the page of the API reference.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_REFERENCE: Text["reference"] = {
  title: "API 레퍼런스",
  contents: "이 페이지의 내용",
  base: "기본 주소:",
  asFile: "같은 내용의 파일:",
  forModels: "언어 모델용:",
  errors: "오류",
  envelope: "모든 오류는 같은 형식으로 옵니다:",
  required: "필수",
  optional: "선택",
  default: "기본값",
  inPath: "경로",
  inQuery: "쿼리",
  inHeader: "헤더",
  body: "본문",
  answers: "응답",
  types: {
    integer: "정수",
    number: "숫자",
    boolean: "참/거짓",
    null: "null 값",
    object: "객체",
    text: "텍스트",
    any: "모든 값",
    list: "목록({type})",
    between: "{low}–{high}",
    upTo: "최대 {high}",
    from: "최소 {low}",
    characters: "{range}자",
    time: "시각(RFC 3339)",
    date: "날짜",
    url: "URL",
    email: "이메일 주소",
    uuid: "UUID",
    file: "파일",
  },
  try: {
    title: "직접 보내기",
    needsScript: "여기서 보내려면 스크립트가 필요합니다. 아래 명령으로도 똑같이 할 수 있습니다.",
    key: "API 키(또는 로그인한 세션)",
    admin: "관리자 토큰",
    required: "필수",
    choose: "선택",
    body: "본문(JSON)",
    send: "{method} 보내기",
    sending: "보내는 중…",
    missing: "먼저 입력하세요: {names}",
    pictureAlt: "응답으로 받은 이미지",
    saveFile: "파일 저장",
    noAnswer: "응답이 없습니다",
    bytes: "{count}바이트",
    left: "이번 분에 남은 요청 {count}회",
  },
};

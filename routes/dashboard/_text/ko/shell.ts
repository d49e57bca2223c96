/**
 * Korean: the frame around every page.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_SHELL: Text["shell"] = {
  skip: "본문으로 건너뛰기",
  home: "imgsrc 홈",
  mainNavigation: "주 메뉴",
  accountNavigation: "계정",
  footNavigation: "사이트 정보",
  menu: "메뉴",
  images: "이미지",
  publish: "업로드",
  usage: "사용량",
  settings: "설정",
  pricing: "요금제",
  docs: "문서",
  api: "API",
  about: "소개",
  terms: "이용약관",
  privacy: "개인정보처리방침",
  signIn: "로그인",
  signUp: "회원가입",
  signOut: "로그아웃",
  signedInAs: "{name} 계정으로 로그인됨",
  theme: "테마",
  themeLight: "밝게",
  themeDark: "어둡게",
  themeSystem: "시스템",
  language: "언어",
  copy: "복사",
  copied: "복사했습니다",
  copyFailed: "복사하지 못했습니다. 텍스트를 직접 선택해 주세요",
  cancel: "취소",
  close: "닫기",
  delete: "삭제",
  save: "저장",
  undo: "되돌리기",
  retry: "다시 시도",
  loading: "불러오는 중",
  problem: "문제가 발생했습니다",
  notFoundTitle: "페이지를 찾을 수 없습니다",
  notFoundText: "주소가 잘못되었거나, 이곳에 있던 내용이 옮겨졌거나 삭제되었을 수 있습니다.",
  toHome: "홈으로 가기",
};

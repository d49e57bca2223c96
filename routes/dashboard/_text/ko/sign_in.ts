/**
 * Korean: sign in, sign up, welcome.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_SIGN_IN: Text["signIn"] = {
  title: "로그인",
  welcomeBack: "다시 오신 것을 환영합니다",
  login: "사용자 이름 또는 이메일",
  password: "비밀번호",
  submit: "로그인",
  withPasskey: "패스키로 로그인",
  or: "또는",
  noAccount: "아직 계정이 없으신가요?",
  makeOne: "회원가입",
  noPassword: "비밀번호가 없으신가요?",
  noPasswordText: "서버 관리자가 비밀번호를 설정하거나 한 번만 쓸 수 있는 로그인 링크를 만들 수 있습니다:",
  wrong: "사용자 이름 또는 비밀번호가 올바르지 않습니다.",
  linkUsed: "이미 사용했거나 만료된 링크입니다.",
  passkeyFailed: "패스키를 확인하지 못했습니다.",
  signUpTitle: "계정 만들기",
  signUpLead: "무료로 시작하세요. 카드는 필요 없습니다.",
  signUpClosed: "이 서버는 회원가입을 받지 않습니다. 서버 관리자가 계정을 만들어 드릴 수 있습니다.",
  userName: "사용자 이름",
  userNameHint: "a–z, 0–9, _, - 중 3~32자. 이미지 주소에 들어갑니다.",
  email: "이메일",
  passwordHint: "{count}자 이상",
  signUpSubmit: "계정 만들기",
  haveAccount: "이미 계정이 있으신가요?",
  agree: "계정을 만들면 다음에 동의하게 됩니다:",
  and: "및",
  welcomeTitle: "사용자 이름 선택",
  welcomeSubmit: "시작하기",
};

/**
 * Korean: the documentation.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_DOCS: Text["docs"] = {
  title: "문서",
  lead: "첫 업로드부터 프레임워크 속 이미지까지, 몇 분이면 됩니다.",
  contents: "이 페이지의 내용",
  start: "시작하기",
  startText:
    "설정에서 키를 만들어 IMGSRC_KEY에 넣으세요. 파일을 올리면 응답에 주소가 들어 있습니다. 경로는 자유롭게 정할 수 있습니다. " +
    "이미지 확장자로 끝나면 전체 경로, 아니면 폴더로 봅니다.",
  addresses: "주소",
  addressesText:
    "확장자가 형식을, 쿼리가 나머지를 정합니다. 같은 요청은 항상 같은 주소이므로 캐시가 보관할 수 있습니다.",
  addressesOwn: "예시는 가장 최근에 올린 이미지를 보여 줍니다.",
  addressesSample: "예시는 모든 서버에 있는 예시 사진입니다. 로그인하면 내 이미지로 바뀝니다.",
  formats: "형식",
  formatsText:
    "확장자: {formats}. 확장자가 없거나 .auto이면 브라우저의 Accept 헤더로 정합니다. 너무 큰 AVIF는 WebP로 나옵니다.",
  parameters: "매개변수",
  parametersText: "범위를 벗어난 값에는 허용 범위와 함께 400으로 답합니다. 모르는 매개변수는 무시합니다.",
  key: "키",
  meaning: "의미",
  allowed: "허용 값",
  presets: "프리셋",
  presetsText:
    "설정에서 만든 매개변수의 이름입니다: ?p:card. 함께 쓴 매개변수가 프리셋보다 우선합니다. 프리셋을 바꾸면 이미지도 바뀝니다.",
  private: "비공개 이미지",
  privateText:
    "비공개 이미지는 누구에게나 404로 답합니다. 서명된 링크로 1분에서 7일까지 열 수 있고, 서명 키를 바꾸면 모든 링크가 즉시 끝납니다.",
  caching: "캐시",
  cachingText:
    "공개 이미지는 30일간 보관할 수 있으며 강력한 ETag가 붙습니다. 삭제하거나 바꾸면 이 서버와 에지 캐시에서 사라집니다. " +
    "브라우저가 가진 사본은 저절로 만료되므로, 꼭 필요하면 바뀐 이미지에 새 경로를 주세요.",
  guides: "가이드",
  more: "모든 엔드포인트와 페이지에서 바로 보내 볼 수 있는 예시:",
  reference: "API 레퍼런스",
};

/**
 * Korean: the home page.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_HOME: Text["home"] = {
  title: "URL로 다루는 이미지",
  description: "이미지를 한 번만 올리세요. 주소가 곧 API입니다. 어떤 크기와 형식이든 첫 요청에 만들어 보관합니다.",
  heading: "한 번 올리고, 원하는 크기로.",
  lead: "모든 이미지에 주소가 생깁니다. 확장자를 바꾸면 다른 형식으로, 매개변수를 더하면 다른 크기로 나옵니다. " +
    "빌드 단계도, 파이프라인도, 설정도 필요 없습니다.",
  begin: "무료로 시작하기",
  publish: "이미지 업로드",
  readDocs: "문서 읽기",
  playTitle: "이 사진으로 직접 해 보세요",
  format: "형식",
  width: "너비",
  shape: "비율",
  shapeOriginal: "원본",
  quality: "품질",
  blur: "흐림",
  grayscale: "흑백",
  show: "보기",
  address: "이 이미지의 주소",
  result: "결과",
  original: "원본",
  smaller: "{percent}% 더 작음",
  sameSize: "원본의 {percent}%",
  inTime: "{ms}ms",
  failed: "이 이미지는 만들 수 없었습니다: {problem}",
  photoAlt: "위 주소로 받은 예시 사진",
  urlTitle: "URL이 곧 API",
  urlText: "모든 이미지와 형식에 같은 매개변수 표 하나면 됩니다. 여기서 보는 주소를 페이지에 그대로 쓰세요.",
  allParameters: "매개변수 {count}개 모두 보기",
  formatTitle: "어떤 파일이든, 모든 형식으로",
  formatText:
    "JPEG, PNG, HEIC, SVG, EXR과 그 밖의 {more}가지 형식을 올리고 {formats} 형식으로 제공하세요. 확장자로 고르거나 브라우저가 선호하는 형식으로 보냅니다.",
  fastTitle: "한 번 만들고, 그다음은 전송만",
  fastText:
    "첫 요청에서 이미지를 만듭니다. 600만 화소 사진을 너비 800px WebP로 바꾸는 데 약 0.1초가 걸립니다. 이후에는 강력한 ETag와 immutable 헤더가 붙은 " +
    "파일을 그대로 보내며 변환 횟수에 포함되지 않습니다.",
  safeTitle: "내 이미지, 원하면 비공개로",
  safeText:
    "비공개 이미지는 다른 누구에게도 보이지 않습니다. 서명된 링크로 1분에서 일주일까지 열 수 있고, 언제든 끝낼 수 있습니다.",
  codeTitle: "명령 한 줄로 파일에서 주소까지",
  codeText: "설정에서 키를 만든 뒤, HTTP를 쓸 수 있는 어떤 도구로든 업로드하세요.",
  endTitle: "1분 만에 첫 이미지를 올려 보세요",
};

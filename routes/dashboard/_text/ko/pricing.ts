/**
 * Korean: plans.
 *
 * @module
 */
import type { Text } from "../catalogue.ts";

/** See the module's comment. */
export const KO_PRICING: Text["pricing"] = {
  title: "요금제",
  lead: "보는 횟수가 아니라 새로 만드는 이미지에만 비용을 냅니다. 트래픽은 무료입니다.",
  free: "Free",
  freeText: "개인 사이트와 시험 사용에 알맞습니다.",
  pro: "Pro",
  proText: "비공개 이미지와 프리셋이 필요한 제품에 알맞습니다.",
  perMonth: "/월",
  begin: "무료로 시작하기",
  upgrade: "Pro로 업그레이드",
  current: "현재 요금제",
  unlimited: "무제한",
  uploads: "월 업로드",
  storage_bytes: "저장 공간",
  transformations: "월 변환",
  api_requests: "월 API 요청",
  bandwidth_bytes: "대역폭",
  ticks: {
    uploads: "업로드 월 {value}",
    storage_bytes: "저장 공간 {value}",
    transformations: "변환 월 {value}",
    api_requests: "API 요청 월 {value}",
    bandwidth_bytes: "대역폭 {value}",
  },
  times: "{count}회",
  requestsPerMinute: "분당 API 요청",
  private_images: "비공개 이미지",
  signed_urls: "서명된 링크",
  presets: "프리셋",
  included: "포함",
  notIncluded: "미포함",
  compare: "한눈에 비교",
  plan: "요금제",
  packTitle: "리소스 팩",
  packText:
    "Pro 전용: 저장 공간 {storage}GB, 변환 {transformations}회, API 요청 {requests}회를 즉시 추가하며 만료되지 않습니다. 팩당 {price}.",
  questions: "자주 묻는 질문",
  whatCounts: "무엇이 변환으로 계산되나요?",
  whatCountsText:
    "크기, 형식, 품질을 바꿔 새로 만든 이미지입니다. 같은 이미지를 다시 요청하거나 원본을 그대로 받는 것은 포함되지 않습니다.",
  atLimit: "한도에 도달하면 어떻게 되나요?",
  atLimitText:
    "다음 달까지 업로드와 새 변환이 멈춥니다. 이미 있는 것은 계속 제공됩니다. Pro에서는 팩으로 한도를 바로 늘릴 수 있습니다.",
  leaving: "Free로 돌아갈 수 있나요?",
  leavingText:
    "언제든 가능합니다. 결제한 기간이 끝날 때까지 Pro가 유지되고, 이미지는 그대로 남으며 링크도 끊기지 않습니다.",
  nothingSold: "이 서버는 아무것도 판매하지 않습니다. 모든 기능을 제한 없이 쓸 수 있습니다.",
};

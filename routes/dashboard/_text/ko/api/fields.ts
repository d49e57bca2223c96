/**
 * Korean: fields, parameters and answers of the API, sentence by sentence of the OpenAPI document, without the full
 * stop.
 *
 * @module
 */

/** English → Korean. */
export const KO_FIELDS: Readonly<Record<string, string>> = {
  "Most pictures of a page": "한 페이지의 최대 이미지 수",
  "How many to skip; `cursor` goes on without drift": "건너뛸 개수. `cursor`를 쓰면 밀리지 않고 이어 갑니다",
  "Order of the pictures": "이미지 순서",
  "A folder, for what is in it and below; or the path of a picture": "폴더(그 안과 아래의 모든 것) 또는 이미지의 경로",
  "The same by another name; `path` wins": "같은 뜻의 다른 이름. `path`가 우선합니다",
  "`false` leaves out what lies in folders of the folder": "`false`이면 하위 폴더에 있는 것은 제외합니다",
  "`next_cursor` of the last page; `offset` is not looked at then":
    "이전 페이지의 `next_cursor`. 이때 `offset`은 보지 않습니다",
  "`If-None-Match` names what you have already": "`If-None-Match`의 내용이 이미 가진 것과 같습니다",
  "What to look for": "찾을 텍스트",
  "How many to skip": "건너뛸 개수",
  "Folder; absent or empty = everything": "폴더. 없거나 비어 있으면 전체",
  "The archive, as a stream": "스트림으로 보내는 ZIP 파일",
  "The image's id: the first 16 hex digits of its file's SHA-256": "이미지 ID: 파일 SHA-256의 앞 16자리(16진수)",
  "`true` hides the image at once and removes it after ten seconds, unless it is restored":
    "`true`이면 바로 숨기고, 되돌리지 않으면 10초 뒤에 삭제합니다",
  "One of the image's paths": "이미지의 경로 중 하나",
  "Name of the user": "사용자 이름",
  "Path of the picture; its slashes may come as `/` or `%2F`":
    "이미지의 경로. 슬래시는 `/` 또는 `%2F`로 쓸 수 있습니다",
  "Of a signed URL; also read as `sig`": "서명된 링크의 값. `sig`로도 읽습니다",
  "Of a signed URL, Unix seconds; also read as `exp`": "서명된 링크의 만료 시각(Unix 초). `exp`로도 읽습니다",
  "The picture": "이미지",
  "The part that `Range` asks for": "`Range`로 요청한 부분",
  "`v` is out of date, or the server sends open formats to the URL that names theirs":
    "`v`가 오래되었거나, 형식이 정해지지 않은 요청을 그 형식의 URL로 보내도록 서버가 설정되어 있습니다",
  "Allowed": "허용됨",
  "The preset's id or name": "프리셋의 ID 또는 이름",
  "How many days, up to today": "오늘까지의 일수",
  "Default: the current month": "기본값: 이번 달",
  "Most pictures": "최대 이미지 수",
  "The key's id": "키의 ID",
  "The passkey's id": "패스키의 ID",
  "The provider's event, signed in a header": "결제 서비스의 이벤트. 헤더에 서명이 있습니다",
  "For `Authorization: Bearer`; null where the tokens are Clerk's":
    "`Authorization: Bearer`에 씁니다. Clerk 토큰을 쓰는 서버에서는 null",
  "Unix seconds": "Unix 초",
  "Begins a dashboard session, once and within two minutes: `/sign-in?token=…`":
    "2분 안에 한 번 대시보드 세션을 시작합니다: `/sign-in?token=…`",
  "The account's user name, so that nobody deletes one by mistake":
    "실수로 삭제하지 않도록 입력하는 계정의 사용자 이름",
  "First 13 characters": "앞 13자",
  "`read`, `write` or `read,write`": "`read`, `write` 또는 `read,write`",
  "For the API; null where the tokens are Clerk's": "API용. Clerk 토큰을 쓰는 서버에서는 null",
  "Base64url of the credential's id": "자격 증명 ID의 Base64url",
  "Absent = whichever passkey the device offers": "없으면 기기가 제시하는 패스키",
  "When they are removed for good; null = they are": "완전히 삭제되는 시각. null이면 이미 삭제됨",
  "Stored derivatives that were removed": "삭제한 변환 이미지 수",
  "Tags that were purged at the edge, or would be if there was one": "에지에서 지운(에지가 있다면 지울) 태그",
  "Instances that have forgotten what they remembered, the answering one among them":
    "기억하던 것을 지운 인스턴스 수(답하는 인스턴스 포함)",
  "`none` = there is no edge to purge; `failed` = copies there may live on until they are too old":
    "`none`이면 지울 에지가 없고, `failed`이면 에지의 사본이 만료될 때까지 남을 수 있습니다",
  "Of all of them together": "모두 합한 결과",
  "Only paths that lie right in this folder move; empty = the root, absent = every path of the images":
    "이 폴더 바로 아래의 경로만 옮깁니다. 비어 있으면 최상위, 없으면 이미지의 모든 경로",
  "Where they move to, each under its own name; empty = the root": "옮길 곳. 이름은 그대로이며, 비어 있으면 최상위",
  "null = unlimited": "null이면 무제한",
  "`YYYY-MM-DD` in UTC": "`YYYY-MM-DD`(UTC)",
  "New pictures": "새 이미지",
  "Body bytes of pictures that were served": "제공한 이미지의 본문 바이트",
  "Derivatives that were made; cached ones cost nothing": "새로 만든 변환 이미지. 캐시에서 보낸 것은 세지 않습니다",
  "Derivatives made for the dashboard's own pages, which spend no transformations":
    "대시보드 화면용으로 만든 변환 이미지. 변환 횟수에 포함되지 않습니다",
  "Pictures served": "제공한 이미지",
  "What the originals would have taken more than the derivatives served in their place":
    "변환 이미지 대신 원본을 보냈다면 더 들었을 양",
  "Of all originals at the end of the day, or now": "그날이 끝날 때(오늘은 지금) 모든 원본의 크기",
  "Oldest first, up to today, without gaps": "오래된 날부터 오늘까지 빠짐없이",
  "When an undoable delete is carried out; null = it is": "되돌릴 수 있는 삭제가 실행되는 시각. null이면 이미 실행됨",
  "What went with it; of an undoable delete the derivatives go when it is carried out":
    "함께 지워진 것. 되돌릴 수 있는 삭제에서는 실행될 때 변환 이미지가 지워집니다",
  "Hex without `#`": "`#` 없는 16진수",
  "Base64 of the ThumbHash": "ThumbHash의 Base64",
  "As EXIF writes it": "EXIF에 적힌 그대로",
  "How many derivatives it has, those that are being made included, and how many it may have":
    "변환 이미지 수(만드는 중인 것 포함)와 허용되는 최대 수",
  "Right in the folder; counts include what lies further below":
    "폴더 바로 아래. 개수에는 그보다 아래에 있는 것도 포함됩니다",
  "Of all pages": "모든 페이지를 합한 수",
  "The folder that was asked for": "요청한 폴더",
  "For `cursor` of the next page; null at the end": "다음 페이지의 `cursor` 값. 끝이면 null",
  "Of a private picture: its link that lives longest": "비공개 이미지의 링크 중 가장 오래 유효한 것",
  "Cents": "센트",
  "Whether new links are signed with it": "새 링크를 이 키로 서명하는지",
  "A full path, or a folder that the name of `from` is put into": "전체 경로 또는 `from`의 이름을 넣을 폴더",
  "Both when absent": "없으면 둘 다",
  "A key can't give a scope that it lacks itself": "키는 자신에게 없는 권한을 줄 수 없습니다",
  "Null or absent = for ever": "null이거나 없으면 무기한",
  "A full path, or a folder that the file's name is put into": "전체 경로 또는 파일 이름을 넣을 폴더",
  "Case-sensitive, unique among the user's": "대소문자를 구분하며, 한 사용자 안에서 하나뿐이어야 합니다",
  "Keys of the URL (`w`, `h`, `fit`, `q` …) and `format`, which counts for URLs without an extension only":
    "URL의 키(`w`, `h`, `fit`, `q` …)와, 확장자가 없는 URL에만 쓰이는 `format`",
  "`multiDevice` = synced between devices": "`multiDevice`이면 여러 기기에 동기화됨",
  "What went of what was made, remembered and copied before": "전에 만들고 기억하고 복사한 것 중 지워진 것",
  "The path that was made": "만들어진 경로",
  "As they were sent": "보낸 그대로",
  "Pictures served by it": "이 프리셋으로 제공한 이미지 수",
  "Null clears it": "null이면 지웁니다",
  "`ok`, or what is wrong": "`ok` 또는 문제의 내용",
  "In order of preference; the first is the format of `cdn_url`": "선호하는 순서. 첫 번째가 `cdn_url`의 형식입니다",
  "Fills `q` of the URLs that are handed out; a bare URL is not changed by it":
    "새로 드리는 URL의 `q`를 채웁니다. 매개변수 없는 URL은 바뀌지 않습니다",
  "Fills `fit`": "`fit`을 채웁니다",
  "Fills `w` for pictures that are wider": "이보다 넓은 이미지의 `w`를 채웁니다",
  "Fills `h` for pictures that are higher": "이보다 높은 이미지의 `h`를 채웁니다",
  "Whether uploads lose their GPS position, serial numbers, thumbnails and maker notes: JPEG, PNG, WebP and AVIF":
    "업로드할 때 GPS 위치, 일련번호, 미리보기 이미지, 제조사 정보를 지울지 여부(JPEG, PNG, WebP, AVIF)",
  "Widths in px that `w` of every picture URL is taken up to, `dpr` counted in; null = any width is made":
    "이미지 URL의 `w`를 올림할 너비(px, `dpr` 포함). null이면 모든 너비를 만듭니다",
  "Images that are stored now": "지금 저장된 이미지 수",
  "Null = no maximum": "null이면 최댓값 없음",
  "Null = any width": "null이면 모든 너비",
  "Default 3600": "기본값 3600",
  "The same by another name": "같은 뜻의 다른 이름",
  "Binds the link to this transform (`w` or `width`, `h` or `height`, `q` or `quality`, `fit`, `format` (webp, avif, jpeg, png, jxl), and the rest of the URL's parameters); without it the viewer may choose format and parameters":
    "링크를 이 변환으로 제한합니다(`w` 또는 `width`, `h` 또는 `height`, `q` 또는 `quality`, `fit`, `format`(webp, avif, jpeg, png, jxl)과 나머지 URL 매개변수). 없으면 보는 사람이 형식과 매개변수를 고를 수 있습니다",
  "Which of the image's paths; default its first": "이미지의 경로 중 하나. 기본값은 첫 번째 경로",
  "Lets the links of the key that signed until now go on until they expire; without it every link ends at once":
    "지금까지의 키로 서명한 링크를 만료될 때까지 유지합니다. 없으면 모든 링크가 즉시 끝납니다",
  "SHA-256 of the file": "파일의 SHA-256",
  "`/{user}/{path}`": "`/{user}/{path}`",
  "All of the picture's paths": "이미지의 모든 경로",
  "false = the file was there already": "false이면 이미 있던 파일",
  "As displayed": "화면에 보이는 크기",
  "Of a picture that moves": "움직이는 이미지의 정보",
  "What went of what was there before; null where nothing was": "전에 있던 것 중 지워진 것. 아무것도 없었다면 null",
  "One picture of at most 5 MB (MAX_UPLOAD_BYTES)": "5 MB 이하의 이미지 하나(MAX_UPLOAD_BYTES)",
  "A full path such as `blog/2024/photo.png`, or a folder that the file's name is put into":
    "`blog/2024/photo.png` 같은 전체 경로 또는 파일 이름을 넣을 폴더",
  "Default `public`; `private` needs Pro": "기본값 `public`. `private`에는 Pro가 필요합니다",
  "Of 1024 × 1024 bytes": "1024 × 1024바이트 단위",
  "Of 1024 MB": "1024 MB 단위",
  "`YYYY-MM`, a calendar month in UTC": "`YYYY-MM`, UTC 기준 달",
  "Unix seconds: the first of the next month": "Unix 초: 다음 달 1일",
  "Balances of Resource Packs": "리소스 팩 잔액",
  "With `v`, so that caches may keep the answer for a year; out of date once the path has another picture":
    "캐시가 1년간 보관할 수 있도록 `v`가 붙습니다. 경로의 이미지가 바뀌면 옛 주소가 됩니다",
  "Whether the event was taken into account before": "이미 반영한 이벤트인지",
  "For people: what was wrong, what is allowed": "사람을 위한 설명: 무엇이 잘못되었고 무엇이 허용되는지",
  "Requests a minute": "분당 요청 수",
  "What is left of them": "남은 요청 수",
  "When the minute ends, Unix seconds": "이번 분이 끝나는 시각(Unix 초)",
  "Seconds until another try makes sense": "다시 시도할 때까지의 초",
  "An API key (`imgsrc_…`) or a signed token": "API 키(`imgsrc_…`) 또는 서명된 토큰",
  "The dashboard's own session": "대시보드의 세션",
  "The server's admin token": "서버의 관리자 토큰",
  "The HTTP status": "HTTP 상태 코드",
  "The request's path": "요청 경로",
  "Invalid request body or parameters": "요청 본문 또는 매개변수가 올바르지 않음",
  "File is not a picture that is taken, or is larger than 5 MB": "받을 수 있는 이미지가 아니거나 5 MB보다 큼",
  "Missing or invalid API key or token": "API 키 또는 토큰이 없거나 올바르지 않음",
  "The key lacks the scope, or the plan lacks the feature": "키에 권한이 없거나 요금제에 없는 기능",
  "Monthly quota exceeded": "월 한도를 넘음",
  "Resource does not exist": "존재하지 않음",
  "The address exists, but not for this method": "주소는 있지만 이 메서드로는 쓸 수 없음",
  "The request came too slowly": "요청이 너무 느리게 도착함",
  "Resource exists already": "이미 존재함",
  "`If-Match` or `If-Unmodified-Since` names another state of the picture":
    "`If-Match` 또는 `If-Unmodified-Since`가 이미지의 다른 상태를 가리킴",
  "The part asked for begins past the end of the picture": "요청한 부분이 이미지의 끝을 넘어서 시작함",
  "The picture can't be rendered this way": "이 이미지는 이렇게 변환할 수 없음",
  "Too many requests": "요청이 너무 많음",
  "A fault of the server": "서버 오류",
  "The server has no keys for the outside service that this needs":
    "필요한 외부 서비스의 키가 서버에 설정되어 있지 않음",
  "Stored bytes are missing or damaged, or an outside service failed":
    "저장된 데이터가 없거나 손상되었거나, 외부 서비스에 문제가 있음",
  "The server has more to do than it can; try again": "서버가 처리할 수 있는 것보다 일이 많음. 다시 시도하세요",
  "The picture took too long": "이미지를 만드는 데 너무 오래 걸림",
  "No space left to store this": "저장할 공간이 부족함",
  "Width in pixels; alone it keeps the aspect ratio": "너비(픽셀). 하나만 쓰면 비율을 유지합니다",
  "Height in pixels; alone it keeps the aspect ratio": "높이(픽셀). 하나만 쓰면 비율을 유지합니다",
  "How the picture meets the box: `cover` crops to fill it, `contain` stays inside it, `fill` stretches, `scale-down` is contain that never enlarges":
    "상자에 맞추는 방식: `cover`는 잘라서 채우고, `contain`은 안에 넣고, `fill`은 늘리며, `scale-down`은 확대하지 않는 contain입니다",
  "Crops the picture to this ratio before it meets the box": "상자에 맞추기 전에 이 비율로 자릅니다",
  "Pixel density: `w`, `h` and `pad` are multiplied by it": "픽셀 밀도: `w`, `h`, `pad`에 곱합니다",
  "What survives a crop: a side, a corner, `attention` (skin, colour, edges) or `entropy` (detail)":
    "자를 때 남길 곳: 변, 모서리, `attention`(피부색, 색, 윤곽) 또는 `entropy`(세부)",
  "Focal point that a crop keeps in its middle, as shares of width and height; wins over `crop`":
    "자를 때 가운데에 둘 초점. 너비와 높이에 대한 비율이며 `crop`보다 우선합니다",
  "Turns clockwise, after the turn that EXIF asks for; `auto` is that turn alone, as `0`":
    "EXIF 회전 다음에 시계 방향으로 돌립니다. `auto`는 `0`처럼 EXIF 회전만 합니다",
  "Mirrors left to right, top to bottom, or both; after `rotate`":
    "좌우, 상하 또는 둘 다 뒤집습니다. `rotate` 다음에 합니다",
  "Cuts off the even border first: how much a pixel may differ from the corner, in percent":
    "먼저 단색 테두리를 잘라냅니다: 모서리와 달라도 되는 정도(%)",
  "Border around the result in pixels, of the colour `bg`; added to its size":
    "결과 둘레의 여백(픽셀). 색은 `bg`이며 크기에 더해집니다",
  "Colour behind transparent parts and of the border, as hex; without it transparent, white for JPEG":
    "투명한 부분과 여백의 색(16진수). 없으면 투명, JPEG는 흰색",
  "Takes the colour away": "흑백으로 만듭니다",
  "Darker or brighter, in percent": "어둡게 또는 밝게(%)",
  "Flatter or harder, in percent": "부드럽게 또는 강하게(%)",
  "Paler or more colourful, in percent": "옅게 또는 진하게(%)",
  "Gaussian blur, sigma in pixels of the result": "가우시안 흐림. 결과 픽셀 기준 시그마",
  "Sharpens edges by an unsharp mask": "언샤프 마스크로 윤곽을 선명하게 합니다",
  "Quality of lossy formats in percent": "손실 형식의 품질(%)",
  "Loses nothing, for WebP, AVIF and JXL": "무손실(WebP, AVIF, JXL)",
  "JPEG that sharpens while it loads": "받는 동안 점점 선명해지는 JPEG",
  "Colours as sRGB, or a wide-gamut original (Display P3) kept with a small profile (not in JXL and GIF)":
    "sRGB로 바꾸거나, 넓은 색 영역(Display P3)의 원본을 작은 프로파일과 함께 유지합니다(JXL과 GIF 제외)",
  "What stays of EXIF, XMP and IPTC: nothing, copyright with creator and AI label, or all but GPS positions, serial numbers, thumbnails and maker notes":
    "EXIF, XMP, IPTC에서 남길 것: 없음, 저작권·제작자·AI 표시, 또는 GPS 위치·일련번호·미리보기 이미지·제조사 정보를 뺀 전부",
  "One frame of an animation as a still, counted from 0; the last one when there are fewer":
    "움직이는 이미지의 한 프레임(0부터). 프레임이 모자라면 마지막 프레임",
  "The first 8 hex digits of the original's hash: lets caches keep the answer for a year; with another value the answer is a redirect to the current one":
    "원본 해시의 앞 8자리(16진수). 캐시가 1년간 보관할 수 있고, 값이 다르면 현재 주소로 리디렉션합니다",
};

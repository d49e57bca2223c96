/** What the API says of itself, in Korean: the reference page, the table of parameters, and why a value is refused. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describeAllowed, PARAM_ENTRIES, type ParamError, parseParamValue } from "../../codec/params.ts";
import { allowedText, faultText } from "../../islands/playground/allowed.ts";
import { API_ERRORS } from "../../routes/_http/api_error.ts";
import type { OpenApiDocument } from "../../routes/_http/openapi.ts";
import { sentencesOf, translated, withTexts } from "../../routes/dashboard/_reference/translate.ts";
import { apiSentences } from "../../routes/dashboard/_text/api_sentences.ts";
import { EN } from "../../routes/dashboard/_text/en.ts";
import { KO } from "../../routes/dashboard/_text/ko.ts";
import { startTestApp } from "../doubles/app.ts";

const SENTENCES = apiSentences("ko");

/** Every sentence of the document and of the tables beside it, without the full stop. */
async function spoken(): Promise<Set<string>> {
  const app = await startTestApp();
  const document = await (await app.request("/openapi.json")).json() as OpenApiDocument;
  await app.close();
  const texts: string[] = [];
  withTexts(document, (text) => (texts.push(text), text));
  texts.push(...document.tags.map(({ name }) => name), ...Object.values(API_ERRORS).map(({ doc }) => doc));
  texts.push(...PARAM_ENTRIES.map(([, { doc }]) => doc));
  return new Set(texts.flatMap((text) => sentencesOf(text).map(({ words }) => words)));
}

Deno.test("every sentence of the API's document stands in Korean, and no other", async () => {
  const wanted = await spoken();
  const missing = [...wanted].filter((sentence) => !Object.hasOwn(SENTENCES, sentence));
  assertEquals(missing, [], "write them into routes/dashboard/_text/ko/api/");
  assertEquals(Object.keys(SENTENCES).filter((sentence) => !wanted.has(sentence)), [], "said by nothing any more");
});

Deno.test("Korean sentences keep the codes of the English ones", () => {
  const codes = (text: string) => [...new Set(text.match(/`[^`]*`/g) ?? [])].toSorted();
  for (const [english, korean] of Object.entries(SENTENCES)) {
    assertEquals(codes(korean), codes(english), english);
    assert(/[가-힣]/.test(korean) || codes(korean).length > 0, korean);
  }
});

Deno.test("translated() goes sentence by sentence, keeps codes and full stops, and leaves what it doesn't know", () => {
  const known = { "Scope `read`": "권한 `read`", "Too many": "너무 많음" };
  assertEquals(
    translated("Scope `read`. Unknown words. `BUSY`: Too many", known),
    "권한 `read`. Unknown words. `BUSY`: 너무 많음",
  );
});

Deno.test("the reference and the table of parameters are Korean on a Korean page, and English on an English one", async () => {
  const app = await startTestApp();
  const page = async (path: string, language: string) =>
    await (await app.request(path, { headers: { "accept-language": language } })).text();
  const reference = await page("/docs/api", "ko");
  for (const part of ["이미지 업로드", "직접 보내기", "필수", KO.reference.inQuery, "요청이 너무 많음"]) {
    assertStringIncludes(reference, part);
  }
  for (const part of ["Upload a picture", "Try it", ">required<", "In the query"]) {
    assert(!reference.includes(part), part);
    assertStringIncludes(await page("/docs/api", "en"), part);
  }
  const docs = await page("/docs", "ko");
  assertStringIncludes(docs, "1~10,000 사이의 정수");
  assert(!docs.includes("a whole number"));
  await app.close();
});

Deno.test("allowedText() and faultText() say in English what the API says", () => {
  for (const [, row] of PARAM_ENTRIES) {
    assertEquals(allowedText(row, EN.allowed, "en"), describeAllowed(row));
    if (row.kind === "version") continue;
    const value = `${"x".repeat(50)}"`;
    let message = "";
    try {
      parseParamValue(row, value);
    } catch (error) {
      message = (error as ParamError).message;
    }
    assertEquals(faultText(row, value, EN.allowed, "en"), message);
  }
});

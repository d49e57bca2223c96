import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startTestApp } from "../doubles/app.ts";

Deno.test("pricingPage() shows the plans as they are in the table", async () => {
  const app = await startTestApp();
  const response = await app.request("/pricing");
  assertEquals(response.status, 200);
  const page = await response.text();
  for (
    const part of [
      '<h2 id="plan-free">Free',
      '<h2 id="plan-pro">Pro',
      "$5",
      "10 GB",
      "50 GB",
      "1,000",
      "500",
      "Unlimited",
    ]
  ) {
    assertStringIncludes(page, part);
  }
  await app.close();
});

Deno.test("pricingPage() says limits as a sentence of its language does", async () => {
  const app = await startTestApp();
  const plain = async (language: string) => {
    const response = await app.request("/pricing", { headers: { "accept-language": language } });
    return (await response.text()).replace(/<\/?strong>/g, "");
  };
  assertStringIncludes(await plain("en"), "1,000 transformations a month");
  const korean = await plain("ko");
  for (const part of ["업로드 월 100회", "업로드 월 무제한", "저장 공간 10 GB", "대역폭 무제한"]) {
    assertStringIncludes(korean, part);
  }
  await app.close();
});

Deno.test("pricingPage() says that nothing is sold when quotas are off", async () => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  const page = await (await app.request("/pricing")).text();
  assertStringIncludes(page, "sells nothing");
  assert(!page.includes("plan-pro"));
  await app.close();
});

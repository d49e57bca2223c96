import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startTestApp } from "../doubles/app.ts";

Deno.test("pricingPage() shows the plans as they are in the table", async () => {
  const app = await startTestApp();
  const response = await app.request("/pricing");
  assertEquals(response.status, 200);
  const page = await response.text();
  for (const part of ["Free Plan", "Pro Plan", "$5", "10 GB", "50 GB", "1,000", "500", "Unlimited"]) {
    assertStringIncludes(page, part);
  }
  await app.close();
});

Deno.test("pricingPage() says that nothing is sold when quotas are off", async () => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  const page = await (await app.request("/pricing")).text();
  assertStringIncludes(page, "sells nothing");
  assert(!page.includes("Pro Plan"));
  await app.close();
});

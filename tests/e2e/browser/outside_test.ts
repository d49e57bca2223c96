/**
 * Sign-in by Clerk and plans by Stripe, as people see them: the real program configured for both, with a stub of
 * Clerk's issuer and of Stripe's API beside it. What is theirs (their own pages) is answered for them.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { EN } from "../../../routes/dashboard/_text/en.ts";
import { goodClaims, ISSUER, startIssuer, type TestIssuer } from "../../doubles/issuer.ts";
import { FakeStripe, STRIPE_ENV, stripeEvent, stripeSignature, stripeSubscription } from "../../doubles/stripe.ts";
import { axeFaults } from "./axe.ts";
import { browserTest, type Site, SKIPPED } from "./browser.ts";
import { overflow } from "./states.ts";

const { signIn, usage, pricing, settings } = EN;
const PUBLISHABLE_KEY = `pk_test_${btoa("clerk.example.com$")}`;

const issuer: TestIssuer | null = SKIPPED === null ? await startIssuer() : null;
const stripe = new FakeStripe();

/** What both outside services answer, over HTTP. */
async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/jwks.json") return Response.json(issuer!.jwks);
  const body = request.method === "GET" ? null : await request.text();
  return await stripe.fetch(request.url, { method: request.method, body });
}

const outside = SKIPPED === null ? Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer) : null;
outside?.unref();
const OUTSIDE_URL = `http://127.0.0.1:${outside?.addr.port ?? 0}`;

/** Nothing for axe-core, nothing cut off, in both themes. */
async function inspect(page: Page, state: string): Promise<void> {
  for (const [colorScheme, rules] of [["light", "all"], ["dark", "colours"]] as const) {
    await page.emulateMedia({ colorScheme });
    assertEquals([...await axeFaults(page, rules), ...await overflow(page)], [], `${state}, ${colorScheme}`);
  }
}

/** Clerk's and Stripe's own pages: their address as the page's text, so that nothing leaves the machine. */
async function standIn(context: BrowserContext): Promise<void> {
  await context.route(/^https:/, (route) => route.fulfill({ contentType: "text/plain", body: route.request().url() }));
}

/** The event that Stripe sends once somebody has paid, or stopped to. */
async function tellSubscription(site: Site, user: string, more: Record<string, unknown> = {}): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const items = { object: "list", data: [{ id: "si_1", current_period_end: now + 30 * 86_400 }] };
  stripe.subscription = stripeSubscription(user, { created: now, items, ...more });
  const body = JSON.stringify(stripeEvent("customer.subscription.created", stripe.subscription, Date.now()));
  const headers = { "stripe-signature": stripeSignature(body, Date.now()) };
  const answer = await fetch(`${site.url}/api/v1/webhooks/stripe`, { method: "POST", headers, body });
  await answer.body?.cancel();
  assertEquals(answer.status, 200);
}

/** Signs in at Clerk for the first time, and chooses a name here. */
async function comeFromClerk(site: Site, context: BrowserContext, page: Page): Promise<void> {
  await page.goto("/pricing");
  await page.getByRole("link", { name: pricing.upgrade }).click();
  await page.waitForURL("https://accounts.example.com/sign-up**");
  assertStringIncludes(page.url(), encodeURIComponent(`${site.url}/sign-in/clerk`));
  const token = await issuer!.sign(goodClaims(Date.now(), { sub: "user_1", email: "john@example.com" }));
  await context.addCookies([{ name: "__session", value: token, url: site.url }]);
  await page.goto("/sign-in/clerk");
  await page.waitForURL("**/welcome**");
  await inspect(page, "welcome");
  await page.getByLabel(signIn.userName).fill("john");
  await page.getByRole("button", { name: signIn.welcomeSubmit }).click();
  await page.waitForURL("**/images");
}

/** A passkey opens nothing where Clerk signs people in. */
async function findNoPasskeys(page: Page): Promise<void> {
  await page.goto("/settings");
  await page.getByRole("heading", { name: settings.account }).waitFor();
  assertEquals(await page.getByText(settings.passkeysLead).count(), 0);
}

async function buyAndCancel(site: Site, page: Page, user: string): Promise<void> {
  await page.goto("/pricing");
  await page.getByRole("link", { name: pricing.upgrade }).click();
  await page.waitForURL("**/usage#plan");
  await inspect(page, "usage on Free");
  await page.getByRole("button", { name: /^Go Pro/ }).click();
  await page.waitForURL("https://checkout.stripe.com/**");
  await tellSubscription(site, user);
  await page.goto("/usage");
  await page.getByText(/^Renews/).waitFor();
  await inspect(page, "usage on Pro");
  await page.getByRole("button", { name: usage.portal }).click();
  await page.waitForURL("https://billing.stripe.com/**");
  await page.goto("/usage");
  await page.getByRole("button", { name: usage.cancelPlan }).click();
  await page.getByText(usage.cancelled).waitFor();
  await inspect(page, "usage, cancelled");
  await page.getByRole("button", { name: usage.resumePlan }).click();
  await page.getByText(usage.resumed).waitFor();
}

browserTest("signed in by Clerk, paid by Stripe", async (site) => {
  const { context, page } = await site.open({ reducedMotion: "reduce" });
  await standIn(context);
  await comeFromClerk(site, context, page);
  await findNoPasskeys(page);
  const mine = await (await context.request.get(`${site.url}/api/v1/settings`)).json();
  await buyAndCancel(site, page, mine.settings.id);
}, {
  CLERK_ISSUER: ISSUER,
  CLERK_JWKS_URL: `${OUTSIDE_URL}/jwks.json`,
  CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
  ...STRIPE_ENV,
  STRIPE_API_URL: OUTSIDE_URL,
});

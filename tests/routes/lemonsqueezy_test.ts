/** LemonSqueezy's webhook over HTTP, with bodies signed in the test; two users throughout. */
import { assertEquals } from "@std/assert";
import { createHmac } from "node:crypto";
import { SubscriptionAnswer, WebhookAnswer } from "../../routes/api/v1/_schema/subscription.ts";
import { errorOf, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { START_MS } from "../doubles/state.ts";

const SECRET = "lemon-secret";
const ENV = {
  LEMONSQUEEZY_WEBHOOK_SECRET: SECRET,
  LEMONSQUEEZY_VARIANT_PRO: "11",
  LEMONSQUEEZY_VARIANT_PACK: "22",
};
const ENDS_MS = START_MS + 31 * 86_400_000;

async function withApp(
  run: (app: TestApp, john: TestUser, mary: TestUser, clock: { nowMs: number }) => Promise<void>,
  env: Record<string, string> = ENV,
) {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs, env });
  try {
    await run(app, await app.addUser("john", "free"), await app.addUser("mary", "free"), clock);
  } finally {
    await app.close();
  }
}

const sign = (body: string, secret = SECRET) => createHmac("sha256", secret).update(body).digest("hex");

function send(app: TestApp, body: string, signature: string | null = sign(body)): Promise<Response> {
  const headers: Record<string, string> = signature === null ? {} : { "x-signature": signature };
  return app.request("/api/v1/webhooks/lemonsqueezy", { method: "POST", headers, body });
}

function event(name: string, user: TestUser | null, id: string, attributes: Record<string, unknown>): string {
  const custom_data = user === null ? {} : { custom_data: { user_id: user.user.id } };
  return JSON.stringify({
    meta: { event_name: name, ...custom_data },
    data: { type: "subscriptions", id, attributes },
  });
}

const iso = (ms: number) => new Date(ms).toISOString().replace("Z", "000Z");

function subscription(user: TestUser | null, status: string, updatedAtMs: number, more: Record<string, unknown> = {}) {
  return event("subscription_updated", user, "s1", {
    customer_id: 7,
    variant_id: 11,
    status,
    card_brand: "visa",
    card_last_four: "4242",
    renews_at: iso(ENDS_MS),
    ends_at: status === "cancelled" ? iso(ENDS_MS) : null,
    created_at: iso(START_MS),
    updated_at: iso(updatedAtMs),
    urls: { update_payment_method: "https://store.lemonsqueezy.com/update/1" },
    ...more,
  });
}

async function told(app: TestApp, body: string): Promise<string> {
  const response = await send(app, body);
  assertEquals(response.status, 200);
  return WebhookAnswer.parse(await response.json()).message;
}

async function standing(app: TestApp, by: TestUser): Promise<SubscriptionAnswer> {
  return SubscriptionAnswer.parse(await (await app.request("/api/v1/subscription", { headers: by.auth })).json());
}

Deno.test("a subscription's life at LemonSqueezy is followed, for its user alone", () =>
  withApp(async (app, john, mary, clock) => {
    assertEquals(await told(app, subscription(john, "active", START_MS)), "Event taken into account");
    const now = await standing(app, john);
    assertEquals([now.plan, now.status, now.renews_at, now.card_last_four, now.update_payment_url], [
      "pro",
      "active",
      ENDS_MS / 1000,
      "4242",
      "https://store.lemonsqueezy.com/update/1",
    ]);
    await told(app, subscription(null, "cancelled", START_MS + 1000));
    const cancelled = await standing(app, john);
    assertEquals([cancelled.plan, cancelled.status, cancelled.ends_at], ["pro", "cancelling", ENDS_MS / 1000]);
    clock.nowMs = ENDS_MS;
    assertEquals((await standing(app, john)).plan, "free");
    await told(app, subscription(john, "expired", ENDS_MS));
    const ended = await standing(app, john);
    assertEquals([ended.plan, ended.status], ["free", "expired"]);
    assertEquals((await standing(app, mary)).plan, "free");
  }));

Deno.test("events that come twice, late or out of order change nothing", () =>
  withApp(async (app, john) => {
    const [first, second] = [subscription(john, "active", START_MS), subscription(john, "expired", START_MS + 1000)];
    await told(app, second);
    assertEquals(await told(app, first), "A later event was taken into account before");
    assertEquals(await told(app, second), "Event was taken into account before");
    assertEquals((await standing(app, john)).plan, "free");
  }));

Deno.test("packs fill the credits once an order, refunds and other goods don't", () =>
  withApp(async (app, john, mary) => {
    const order = (id: string, more: Record<string, unknown> = {}, item: Record<string, unknown> = {}) =>
      event("order_created", john, id, {
        customer_id: 7,
        status: "paid",
        first_order_item: { variant_id: 22, quantity: 2, ...item },
        ...more,
      });
    assertEquals(await told(app, order("o1")), "Event taken into account");
    assertEquals(
      await told(app, order("o1", { note: "sent again in another form" })),
      "Event was taken into account before",
    );
    for (
      const body of [
        order("o2", { status: "pending" }),
        order("o3", {}, { variant_id: 99 }),
        order("o4", {}, { quantity: 0 }),
      ]
    ) {
      assertEquals(await told(app, body), "Event of no meaning here");
    }
    assertEquals((await app.deps.quota.credits(john.user)).transformations, 20_000);
    assertEquals((await app.deps.quota.credits(mary.user)).transformations, 0);
  }));

Deno.test("payments are shown as invoices", () =>
  withApp(async (app, john) => {
    await told(
      app,
      event("subscription_payment_success", john, "i1", {
        customer_id: 7,
        total: 500,
        currency: "USD",
        status: "paid",
        created_at: iso(START_MS),
        urls: { invoice_url: "https://app.lemonsqueezy.com/i/1" },
      }),
    );
    assertEquals((await standing(app, john)).invoices.map((i) => [i.id, i.total_formatted, i.status, i.created_at]), [
      ["i1", "5.00 USD", "paid", new Date(START_MS).toISOString()],
    ]);
  }));

Deno.test("a subscription of LemonSqueezy is cancelled there: 501 here says so", () =>
  withApp(async (app, john) => {
    await told(app, subscription(john, "active", START_MS));
    const response = await app.request("/api/v1/subscription/cancel", { method: "POST", headers: john.auth });
    assertEquals([response.status, (await errorOf(response)).code], [501, "NOT_CONFIGURED"]);
  }));

Deno.test("lemonWebhook() answers 400 to what is not signed with the secret, 200 to what means nothing here", () =>
  withApp(async (app, john) => {
    const body = subscription(john, "active", START_MS);
    const bad: [string, string | null][] = [
      [body, null],
      [body, ""],
      [body, "0".repeat(64)],
      [body, sign(body, "other")],
      [body, sign(body).slice(2)],
      [body, `${sign(body)}00`],
      [body, "x".repeat(64)],
      [body.replace("active", "on_trial"), sign(body)],
      ["", sign("x")],
      ["{", sign("{")],
      ["x".repeat(10_000_000), sign("x")],
    ];
    for (const [text, signature] of bad) {
      const response = await send(app, text, signature);
      assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], `${signature}`);
    }
    const meaningless = [
      "null",
      "[]",
      "7",
      "{}",
      event("license_key_created", john, "l1", {}),
      event("subscription_updated", john, "s2", {}),
      subscription(john, "active", START_MS, { variant_id: 99 }),
      subscription(john, "active", START_MS, { updated_at: "yesterday" }),
    ];
    for (const text of meaningless) assertEquals(await told(app, text), "Event of no meaning here", text);
    const nobody = JSON.parse(body);
    nobody.meta.custom_data.user_id = "user_unknown";
    assertEquals(await told(app, JSON.stringify(nobody)), "Event of no user here");
    assertEquals((await standing(app, john)).plan, "free");
  }));

Deno.test("lemonWebhook() is 501 without its secret", () =>
  withApp(async (app, john) => {
    const response = await send(app, subscription(john, "active", START_MS));
    assertEquals([response.status, (await errorOf(response)).code], [501, "NOT_CONFIGURED"]);
  }, {}));

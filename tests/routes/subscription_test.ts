/** Subscriptions and Stripe's webhook over HTTP, with bodies signed in the test; two users throughout. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { RESOURCE_PACK } from "../../kv/plans.ts";
import {
  CancelAnswer,
  PageAnswer,
  ResumeAnswer,
  SubscriptionAnswer,
  WebhookAnswer,
} from "../../routes/api/v1/_schema/subscription.ts";
import { errorOf, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { START_MS } from "../doubles/state.ts";
import {
  type EventBody,
  FakeStripe,
  STRIPE_ENV,
  stripeEvent,
  stripeSignature,
  stripeSubscription,
} from "../doubles/stripe.ts";

const API = "/api/v1/subscription";
const PERIOD_END_MS = Date.UTC(2026, 0, 15) + 31 * 86_400_000;

interface World {
  readonly app: TestApp;
  readonly john: TestUser;
  readonly mary: TestUser;
  readonly stripe: FakeStripe;
  readonly clock: { nowMs: number };
}

async function withWorld(run: (world: World) => Promise<void>, env: Record<string, string> = STRIPE_ENV) {
  const clock = { nowMs: START_MS };
  const stripe = new FakeStripe();
  const app = await startTestApp({ now: () => clock.nowMs, env, fetch: stripe.fetch });
  try {
    const [john, mary] = [await app.addUser("john", "free"), await app.addUser("mary", "free")];
    await run({ app, john, mary, stripe, clock });
  } finally {
    await app.close();
  }
}

const post = (app: TestApp, path: string, by: TestUser, body?: string) =>
  app.request(API + path, { method: "POST", headers: by.auth, ...(body === undefined ? {} : { body }) });

async function standing(app: TestApp, by: TestUser): Promise<SubscriptionAnswer> {
  return SubscriptionAnswer.parse(await (await app.request(API, { headers: by.auth })).json());
}

function deliver({ app, clock }: World, event: EventBody): Promise<Response> {
  const body = JSON.stringify(event);
  const headers = { "stripe-signature": stripeSignature(body, clock.nowMs) };
  return app.request("/api/v1/webhooks/stripe", { method: "POST", headers, body });
}

async function told(world: World, event: EventBody): Promise<WebhookAnswer> {
  const response = await deliver(world, event);
  assertEquals(response.status, 200);
  return WebhookAnswer.parse(await response.json());
}

const subscribed = (user: TestUser, more: Record<string, unknown> = {}, atMs = START_MS) =>
  stripeEvent("customer.subscription.updated", stripeSubscription(user.user.id, more), atMs);

Deno.test("without Stripe's keys selling is 501 in the envelope and everything else works", () =>
  withWorld(async ({ app, john }) => {
    for (const path of ["/checkout", "/packs", "/portal", "/cancel", "/resume"]) {
      const response = await post(app, path, john, "{");
      const error = await errorOf(response);
      assertEquals([response.status, error.code, error.status], [501, "NOT_CONFIGURED", 501], path);
      assertStringIncludes(error.message, "STRIPE_SECRET_KEY");
    }
    const webhook = await app.request("/api/v1/webhooks/stripe", { method: "POST", body: "{}" });
    assertEquals([webhook.status, (await errorOf(webhook)).code], [501, "NOT_CONFIGURED"]);
    assertEquals(app.logged.filter(({ level }) => level === "error"), [], "it is no fault of the server");
    assertEquals(await standing(app, john), {
      plan: "free",
      plan_name: "Free Plan",
      status: "active",
      renews_at: null,
      ends_at: null,
      card_brand: null,
      card_last_four: null,
      update_payment_url: null,
      invoices: [],
    });
  }, {}));

Deno.test("checkoutPro() gives Stripe's page, which is told the user and the price", () =>
  withWorld(async ({ app, john, stripe }) => {
    const answer = PageAnswer.parse(await (await post(app, "/checkout", john)).json());
    assertEquals(answer.url, "https://checkout.stripe.com/c/pay/cs_1");
    const { path, form } = stripe.calls[0]!;
    assertEquals([path, form.mode, form["line_items[0][price]"], form.client_reference_id], [
      "/v1/checkout/sessions",
      "subscription",
      "price_pro",
      john.user.id,
    ]);
    assertEquals(form["subscription_data[metadata][user_id]"], john.user.id);
  }));

Deno.test("a subscription that Stripe tells of is Pro at once, for its user alone", () =>
  withWorld(async (world) => {
    const { app, john, mary } = world;
    assertEquals(await told(world, subscribed(john)), {
      received: true,
      message: "Event taken into account",
      duplicate: false,
    });
    const now = await standing(app, john);
    assertEquals([now.plan, now.plan_name, now.status, now.renews_at], [
      "pro",
      "Pro Plan",
      "active",
      PERIOD_END_MS / 1000,
    ]);
    assertEquals((await standing(app, mary)).plan, "free");
    assertEquals((await post(app, "/checkout", john)).status, 409);
  }));

Deno.test("cancelSubscription() lets what is paid for run to its end, resumeSubscription() goes on", () =>
  withWorld(async (world) => {
    const { app, john, mary, stripe } = world;
    stripe.subscription = stripeSubscription(john.user.id);
    for (const path of ["/cancel", "/resume"]) {
      const response = await post(app, path, john);
      assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], path);
    }
    await told(world, subscribed(john));
    assertEquals((await post(app, "/resume", john)).status, 400);
    assertEquals((await post(app, "/cancel", mary)).status, 400);
    const cancelled = CancelAnswer.parse(await (await post(app, "/cancel", john, "null")).json());
    assertEquals([cancelled.plan_status, cancelled.subscription_ends_at], ["cancelling", PERIOD_END_MS / 1000]);
    const now = await standing(app, john);
    assertEquals([now.plan, now.status, now.renews_at, now.ends_at], [
      "pro",
      "cancelling",
      null,
      PERIOD_END_MS / 1000,
    ]);
    assertEquals((await post(app, "/cancel", john)).status, 400);
    const resumed = ResumeAnswer.parse(await (await post(app, "/resume", john)).json());
    assertEquals([resumed.plan_status, resumed.renews_at], ["active", PERIOD_END_MS / 1000]);
    assertEquals(stripe.calls.map((c) => [c.path, c.form.cancel_at_period_end]), [
      ["/v1/subscriptions/sub_1", "true"],
      ["/v1/subscriptions/sub_1", "false"],
    ]);
  }));

Deno.test("what was paid for ends with its period, whether or not Stripe says so", () =>
  withWorld(async (world) => {
    const { app, john, clock } = world;
    await told(world, subscribed(john, { cancel_at_period_end: true }));
    clock.nowMs = PERIOD_END_MS - 1;
    assertEquals((await standing(app, john)).plan, "pro");
    clock.nowMs = PERIOD_END_MS;
    const ended = await standing(app, john);
    assertEquals([ended.plan, ended.status, ended.ends_at], ["free", "expired", PERIOD_END_MS / 1000]);
    const later = subscribed(john, { id: "sub_2", created: PERIOD_END_MS / 1000 }, PERIOD_END_MS);
    await told(world, later);
    assertEquals((await standing(app, john)).plan, "pro");
  }));

Deno.test("a subscription that ends at once is Free at once; one that never was paid for takes nothing away", () =>
  withWorld(async (world) => {
    const { app, john, mary } = world;
    await told(world, subscribed(john));
    await told(
      world,
      stripeEvent(
        "customer.subscription.deleted",
        stripeSubscription(john.user.id, { status: "canceled" }),
        START_MS + 1000,
      ),
    );
    const ended = await standing(app, john);
    assertEquals([ended.plan, ended.status], ["free", "expired"]);
    await app.deps.users.setPlan(mary.user.id, "pro");
    await told(world, subscribed(mary, { id: "sub_m", customer: "cus_m", status: "incomplete" }));
    await told(
      world,
      subscribed(mary, { id: "sub_m", customer: "cus_m", status: "incomplete_expired" }, START_MS + 1000),
    );
    assertEquals((await standing(app, mary)).plan, "pro");
  }));

for (
  const status of ["active", "trialing", "past_due", "incomplete", "incomplete_expired", "unpaid", "canceled", "paused"]
) {
  const plan = ["active", "trialing", "past_due"].includes(status) ? "pro" : "free";
  Deno.test(`a subscription that is ${status} means ${plan}`, () =>
    withWorld(async (world) => {
      await told(world, subscribed(world.john, { status }));
      assertEquals((await standing(world.app, world.john)).plan, plan);
    }));
}

/** A subscription's life as Stripe tells it. */
function lifeOf(user: TestUser): EventBody[] {
  const at = (seconds: number) => START_MS + seconds * 1000;
  const s = (more: Record<string, unknown>) => stripeSubscription(user.user.id, more);
  return [
    stripeEvent("customer.subscription.created", s({ status: "incomplete" }), at(0)),
    stripeEvent("customer.subscription.updated", s({ status: "active" }), at(0)),
    stripeEvent("customer.subscription.updated", s({ cancel_at_period_end: true }), at(100)),
    stripeEvent("customer.subscription.updated", s({ cancel_at_period_end: false }), at(200)),
    stripeEvent("customer.subscription.updated", s({ status: "past_due" }), at(300)),
    stripeEvent("customer.subscription.updated", s({ status: "active", cancel_at_period_end: true }), at(400)),
  ];
}

Deno.test("events in any order, each once or more, end where the last one left off", () =>
  withWorld(async (world) => {
    const random = seededRandom(7);
    for (let round = 0; round < 25; round++) {
      const user = await world.app.addUser(`user-${round}`, "free");
      const events = lifeOf(user).map((e) => ({
        ...e,
        data: { object: { ...e.data.object, id: `sub_${round}`, customer: `cus_${round}` } },
      }));
      const isOver = round % 2 === 0;
      if (isOver) {
        const object = { ...events[0]!.data.object, status: "canceled" };
        events.push(stripeEvent("customer.subscription.deleted", object, START_MS + 500_000) as never);
      }
      const order = [...events, ...events.filter(() => random.integer(0, 2) === 0)]
        .map((event) => ({ event, key: random.integer(0, 1e9) })).sort((a, b) => a.key - b.key).map((e) => e.event);
      for (const event of order) await told(world, event);
      const { plan, status } = await standing(world.app, user);
      assertEquals([plan, status], isOver ? ["free", "expired"] : ["pro", "cancelling"], order.map((e) => e.id).join());
    }
  }));

Deno.test("twenty deliveries of one event at once are taken into account once", () =>
  withWorld(async (world) => {
    const event = paidPacks(world.john, 3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => told(world, event)));
    assertEquals(answers.filter((a) => !a.duplicate).length, 1);
    const { api_requests } = await world.app.deps.quota.credits(world.john.user);
    assertEquals(api_requests, 3 * RESOURCE_PACK.credits.api_requests);
  }));

Deno.test("of two updates within one second Stripe is asked which one holds", () =>
  withWorld(async (world) => {
    const { app, john, stripe } = world;
    await told(world, subscribed(john, { cancel_at_period_end: true }));
    stripe.subscription = stripeSubscription(john.user.id, { cancel_at_period_end: true });
    await told(world, subscribed(john, { cancel_at_period_end: false }));
    assertEquals(stripe.calls.map((c) => c.path), ["/v1/subscriptions/sub_1"]);
    assertEquals((await standing(app, john)).status, "cancelling");
    stripe.failure = 500;
    const failed = await deliver(world, subscribed(john, { cancel_at_period_end: false }));
    assertEquals([failed.status, (await errorOf(failed)).code], [502, "UPSTREAM_ERROR"]);
  }));

Deno.test("the late end of an old subscription doesn't end the new one", () =>
  withWorld(async (world) => {
    const { app, john } = world;
    await told(world, subscribed(john));
    const again = { id: "sub_2", created: START_MS / 1000 + 1000 };
    await told(world, subscribed(john, again, START_MS + 1_000_000));
    const ended = stripeSubscription(john.user.id, { status: "canceled" });
    const answer = await told(world, stripeEvent("customer.subscription.deleted", ended, START_MS + 2_000_000));
    assertEquals(answer.message, "A later event was taken into account before");
    assertEquals((await standing(app, john)).plan, "pro");
    const last = stripeSubscription(john.user.id, { ...again, status: "canceled" });
    await told(world, stripeEvent("customer.subscription.deleted", last, START_MS + 3_000_000));
    assertEquals((await standing(app, john)).plan, "free");
  }));

function paidPacks(user: TestUser, packs: unknown, more: Record<string, unknown> = {}): EventBody {
  const session = {
    id: "cs_packs",
    object: "checkout.session",
    mode: "payment",
    payment_status: "paid",
    customer: "cus_1",
    client_reference_id: user.user.id,
    metadata: { user_id: user.user.id, packs: String(packs) },
    ...more,
  };
  return stripeEvent("checkout.session.completed", session, START_MS);
}

Deno.test("packs that are paid fill the credits at once, once an order, for their user alone", () =>
  withWorld(async (world) => {
    const { app, john, mary, stripe } = world;
    const refused = await post(app, "/packs", john, "{");
    assertEquals([refused.status, (await errorOf(refused)).code], [403, "FORBIDDEN"]);
    await told(world, subscribed(john));
    const page = await post(app, "/packs", john, JSON.stringify({ quantity: 2, unknown: true }));
    PageAnswer.parse(await page.json());
    const { form } = stripe.calls[0]!;
    assertEquals([form.mode, form["line_items[0][quantity]"], form["metadata[packs]"], form.customer], [
      "payment",
      "2",
      "2",
      "cus_1",
    ]);
    const credits = () => app.deps.quota.credits(john.user);
    await told(world, paidPacks(john, 2, { payment_status: "unpaid" }));
    assertEquals((await credits()).transformations, 0);
    const succeeded = { ...paidPacks(john, 2), type: "checkout.session.async_payment_succeeded" };
    await told(world, succeeded);
    const paid = { storage_bytes: 20 * 1024 ** 3, api_requests: 20_000, transformations: 20_000 };
    assertEquals(await credits(), paid);
    await told(world, paidPacks(john, 2));
    assertEquals(await credits(), paid);
    await told(world, paidPacks(john, 1, { id: "cs_other" }));
    assertEquals((await credits()).transformations, 30_000);
    assertEquals((await app.deps.quota.credits(mary.user)).transformations, 0);
    for (const packs of [0, -1, 1.5, 1_001, "x", ""]) await told(world, paidPacks(john, packs, { id: `cs_${packs}` }));
    assertEquals((await credits()).transformations, 30_000);
  }));

Deno.test("invoices and the card are shown to their user, a paid invoice stays paid", () =>
  withWorld(async (world) => {
    const { app, john, mary } = world;
    await told(world, subscribed(john));
    const invoice = (status: string, more: Record<string, unknown> = {}) => ({
      id: "in_1",
      customer: "cus_1",
      created: START_MS / 1000,
      total: 500,
      currency: "usd",
      status,
      hosted_invoice_url: "https://invoice.stripe.com/i/1",
      ...more,
    });
    await told(world, stripeEvent("invoice.paid", invoice("paid"), START_MS + 1000));
    await told(world, stripeEvent("invoice.finalized", invoice("open"), START_MS));
    const parent = { subscription_details: { metadata: { user_id: john.user.id } } };
    const second = invoice("open", { id: "in_2", customer: "cus_unknown", created: START_MS / 1000 + 5, parent });
    await told(world, stripeEvent("invoice.payment_failed", second, START_MS));
    const card = { payment_method_details: { card: { brand: "visa", last4: "4242" } }, customer: "cus_1" };
    await told(world, stripeEvent("charge.succeeded", card, START_MS));
    const now = await standing(app, john);
    assertEquals([now.card_brand, now.card_last_four], ["visa", "4242"]);
    assertEquals(now.invoices.map((i) => [i.id, i.status, i.total, i.total_formatted]), [
      ["in_2", "open", 500, "5.00 USD"],
      ["in_1", "paid", 500, "5.00 USD"],
    ]);
    assertEquals((await standing(app, mary)).invoices, []);
  }));

Deno.test("billingPortal() needs somebody who paid", () =>
  withWorld(async (world) => {
    const { app, john, mary, stripe } = world;
    await told(world, subscribed(john));
    assertEquals((await post(app, "/portal", mary)).status, 400);
    PageAnswer.parse(await (await post(app, "/portal", john)).json());
    assertEquals([stripe.calls[0]?.path, stripe.calls[0]?.form.customer], ["/v1/billing_portal/sessions", "cus_1"]);
  }));

Deno.test("events of nobody here, and of no meaning, are received and change nothing", () =>
  withWorld(async (world) => {
    const unknown = stripeSubscription("user_unknown");
    assertEquals(
      (await told(world, stripeEvent("customer.subscription.updated", unknown, START_MS))).message,
      "Event of no user here",
    );
    const foreign = stripeSubscription("", { metadata: {}, customer: "cus_unknown" });
    assertEquals(
      (await told(world, stripeEvent("customer.subscription.updated", foreign, START_MS))).message,
      "Event of no user here",
    );
    for (const type of ["customer.created", "constructor", "__proto__"]) {
      assertEquals((await told(world, stripeEvent(type, {}, START_MS))).message, "Event of no meaning here");
    }
    const odd = { ...stripeSubscription(world.john.user.id), customer: null };
    assertEquals(
      (await told(world, stripeEvent("customer.subscription.updated", odd, START_MS))).message,
      "Event of no meaning here",
    );
  }));

Deno.test("stripeWebhook() answers 400 to every body that Stripe did not just sign", () =>
  withWorld(async ({ app, john, clock }) => {
    const body = JSON.stringify(subscribed(john));
    const good = stripeSignature(body, clock.nowMs);
    const bad: [string, string, Record<string, string>][] = [
      ["no signature", body, {}],
      ["an empty one", body, { "stripe-signature": "" }],
      ["no signature at all", body, { "stripe-signature": "t=1" }],
      ["another secret", body, { "stripe-signature": stripeSignature(body, clock.nowMs, "whsec_other") }],
      ["an empty secret", body, { "stripe-signature": stripeSignature(body, clock.nowMs, "") }],
      ["a changed body", body.replace("active", "trialing"), { "stripe-signature": good }],
      ["five minutes and a second ago", body, { "stripe-signature": stripeSignature(body, clock.nowMs - 301_000) }],
      ["another scheme", body, { "stripe-signature": good.replace("v1=", "v0=") }],
      ["no body", "", { "stripe-signature": good }],
      ["10 MB", "x".repeat(10_000_000), { "stripe-signature": good }],
    ];
    for (const [what, text, headers] of bad) {
      const response = await app.request("/api/v1/webhooks/stripe", { method: "POST", headers, body: text });
      assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], what);
    }
    const notJson = "{";
    const headers = { "stripe-signature": stripeSignature(notJson, clock.nowMs) };
    assertEquals(
      (await app.request("/api/v1/webhooks/stripe", { method: "POST", headers, body: notJson })).status,
      400,
    );
    assertEquals((await standing(app, john)).plan, "free");
  }));

Deno.test("checkoutPacks() answers 400 to bad numbers, after the plan", () =>
  withWorld(async (world) => {
    const { app, john, mary } = world;
    await told(world, subscribed(john));
    for (
      const body of [
        "{",
        "[]",
        '"x"',
        ...[0, 101, 1.5, "2", null, [], {}, true].map((quantity) => JSON.stringify({ quantity })),
      ]
    ) {
      const response = await post(app, "/packs", john, body);
      assertEquals([response.status, (await errorOf(response)).code], [400, "VALIDATION_ERROR"], body);
    }
    for (const body of [undefined, "", "null", "{}", '{"quantity":1}', '{"quantity":100}']) {
      assertEquals((await post(app, "/packs", john, body)).status, 200, body);
    }
    assertEquals((await post(app, "/packs", mary, "{")).status, 403);
  }));

Deno.test("Stripe's failures are 502 in the envelope; keys without the scope are 403", () =>
  withWorld(async (world) => {
    const { app, john, stripe } = world;
    await told(world, subscribed(john));
    stripe.failure = 402;
    for (const path of ["/packs", "/portal", "/cancel"]) {
      const response = await post(app, path, john);
      assertEquals([response.status, (await errorOf(response)).code], [502, "UPSTREAM_ERROR"], path);
    }
    assertEquals((await standing(app, john)).status, "active");
    const reader = await app.addUser("reader", "pro", ["read"]);
    for (const path of ["/checkout", "/packs", "/portal", "/cancel", "/resume"]) {
      assertEquals((await post(app, path, reader, "{")).status, 403, path);
    }
  }));

Deno.test("an account goes once its subscription is cancelled, and events of it mean nobody from then on", () =>
  withWorld(async (world) => {
    const { app, john, mary, stripe } = world;
    stripe.subscription = stripeSubscription(john.user.id);
    await told(world, subscribed(john));
    const remove = async (by: TestUser) => {
      const body = JSON.stringify({ confirm: by.user.name });
      return (await app.request("/api/v1/account", { method: "DELETE", headers: by.auth, body })).status;
    };
    assertEquals(await remove(john), 409);
    assertEquals((await post(app, "/cancel", john)).status, 200);
    assertEquals([await remove(john), await remove(mary)], [200, 200]);
    await app.settled();
    const ended = stripeSubscription(john.user.id, { status: "canceled" });
    const event = stripeEvent("customer.subscription.deleted", ended, START_MS + 1000);
    assertEquals((await told(world, event)).message, "Event of no user here");
    const unnoted = stripeSubscription("", { metadata: {} });
    const byCustomer = stripeEvent("customer.subscription.updated", unnoted, START_MS + 2000);
    assertEquals((await told(world, byCustomer)).message, "Event of no user here");
  }));

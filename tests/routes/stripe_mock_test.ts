/** What is sent to Stripe, against stripe-mock, which checks requests by Stripe's own OpenAPI document. */
import { assert, assertEquals } from "@std/assert";
import { PageAnswer } from "../../routes/api/v1/_schema/subscription.ts";
import { startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { START_MS } from "../doubles/state.ts";
import { startListening } from "../servers/listening.ts";
import { STRIPE_ENV, stripeEvent, stripeSignature, stripeSubscription } from "../doubles/stripe.ts";

const HOME = Deno.env.get("HOME") ?? "";
const PLACES = ["stripe-mock", `${HOME}/.cache/imgsrc/bin/stripe-mock`, `${HOME}/go/bin/stripe-mock`];

async function findMock(): Promise<string | null> {
  for (const path of PLACES) {
    if (await hasProgram(path, ["-version"])) return path;
  }
  return null;
}

const MOCK = await findMock();
if (MOCK === null) console.log("skipped: calls of Stripe, since stripe-mock is not installed");

/** Every call that was made, with the status that stripe-mock gave. */
type Calls = { readonly path: string; readonly status: number }[];

async function withMock(run: (app: TestApp, john: TestUser, calls: Calls) => Promise<void>): Promise<void> {
  const { port, child: mock } = await startListening((port) =>
    new Deno.Command(MOCK!, { args: ["-http-port", String(port)], stdout: "null", stderr: "null" }).spawn()
  );
  const url = `http://127.0.0.1:${port}`;
  const calls: Calls = [];
  const clock = { nowMs: START_MS };
  try {
    const app = await startTestApp({
      now: () => clock.nowMs,
      env: { ...STRIPE_ENV, STRIPE_API_URL: url },
      fetch: async (address, init) => {
        const response = await fetch(address, init);
        calls.push({ path: new URL(address).pathname, status: response.status });
        return response;
      },
    });
    try {
      const john = await app.addUser("john", "free");
      await run(app, john, calls);
    } finally {
      await app.close();
    }
  } finally {
    mock.kill();
    await mock.status;
  }
}

async function subscribe(app: TestApp, user: TestUser): Promise<void> {
  const body = JSON.stringify(stripeEvent("customer.subscription.created", stripeSubscription(user.user.id), START_MS));
  const headers = { "stripe-signature": stripeSignature(body, START_MS) };
  const response = await app.request("/api/v1/webhooks/stripe", { method: "POST", headers, body });
  assertEquals(response.status, 200);
}

Deno.test({
  name: "every call of Stripe is one that its API document allows",
  ignore: MOCK === null,
  fn: () =>
    withMock(async (app, john, calls) => {
      const post = (path: string) =>
        app.request(`/api/v1/subscription/${path}`, { method: "POST", headers: john.auth, body: "null" });
      const bought = await post("checkout");
      assertEquals(bought.status, 200);
      PageAnswer.parse(await bought.json());
      await subscribe(app, john);
      for (const path of ["packs", "portal"]) {
        const response = await post(path);
        assertEquals(response.status, 200, path);
        PageAnswer.parse(await response.json());
      }
      assertEquals((await post("cancel")).status, 200);
      const news = await app.deps.stripe.retrieve("sub_1");
      assertEquals([news.provider, news.id, typeof news.customer], ["stripe", "sub_1", "string"]);
      assert(news.periodEndMs !== null && news.createdAtMs > 0);
      assertEquals(calls, [
        { path: "/v1/checkout/sessions", status: 200 },
        { path: "/v1/checkout/sessions", status: 200 },
        { path: "/v1/billing_portal/sessions", status: 200 },
        { path: "/v1/subscriptions/sub_1", status: 200 },
        { path: "/v1/subscriptions/sub_1", status: 200 },
      ]);
    }),
});

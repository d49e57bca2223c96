/** F20: what payment providers tell twice, late, out of order, and to a server that dies before it has answered. */
import { createHmac } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { RESOURCE_PACK } from "../../kv/plans.ts";
import { startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { START_MS } from "../doubles/state.ts";
import { type EventBody, STRIPE_ENV, stripeEvent, stripeSignature } from "../doubles/stripe.ts";
import { testRow } from "./test_row.ts";

const LEMON_SECRET = "lemon-secret";
const LEMON_ENV = {
  LEMONSQUEEZY_WEBHOOK_SECRET: LEMON_SECRET,
  LEMONSQUEEZY_VARIANT_PRO: "11",
  LEMONSQUEEZY_VARIANT_PACK: "22",
};
const EVENTS = 1_000;

/** A request to a webhook. */
interface Delivery {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function lemonOrder(user: string, id: string): Delivery {
  const body = JSON.stringify({
    meta: { event_name: "order_created", custom_data: { user_id: user } },
    data: {
      type: "orders",
      id,
      attributes: { customer_id: 7, status: "paid", first_order_item: { variant_id: 22, quantity: 1 } },
    },
  });
  const signature = createHmac("sha256", LEMON_SECRET).update(body).digest("hex");
  return { path: "/api/v1/webhooks/lemonsqueezy", headers: { "x-signature": signature }, body };
}

function stripeOrder(user: string, id: string, atMs: number): Delivery {
  const event: EventBody = stripeEvent("checkout.session.completed", {
    id,
    object: "checkout.session",
    mode: "payment",
    payment_status: "paid",
    customer: "cus_1",
    client_reference_id: user,
    metadata: { user_id: user, packs: "1" },
  }, atMs);
  const body = JSON.stringify(event);
  return { path: "/api/v1/webhooks/stripe", headers: { "stripe-signature": stripeSignature(body, atMs) }, body };
}

const transformsOf = (packs: number) => packs * RESOURCE_PACK.credits.transformations;

async function deliver(app: TestApp, { path, headers, body }: Delivery): Promise<void> {
  const response = await app.request(path, { method: "POST", headers, body });
  await response.body?.cancel();
  assertEquals(response.status, 200);
}

testRow(
  "F20",
  `${EVENTS} orders of two providers, each sent two or three times, shuffled, fifty at once`,
  async (measure) => {
    const app = await startTestApp({ now: () => START_MS, env: { ...STRIPE_ENV, ...LEMON_ENV } });
    try {
      const random = seededRandom(20);
      const [john, mary]: TestUser[] = [await app.addUser("john"), await app.addUser("mary")];
      const orders = Array.from(
        { length: EVENTS },
        (_, n) => n % 2 === 0 ? lemonOrder(john!.user.id, `o${n}`) : stripeOrder(john!.user.id, `cs_${n}`, START_MS),
      );
      const sent = orders.flatMap((order) => Array.from({ length: random.integer(2, 3) }, () => order))
        .map((order) => ({ order, at: random.integer(0, 1e9) })).sort((a, b) => a.at - b.at).map(({ order }) => order);
      const waiting = [...sent];
      await Promise.all(Array.from({ length: 50 }, async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await deliver(app, next);
      }));
      const credits = await app.deps.quota.credits(john!.user);
      assertEquals(credits.transformations, transformsOf(EVENTS));
      assertEquals((await app.deps.quota.credits(mary!.user)).transformations, 0);
      measure(`${sent.length} deliveries of ${EVENTS} orders: each counted once, 0 lost`);
    } finally {
      await app.close();
    }
  },
);

const ROUNDS = Number(Deno.env.get("KILLS") ?? 30) / 6;

testRow(
  "F20",
  `a server killed between an event and its answer, ${ROUNDS} times`,
  (measure) =>
    withFolder(async (folder) => {
      const random = seededRandom(200);
      const env = { DATA_DIR: folder, GATE: "off", ...LEMON_ENV };
      let server: TestServer = await startServer(env);
      const key = (await Deno.readTextFile(`${folder}/first-key`)).trim();
      const headers = { authorization: `Bearer ${key}` };
      const { settings } = await (await fetch(`${server.url}/api/v1/settings`, { headers })).json();
      /** As a provider: sends what got no answer again. */
      const unanswered = new Map<string, Delivery>();
      let [orders, sent] = [0, 0];
      const send = async (id: string) => {
        const { path, headers, body } = unanswered.get(id)!;
        sent++;
        try {
          const response = await fetch(server.url + path, { method: "POST", headers, body });
          await response.text();
          if (response.status === 200) unanswered.delete(id);
        } catch { /* no answer: sent again */ }
      };
      for (let round = 0; round < ROUNDS; round++) {
        for (let n = 0; n < 40; n++) unanswered.set(`o${orders}`, lemonOrder(settings.id, `o${orders++}`));
        const killing = new Promise<void>((resolve) =>
          setTimeout(() => {
            server.signal("SIGKILL");
            resolve();
          }, random.integer(5, 120))
        );
        await Promise.all([...unanswered.keys()].map(send));
        await killing;
        await server.ended;
        server = await startServer(env);
      }
      while (unanswered.size > 0) await Promise.all([...unanswered.keys()].map(send));
      const { credits } = await (await fetch(`${server.url}/api/v1/usage`, { headers })).json();
      assertEquals(credits.transformations, transformsOf(orders));
      server.signal("SIGTERM");
      await server.ended;
      assert(sent >= orders);
      measure(`${ROUNDS} kills: ${orders} orders in ${sent} deliveries, each counted once, 0 lost`);
    }),
);

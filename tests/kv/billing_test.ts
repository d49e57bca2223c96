import { assertEquals } from "@std/assert";
import { Billing, type SubscriptionNews } from "../../kv/billing.ts";
import type { UserId, UserName } from "../../kv/ids.ts";
import { Quota } from "../../kv/quota.ts";
import { UsageBuffer } from "../../kv/usage.ts";
import { Users } from "../../kv/users.ts";
import { openState, START_MS, type TestState, testUserId } from "../doubles/state.ts";

async function withUsers(
  run: (state: TestState, billing: Billing, users: Users, john: UserId, mary: UserId) => Promise<void>,
) {
  using state = await openState();
  const users = new Users(state.store, state.deps);
  const make = async (name: string) => (await users.create(name as UserName, null, "free"))!.id;
  await run(state, new Billing(state.store, state.deps.now), users, await make("john"), await make("mary"));
}

function news(more: Partial<SubscriptionNews> = {}): SubscriptionNews {
  return {
    provider: "stripe",
    id: "sub_1",
    customer: "cus_1",
    createdAtMs: START_MS,
    isPaid: true,
    isCancelling: false,
    periodEndMs: START_MS + 1_000_000,
    updatePaymentUrl: null,
    toldAtMs: START_MS,
    toldRank: 1,
    ...more,
  };
}

Deno.test("applySubscription() changes user, subscription and customer in one commit, for one user", () =>
  withUsers(async (_state, billing, users, john, mary) => {
    assertEquals(await billing.applySubscription(john, news(), "e1", false), "applied");
    assertEquals((await users.get(john))?.plan, "pro");
    assertEquals(await billing.userOfCustomer("stripe", "cus_1"), john);
    assertEquals(await billing.customerOf(john, "stripe"), "cus_1");
    assertEquals(await billing.userOfCustomer("lemonsqueezy", "cus_1"), null);
    assertEquals([(await users.get(mary))?.plan, await billing.subscription(mary)], ["free", null]);
  }));

Deno.test("applySubscription() knows an event again, also when twenty come at once", () =>
  withUsers(async (_state, billing, _users, john) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => billing.applySubscription(john, news(), "e1", false)),
    );
    assertEquals(outcomes.sort(), ["applied", ...Array.from({ length: 19 }, () => "duplicate" as const)]);
    assertEquals(await billing.isSeen("stripe", "e1"), true);
    assertEquals(await billing.isSeen("lemonsqueezy", "e1"), false);
  }));

Deno.test("applySubscription() leaves unknown users and unclear news undone, so that they may come again", () =>
  withUsers(async (_state, billing, _users, john) => {
    assertEquals(await billing.applySubscription(testUserId(9), news(), "e1", false), "no_user");
    assertEquals(await billing.isSeen("stripe", "e1"), false);
    await billing.applySubscription(john, news(), "e2", false);
    const other = news({ isCancelling: true });
    assertEquals(await billing.applySubscription(john, other, "e3", false), "ambiguous");
    assertEquals(await billing.isSeen("stripe", "e3"), false);
    assertEquals(await billing.applySubscription(john, other, "e3", true), "applied");
    assertEquals((await billing.subscription(john))?.isCancelling, true);
  }));

Deno.test("applySubscription() puts events of one second in the order of their kinds", () =>
  withUsers(async (_state, billing, users, john) => {
    await billing.applySubscription(john, news({ toldRank: 2, isPaid: false }), "deleted", false);
    assertEquals(await billing.applySubscription(john, news({ toldRank: 1 }), "updated", false), "stale");
    assertEquals(await billing.applySubscription(john, news({ toldRank: 0 }), "created", false), "stale");
    assertEquals((await users.get(john))?.plan, "free");
  }));

Deno.test("adopt() takes an answer of the provider without making later events stale", () =>
  withUsers(async (_state, billing, users, john) => {
    await billing.applySubscription(john, news(), "e1", false);
    await billing.adopt(john, news({ isCancelling: true, toldAtMs: START_MS + 9_000_000 }));
    assertEquals((await users.get(john))?.billing, { status: "cancelling", endsAtMs: START_MS + 1_000_000 });
    assertEquals(await billing.applySubscription(john, news({ toldAtMs: START_MS + 1_000 }), "e2", false), "applied");
    assertEquals((await users.get(john))?.billing?.status, "active");
    await billing.adopt(john, news({ id: "sub_other", isPaid: false }));
    assertEquals((await users.get(john))?.plan, "pro");
  }));

Deno.test("get() gives a user the plan that is paid for now, and settings written later don't bring it back", () =>
  withUsers(async (state, billing, users, john) => {
    await billing.applySubscription(john, news({ isCancelling: true }), "e1", false);
    state.clock.nowMs = START_MS + 999_999;
    assertEquals((await users.get(john))?.plan, "pro");
    state.clock.nowMs++;
    await users.update(john, (u) => ({ ...u, settings: { ...u.settings, theme: "dark" } }));
    const user = await users.get(john);
    assertEquals([user?.plan, user?.billing?.status, user?.settings.theme], ["free", "expired", "dark"]);
  }));

Deno.test("addPacks() adds exactly what was paid, with spending and other orders going on at once", () =>
  withUsers(async (state, billing, users, john, mary) => {
    const usage = new UsageBuffer(state.store, state.deps.now, state.deps.newUuid);
    const quota = new Quota(state.store, usage, state.deps.now, true);
    await users.setPlan(john, "pro");
    const orders = Array.from({ length: 12 }, (_, n) => billing.addPacks(john, "stripe", `o${n % 4}`, 1 + (n % 4)));
    const outcomes = await Promise.all(orders);
    assertEquals(outcomes.filter((o) => o === "applied").length, 4);
    assertEquals((await quota.credits({ id: john })).transformations, 10_000 * (1 + 2 + 3 + 4));
    assertEquals((await quota.credits({ id: mary })).transformations, 0);
    assertEquals(await billing.addPacks(testUserId(9), "stripe", "o9", 1), "no_user");
  }));

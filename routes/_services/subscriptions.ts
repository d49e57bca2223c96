/**
 * A user's subscription: as it stands, bought, ended, taken up again.
 *
 * @module
 */
import type { UserId } from "../../kv/ids.ts";
import { PLANS } from "../../kv/plans.ts";
import type { BillingState, InvoiceRecord, PlanName, SubscriptionRecord, UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";

type SubscriptionDeps = Pick<Deps, "billing" | "users" | "stripe">;

/** A subscription as it stands. */
export interface Standing {
  readonly user: UserRecord;
  readonly planTitle: string;
  readonly state: BillingState;
  readonly subscription: SubscriptionRecord | null;
  readonly invoices: readonly InvoiceRecord[];
}

/** How the payment of a user stands; `active` for whoever never paid. */
export function billingStateOf(user: UserRecord): BillingState {
  return user.billing ?? { status: "active", endsAtMs: null };
}

/** A user's subscription with its invoices. */
export async function standing(deps: SubscriptionDeps, user: UserRecord): Promise<Standing> {
  const [subscription, invoices] = await Promise.all([
    deps.billing.subscription(user.id),
    deps.billing.invoices(user.id),
  ]);
  return { user, planTitle: PLANS[user.plan].title, state: billingStateOf(user), subscription, invoices };
}

/** Puts a user on a plan by hand; null when there is none. */
export function setPlanByHand(deps: SubscriptionDeps, id: UserId, plan: PlanName): Promise<UserRecord | null> {
  return deps.users.setPlan(id, plan);
}

/** Address of the page that sells Pro. @throws {ServiceError} `not_configured`, `conflict`, `upstream` */
export async function buyPro(deps: SubscriptionDeps, user: UserRecord): Promise<string> {
  deps.stripe.assertConfigured();
  if ((await deps.billing.subscription(user.id))?.isPaid && user.plan === "pro") {
    throw new ServiceError("conflict", "You have a subscription already; one that is cancelled can be resumed");
  }
  return await deps.stripe.proUrl(user, await deps.billing.customerOf(user.id, "stripe"));
}

/** Address of the page that sells packs. @throws {ServiceError} `not_configured`, `upstream` */
export async function buyPacks(deps: SubscriptionDeps, user: UserRecord, packs: number): Promise<string> {
  return await deps.stripe.packsUrl(user, await deps.billing.customerOf(user.id, "stripe"), packs);
}

/** Address of the page of a user's cards and invoices. @throws {ServiceError} `not_configured`, `validation`, `upstream` */
export async function portal(deps: SubscriptionDeps, user: UserRecord): Promise<string> {
  deps.stripe.assertConfigured();
  const customer = await deps.billing.customerOf(user.id, "stripe");
  if (customer === null) throw new ServiceError("validation", "You never paid here: there is nothing to look at yet");
  return await deps.stripe.portalUrl(customer);
}

/** A living subscription at Stripe that can be changed by us. */
async function changeable(deps: SubscriptionDeps, user: UserRecord, isCancelling: boolean, fault: string) {
  const subscription = await deps.billing.subscription(user.id);
  if (subscription?.provider === "lemonsqueezy" && subscription.isPaid) {
    throw new ServiceError("not_configured", "This subscription is LemonSqueezy's: change it in its customer portal");
  }
  deps.stripe.assertConfigured();
  const isOver = user.plan !== "pro" || subscription === null || !subscription.isPaid;
  if (isOver || subscription.isCancelling !== isCancelling) throw new ServiceError("validation", fault);
  return subscription;
}

async function setCancelling(deps: SubscriptionDeps, user: UserRecord, id: string, isCancelling: boolean) {
  await deps.billing.adopt(user.id, await deps.stripe.setCancelling(id, isCancelling));
  return await standing(deps, await deps.users.get(user.id) ?? user);
}

/** Ends a subscription with its period. @throws {ServiceError} `not_configured`, `validation`, `upstream` */
export async function cancel(deps: SubscriptionDeps, user: UserRecord): Promise<Standing> {
  const { id } = await changeable(deps, user, false, "There is no active subscription to cancel");
  return await setCancelling(deps, user, id, true);
}

/** Takes a cancelled subscription up again. @throws {ServiceError} `not_configured`, `validation`, `upstream` */
export async function resume(deps: SubscriptionDeps, user: UserRecord): Promise<Standing> {
  const { id } = await changeable(deps, user, true, "There is no cancelled subscription to resume");
  return await setCancelling(deps, user, id, false);
}

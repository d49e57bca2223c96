/**
 * Plan and billing.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../../islands/ui/fill.ts";
import { PLANS, RESOURCE_PACK } from "../../../kv/plans.ts";
import type { SubscriptionAnswer } from "../../api/v1/_schema/subscription.ts";
import type { SignedInView } from "../_view.ts";

interface Props {
  readonly view: SignedInView;
  readonly subscription: SubscriptionAnswer;
  readonly canPay: boolean;
}

const price = (cents: number) => `$${cents / 100}`;

function dateOf(view: SignedInView, seconds: number): string {
  return new Intl.DateTimeFormat(view.language, { dateStyle: "long", timeZone: "UTC" }).format(seconds * 1000);
}

function Action({ name, label, look = "quiet" }: { name: string; label: string; look?: string }): VNode {
  return <button class={`button ${look}`} type="submit" name="action" value={name}>{label}</button>;
}

function Actions({ view, subscription, canPay }: Props): VNode {
  const { usage } = view.text;
  const isPro = subscription.plan === "pro";
  const isPaid = subscription.renews_at !== null || subscription.ends_at !== null;
  const pro = { price: price(PLANS.pro.priceCents) };
  return (
    <form class="row" method="post" action="/usage">
      {!isPro && canPay ? <Action name="checkout" label={fill(usage.upgrade, pro)} look="accent" /> : null}
      {isPro && canPay
        ? <Action name="packs" label={fill(usage.buyPack, { price: price(RESOURCE_PACK.priceCents) })} />
        : null}
      {canPay && (isPaid || subscription.invoices.length > 0) ? <Action name="portal" label={usage.portal} /> : null}
      {subscription.status === "cancelling" ? <Action name="resume" label={usage.resumePlan} /> : null}
      {subscription.status === "active" && subscription.renews_at !== null
        ? <Action name="cancel" label={usage.cancelPlan} look="danger" />
        : null}
      <a href="/pricing">{view.text.shell.pricing}</a>
    </form>
  );
}

function Invoices({ view, subscription }: Omit<Props, "canPay">): VNode | null {
  const { usage } = view.text;
  if (subscription.invoices.length === 0) return null;
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={usage.invoices}>
      <h3>{usage.invoices}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{usage.date}</th>
            <th scope="col" class="number">{usage.amount}</th>
            <th scope="col">{usage.state}</th>
            <th scope="col">{usage.invoice}</th>
          </tr>
        </thead>
        <tbody>
          {subscription.invoices.map(({ id, created_at, total_formatted, status, invoice_url }) => (
            <tr key={id}>
              <td>{dateOf(view, Date.parse(created_at) / 1000)}</td>
              <td class="number">{total_formatted}</td>
              <td>{status}</td>
              <td>{invoice_url === null ? id : <a href={invoice_url}>{id}</a>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** See the module's comment. */
export function Billing({ view, subscription, canPay }: Props): VNode {
  const { usage } = view.text;
  const { plan, status, renews_at, ends_at, card_brand, card_last_four } = subscription;
  return (
    <section class="card" aria-labelledby="plan">
      <div class="card-head">
        <h2 id="plan">{usage.plan}</h2>
        <span class={status === "active" ? "badge good" : "badge warn"}>{usage[`status_${status}`]}</span>
      </div>
      <p class="plan-name">{view.text.pricing[plan]}</p>
      {renews_at === null ? null : <p class="soft">{fill(usage.renews, { date: dateOf(view, renews_at) })}</p>}
      {ends_at === null ? null : <p class="soft">{fill(usage.ends, { date: dateOf(view, ends_at) })}</p>}
      {card_last_four === null
        ? null
        : <p class="soft">{fill(usage.card, { brand: card_brand ?? "", digits: card_last_four })}</p>}
      {plan === "free" && !canPay
        ? (
          <p class="hint">
            {usage.notSold} <code>deno task admin user plan {view.user.name} pro</code>
          </p>
        )
        : null}
      <Actions view={view} subscription={subscription} canPay={canPay} />
      <Invoices view={view} subscription={subscription} />
    </section>
  );
}

/**
 * `/pricing`: the table of plans.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../islands/ui/fill.ts";
import { formatBytes } from "../../islands/ui/format_bytes.ts";
import { Icon } from "../../islands/ui/Icon.tsx";
import { type Feature, type Plan, PLANS, type QuotaMetric, RESOURCE_PACK } from "../../kv/plans.ts";
import type { PlanName } from "../../kv/records.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { Notice, PageHead } from "./_components/notice.tsx";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, type View, viewOf } from "./_view.ts";

const GIB = 1024 ** 3;
type ShownLimit = Exclude<QuotaMetric, "previews">;
const LIMITS: readonly ShownLimit[] = [
  "uploads",
  "storage_bytes",
  "transformations",
  "api_requests",
  "bandwidth_bytes",
];
const FEATURES: readonly Feature[] = ["private_images", "signed_urls", "presets"];

const formatPrice = (cents: number) => `$${cents / 100}`;
const formatCount = (view: View, count: number) => count.toLocaleString(view.language);

function formatLimit(view: View, metric: QuotaMetric, limit: number | null): string {
  if (limit === null) return view.text.pricing.unlimited;
  return metric === "storage_bytes" ? formatBytes(limit) : formatCount(view, limit);
}

/** A limit in the words of a list; what it comes to stands out. */
function Tick(
  { view, metric, plan }: { readonly view: View; readonly metric: ShownLimit; readonly plan: Plan },
): VNode {
  const { pricing } = view.text;
  const limit = plan.limits[metric];
  const isCount = limit !== null && metric !== "storage_bytes" && metric !== "bandwidth_bytes";
  const shown = formatLimit(view, metric, limit);
  const [before, after] = pricing.ticks[metric].split("{value}");
  return (
    <span>
      {before}
      <strong>{isCount ? fill(pricing.times, { count: shown }) : shown}</strong>
      {after}
    </span>
  );
}

function Action({ view, name }: { readonly view: View; readonly name: PlanName }): VNode | null {
  const { pricing } = view.text;
  if (view.user?.plan === name) return <span class="badge accent">{pricing.current}</span>;
  if (name === "free") return view.user === null ? <a class="button quiet" href="/sign-up">{pricing.begin}</a> : null;
  return <a class="button accent" href={view.user === null ? "/sign-up" : "/usage#plan"}>{pricing.upgrade}</a>;
}

function PlanCard({ view, name, plan }: { readonly view: View; readonly name: PlanName; readonly plan: Plan }): VNode {
  const { pricing } = view.text;
  return (
    <section class={name === "pro" ? "card plan is-best" : "card plan"} aria-labelledby={`plan-${name}`}>
      <h2 id={`plan-${name}`}>{pricing[name]}</h2>
      <p class="soft">{pricing[`${name}Text`]}</p>
      <p class="price">
        <strong>{formatPrice(plan.priceCents)}</strong> <span class="soft">{pricing.perMonth}</span>
      </p>
      <Action view={view} name={name} />
      <ul class="ticks">
        {LIMITS.map((metric) => (
          <li key={metric}>
            <Icon name="check" />
            <Tick view={view} metric={metric} plan={plan} />
          </li>
        ))}
        {FEATURES.filter((feature) => plan.features.includes(feature)).map((feature) => (
          <li key={feature}>
            <Icon name="check" />
            <strong>{pricing[feature]}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Row({ title, cell }: { readonly title: string; readonly cell: (plan: Plan) => string }): VNode {
  return (
    <tr>
      <th scope="row">{title}</th>
      {Object.values(PLANS).map((plan) => <td key={plan.title}>{cell(plan)}</td>)}
    </tr>
  );
}

function PlanTable({ view }: { readonly view: View }): VNode {
  const { pricing } = view.text;
  return (
    <section class="stack" aria-labelledby="compare">
      <h2 id="compare">{pricing.compare}</h2>
      <div class="card table-wrap compare" tabIndex={0} role="region" aria-label={pricing.compare}>
        <table>
          <thead>
            <tr>
              <th scope="col">{pricing.plan}</th>
              {Object.keys(PLANS).map((name) => <th scope="col" key={name}>{pricing[name as PlanName]}</th>)}
            </tr>
          </thead>
          <tbody>
            {LIMITS.map((metric) => (
              <Row
                key={metric}
                title={pricing[metric]}
                cell={(plan) => formatLimit(view, metric, plan.limits[metric])}
              />
            ))}
            <Row title={pricing.requestsPerMinute} cell={(plan) => formatCount(view, plan.requestsPerMinute)} />
            {FEATURES.map((feature) => (
              <Row
                key={feature}
                title={pricing[feature]}
                cell={(plan) => plan.features.includes(feature) ? pricing.included : pricing.notIncluded}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function packText(view: View): string {
  const { credits, priceCents } = RESOURCE_PACK;
  return fill(view.text.pricing.packText, {
    storage: credits.storage_bytes / GIB,
    transformations: formatCount(view, credits.transformations),
    requests: formatCount(view, credits.api_requests),
    price: formatPrice(priceCents),
  });
}

function Selling({ view }: { readonly view: View }): VNode {
  const { pricing } = view.text;
  const questions = [
    [pricing.whatCounts, pricing.whatCountsText],
    [pricing.atLimit, pricing.atLimitText],
    [pricing.leaving, pricing.leavingText],
  ];
  return (
    <div class="stack-l">
      <div class="plans">
        {Object.entries(PLANS).map(([name, plan]) => (
          <PlanCard key={name} view={view} name={name as PlanName} plan={plan} />
        ))}
      </div>
      <section class="card pack" aria-labelledby="pack">
        <h2 id="pack">{pricing.packTitle}</h2>
        <p class="soft">{packText(view)}</p>
      </section>
      <PlanTable view={view} />
      <section class="stack" aria-labelledby="questions">
        <h2 id="questions">{pricing.questions}</h2>
        <dl class="questions">
          {questions.map(([question, answer]) => (
            <div key={question}>
              <dt>{question}</dt>
              <dd>{answer}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}

/** `GET /pricing`. */
export function pricingPage(site: SiteDeps): AppHandler {
  return async function pricingPage(c) {
    const view = await viewOf(site, c);
    const { pricing } = view.text;
    const isSelling = site.config.QUOTAS === "on";
    const page = (
      <Page view={view} title={pricing.title} description={pricing.lead} styles={["pricing.css"]}>
        <PageHead title={pricing.title} {...(isSelling ? { lead: pricing.lead } : {})} />
        {isSelling ? <Selling view={view} /> : <Notice icon="info" text={pricing.nothingSold} />}
      </Page>
    );
    return renderPage(view, page);
  };
}

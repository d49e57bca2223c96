/**
 * `/pricing`: the table of plans.
 *
 * @module
 */
import type { VNode } from "preact";
import { type Feature, type Plan, PLANS, type QuotaMetric, RESOURCE_PACK } from "../../kv/plans.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, viewOf } from "./_view.ts";

const GIB = 1024 ** 3;
const formatCount = (count: number) => count.toLocaleString("en-US");
const formatPrice = (cents: number) => `$${cents / 100}`;

const LIMITS: readonly (readonly [QuotaMetric, string])[] = [
  ["uploads", "Uploads a month"],
  ["storage_bytes", "Storage"],
  ["transformations", "Transformations a month"],
  ["api_requests", "API requests a month"],
  ["bandwidth_bytes", "Bandwidth"],
];
const FEATURES: readonly (readonly [Feature, string])[] = [
  ["private_images", "Private pictures"],
  ["signed_urls", "Signed links"],
  ["presets", "Presets"],
];

function formatLimit(metric: QuotaMetric, limit: number | null): string {
  if (limit === null) return "unlimited";
  return metric === "storage_bytes" ? `${limit / GIB} GB` : formatCount(limit);
}

function Row({ title, cell }: { title: string; cell: (plan: Plan) => string }): VNode {
  return (
    <tr>
      <th scope="row">{title}</th>
      {Object.values(PLANS).map((plan) => <td key={plan.title}>{cell(plan)}</td>)}
    </tr>
  );
}

function PlanTable(): VNode {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Plan</th>
          {Object.values(PLANS).map((plan) => <th scope="col" key={plan.title}>{plan.title}</th>)}
        </tr>
      </thead>
      <tbody>
        <Row title="Price a month" cell={(plan) => formatPrice(plan.priceCents)} />
        {LIMITS.map(([metric, title]) => (
          <Row
            key={metric}
            title={title}
            cell={(plan) => formatLimit(metric, plan.limits[metric])}
          />
        ))}
        <Row title="API requests a minute" cell={(plan) => formatCount(plan.requestsPerMinute)} />
        {FEATURES.map(([feature, title]) => (
          <Row
            key={feature}
            title={title}
            cell={(plan) => plan.features.includes(feature) ? "yes" : "no"}
          />
        ))}
      </tbody>
    </table>
  );
}

function Selling({ isSelling }: { isSelling: boolean }): VNode {
  const { credits, priceCents } = RESOURCE_PACK;
  if (!isSelling) return <p class="lead">This server sells nothing: every feature is on, and nothing is limited.</p>;
  return (
    <>
      <PlanTable />
      <p>
        A Resource Pack adds {credits.storage_bytes / GIB} GB of storage, {formatCount(credits.api_requests)}{" "}
        API requests and {formatCount(credits.transformations)} transformations to Pro for{" "}
        {formatPrice(priceCents)}, at once and without an end.
      </p>
      <p class="hint">
        A transformation is a picture made anew in another size, format or quality. The same picture asked for again,
        and an original as it is, count nothing.
      </p>
    </>
  );
}

/** `GET /pricing`. */
export function pricingPage(site: SiteDeps): AppHandler {
  return async function pricingPage(c) {
    const view = await viewOf(site, c);
    const page = (
      <Page title="Pricing" view={view}>
        <h1>Pricing</h1>
        <Selling isSelling={site.config.QUOTAS === "on"} />
      </Page>
    );
    return renderPage(view, page);
  };
}

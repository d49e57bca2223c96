/**
 * `/usage`: what was used this month and by day, of what; plan and billing.
 *
 * @module
 */
import type { VNode } from "preact";
import { UsageChart, type UsageChartProps } from "../../islands/UsageChart.tsx";
import { fill } from "../../islands/ui/fill.ts";
import { formatBytes } from "../../islands/ui/format_bytes.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { readForm } from "../_http/form_body.ts";
import type { PageAnswer, SubscriptionAnswer } from "../api/v1/_schema/subscription.ts";
import type { DailyUsageAnswer, TopImagesAnswer, UsageAnswer } from "../api/v1/_schema/usage.ts";
import { type ApiCall, callApi, needApi, problemText } from "./_api.ts";
import { Island } from "./_components/island.tsx";
import { Done, PageHead, Problem } from "./_components/notice.tsx";
import { withSession } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import { Billing } from "./_usage/billing.tsx";
import { Limits } from "./_usage/limits.tsx";
import type { SignedInView, SiteDeps } from "./_view.ts";

const DAYS = [7, 30, 90, 365] as const;
const DEFAULT_DAYS = 30;

interface Props {
  readonly view: SignedInView;
  readonly usage: UsageAnswer;
  readonly daily: DailyUsageAnswer;
  readonly top: TopImagesAnswer;
  readonly subscription: SubscriptionAnswer;
  readonly isSelling: boolean;
  /** Whether cards can be taken: else nothing leads to a page that sells. */
  readonly canPay: boolean;
  readonly done: string | null;
  readonly problem: string | null;
}

function Tiles({ view, usage }: Pick<Props, "view" | "usage">): VNode {
  const { text, language } = view;
  const month = usage.current_period;
  const tiles = [
    [text.usage.images, usage.total_images.toLocaleString(language), null],
    [text.usage.storage, formatBytes(usage.storage_used_bytes), null],
    [text.usage.served, month.deliveries.toLocaleString(language), formatBytes(month.bandwidth_bytes)],
    [text.usage.saved, formatBytes(month.bytes_saved), text.usage.savedHint],
  ] as const;
  return (
    <dl class="tiles">
      {tiles.map(([title, value, hint]) => (
        <div class="card" key={title}>
          <dt class="soft small">{title}</dt>
          <dd>
            <span class="figure numbers">{value}</span>
            {hint === null ? null : <span class="hint">{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function charts({ view, daily }: Pick<Props, "view" | "daily">): UsageChartProps[] {
  const { text, language } = view;
  const { table, day } = text.usage;
  const of = (
    title: string,
    unit: UsageChartProps["unit"],
    key: Exclude<keyof DailyUsageAnswer["days"][0], "date">,
  ) => {
    const values = daily.days.map((one) => one[key]);
    const sum = values.reduce((a, b) => a + b, 0);
    const show = (value: number) => unit === "bytes" ? formatBytes(value) : value.toLocaleString(language);
    const summary = key === "storage_bytes"
      ? fill(text.usage.now, { value: show(values.at(-1) ?? 0) })
      : fill(text.usage.sum, { sum: show(sum) });
    return { title, unit, dates: daily.days.map(({ date }) => date), values, summary, language, text: { table, day } };
  };
  return [
    of(text.usage.deliveries, "count", "deliveries"),
    of(text.usage.bandwidth, "bytes", "bandwidth_bytes"),
    of(text.usage.transformations, "count", "transformations"),
    of(text.usage.api_requests, "count", "api_requests"),
    of(text.usage.uploads, "count", "uploads"),
    of(text.usage.storage, "bytes", "storage_bytes"),
  ];
}

function Charts({ view, daily }: Pick<Props, "view" | "daily">): VNode {
  const { usage } = view.text;
  return (
    <section class="stack" aria-labelledby="by-day">
      <div class="row between">
        <h2 id="by-day">{usage.byDay}</h2>
        <nav class="tabs" aria-label={usage.byDay}>
          {DAYS.map((days) => (
            <a
              key={days}
              href={`/usage?days=${days}#by-day`}
              aria-current={daily.days.length === days ? "page" : undefined}
            >
              {fill(usage.lastDays, { days })}
            </a>
          ))}
        </nav>
      </div>
      <div class="charts">
        {charts({ view, daily }).map((props) => (
          <div class="card" key={props.title}>
            <Island name="UsageChart" component={UsageChart} props={props} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Top({ view, top }: Pick<Props, "view" | "top">): VNode {
  const { usage } = view.text;
  const most = Math.max(1, ...top.images.map(({ deliveries }) => deliveries));
  return (
    <section class="card" aria-labelledby="top">
      <h2 id="top">{usage.top}</h2>
      {top.images.length === 0 ? <p class="soft">{usage.topEmpty}</p> : null}
      <ol class="top-images">
        {top.images.map(({ id, paths, original_filename, deliveries }) => (
          <li key={id}>
            <a class="break" href={`/images/${id}`}>{paths[0] ?? original_filename}</a>
            <span class="numbers soft nowrap">
              {fill(usage.times, { count: deliveries.toLocaleString(view.language) })}
            </span>
            <progress class="bar" max={most} value={deliveries} aria-label={paths[0] ?? original_filename} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function monthLead(view: SignedInView, { current_period }: UsageAnswer): string {
  const format = new Intl.DateTimeFormat(view.language, { month: "long", day: "numeric", timeZone: "UTC" });
  const [from, to] = [current_period.period_start, current_period.period_end - 1].map((s) => format.format(s * 1000));
  return fill(view.text.usage.lead, { from: from!, to: to! });
}

function Usage(props: Props): VNode {
  const { view, usage, daily, top, subscription, isSelling, canPay } = props;
  const { title } = view.text.usage;
  return (
    <Page view={view} title={title} styles={["usage.css"]} islands={["UsageChart"]}>
      <PageHead title={title} lead={monthLead(view, usage)} />
      <div class="stack-l">
        <Problem text={props.problem} />
        <Done text={props.done} />
        <Tiles view={view} usage={usage} />
        <div class="halves">
          <Limits view={view} usage={usage} isSelling={isSelling} />
          <Top view={view} top={top} />
        </div>
        <Charts view={view} daily={daily} />
        {isSelling ? <Billing view={view} subscription={subscription} canPay={canPay} /> : null}
      </div>
    </Page>
  );
}

async function show(
  site: SiteDeps,
  c: AppContext,
  view: SignedInView,
  said: { readonly done?: string; readonly problem?: string; readonly status?: number } = {},
): Promise<Response> {
  const days = DAYS.find((one) => String(one) === c.req.query("days")) ?? DEFAULT_DAYS;
  const [usage, daily, top, subscription] = await Promise.all([
    needApi<UsageAnswer>(site, c, "/api/v1/usage"),
    needApi<DailyUsageAnswer>(site, c, `/api/v1/usage/daily?days=${days}`),
    needApi<TopImagesAnswer>(site, c, "/api/v1/usage/top-images?limit=8"),
    needApi<SubscriptionAnswer>(site, c, "/api/v1/subscription"),
  ]);
  const { config } = site;
  const props = { view, usage, daily, top, subscription, done: said.done ?? null, problem: said.problem ?? null };
  const page = <Usage {...props} isSelling={config.QUOTAS === "on"} canPay={config.STRIPE_SECRET_KEY !== ""} />;
  return renderPage(view, page, said.status ?? 200);
}

/** `GET /usage`. */
export function usagePage(site: SiteDeps): AppHandler {
  return withSession(site, (c, view) => show(site, c, view));
}

const ACTIONS: Readonly<Record<string, Pick<ApiCall, "path" | "body">>> = {
  checkout: { path: "/api/v1/subscription/checkout" },
  packs: { path: "/api/v1/subscription/packs", body: { quantity: 1 } },
  portal: { path: "/api/v1/subscription/portal" },
  cancel: { path: "/api/v1/subscription/cancel" },
  resume: { path: "/api/v1/subscription/resume" },
};

/** `POST /usage`: buys, cancels, goes on; leads to the payment provider's own page where there is one. */
export function changeSubscription(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const name = (await readForm(c.req.raw)).get("action") ?? "";
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name]! : ACTIONS["portal"]!;
    const { answer, problem } = await callApi<Partial<PageAnswer>>(site, c, { method: "POST", ...action });
    if (problem !== null) {
      return await show(site, c, view, { problem: problemText(view, problem), status: problem.status });
    }
    if (answer.url !== undefined) return c.redirect(answer.url, 303);
    const { cancelled, resumed } = view.text.usage;
    return await show(site, c, view, { done: name === "cancel" ? cancelled : resumed });
  });
}

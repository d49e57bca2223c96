/**
 * Bars of what was used against what the plan allows.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../../islands/ui/fill.ts";
import { formatBytes } from "../../../islands/ui/format_bytes.ts";
import type { UsageAnswer } from "../../api/v1/_schema/usage.ts";
import type { SignedInView } from "../_view.ts";

/** From where on a bar warns. */
const NEARLY = 0.9;

interface Bar {
  readonly name: "uploads" | "storage_bytes" | "transformations" | "api_requests" | "previews";
  readonly used: number;
  readonly limit: number | null;
  readonly credits: number;
}

function barsOf({ plan_limits: limits, current_period: month, storage_used_bytes, credits }: UsageAnswer): Bar[] {
  return [
    {
      name: "transformations",
      used: month.transformations,
      limit: limits.max_transformations_per_month,
      credits: credits.transformations,
    },
    {
      name: "storage_bytes",
      used: storage_used_bytes,
      limit: limits.max_storage_bytes,
      credits: credits.storage_bytes,
    },
    { name: "uploads", used: month.uploads, limit: limits.max_uploads_per_month, credits: 0 },
    {
      name: "api_requests",
      used: month.api_requests,
      limit: limits.max_api_requests_per_month,
      credits: credits.api_requests,
    },
    { name: "previews", used: month.previews, limit: limits.max_previews_per_month, credits: 0 },
  ];
}

function LimitBar({ view, bar }: { readonly view: SignedInView; readonly bar: Bar }): VNode {
  const { usage } = view.text;
  const { name, used, limit, credits } = bar;
  const show = (value: number) => name === "storage_bytes" ? formatBytes(value) : value.toLocaleString(view.language);
  const words = limit === null
    ? fill(usage.ofUnlimited, { used: show(used) })
    : fill(usage.of, { used: show(used), limit: show(limit) });
  const isNearlyFull = limit !== null && used >= limit * NEARLY;
  return (
    <div class="limit">
      <div class="row between">
        <span class="strong">{usage[name]}</span>
        <span class="numbers soft">
          {words}
          {credits === 0 ? null : `, ${fill(usage.withCredits, { credits: show(credits) })}`}
        </span>
      </div>
      {limit === null ? null : (
        <progress
          class={isNearlyFull ? "bar is-full" : "bar"}
          max={limit}
          value={Math.min(used, limit)}
          aria-label={`${usage[name]}: ${words}`}
        />
      )}
    </div>
  );
}

/** See the module's comment. */
export function Limits(
  { view, usage, isSelling }: { readonly view: SignedInView; readonly usage: UsageAnswer; readonly isSelling: boolean },
): VNode {
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">{view.text.usage.limits}</h2>
      {isSelling ? null : <p class="soft">{view.text.usage.nothingSold}</p>}
      {barsOf(usage).map((bar) => <LimitBar key={bar.name} view={view} bar={bar} />)}
    </section>
  );
}

/// <reference lib="dom" />
/**
 * One figure by day: a chart to look at, with a table of the same behind it. Before scripts come, and where they don't,
 * the chart is bars drawn by the server.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { drawChart } from "./usage/draw.ts";
import { formatBytes } from "./ui/format_bytes.ts";

/** Props. */
export interface UsageChartProps {
  readonly title: string;
  readonly unit: "count" | "bytes";
  /** `YYYY-MM-DD`, oldest first. */
  readonly dates: readonly string[];
  readonly values: readonly number[];
  /** What stands beside the title, e.g. the sum. */
  readonly summary: string;
  readonly language: string;
  readonly text: { readonly table: string; readonly day: string };
}

const WIDTH = 600;
const HEIGHT = 160;

function Bars({ values }: { readonly values: readonly number[] }): VNode {
  const top = Math.max(1, ...values);
  const step = WIDTH / values.length;
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {values.map((value, at) => {
        const height = (value / top) * (HEIGHT - 4);
        return <rect key={at} x={at * step + 1} y={HEIGHT - height} width={Math.max(1, step - 2)} height={height} />;
      })}
    </svg>
  );
}

/** See the module's comment. */
export function UsageChart({ title, unit, dates, values, summary, language, text }: UsageChartProps): VNode {
  const place = useRef<HTMLDivElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  const show = (value: number) => unit === "bytes" ? formatBytes(value) : value.toLocaleString(language);
  useEffect(() => {
    const end = drawChart(place.current!, { title, unit, dates, values, language, show });
    setDrawn(true);
    return end;
  }, []);
  return (
    <figure class="chart">
      <figcaption class="row between">
        <h3>{title}</h3>
        <span class="strong numbers">{summary}</span>
      </figcaption>
      <div class="chart-place" ref={place} aria-hidden="true">{isDrawn ? null : <Bars values={values} />}</div>
      <details class="small">
        <summary class="soft">{text.table}</summary>
        <div class="table-wrap chart-table" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{text.day}</th>
                <th scope="col" class="number">{title}</th>
              </tr>
            </thead>
            <tbody>
              {dates.map((date, at) => (
                <tr key={date}>
                  <th scope="row">{date}</th>
                  <td class="number">{show(values[at] ?? 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

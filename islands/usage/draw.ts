/// <reference lib="dom" />
/**
 * Draws a chart by uPlot in the colours of the page.
 *
 * @module
 */
import uPlot from "uplot";

/** What is drawn. */
export interface ChartData {
  readonly title: string;
  readonly dates: readonly string[];
  readonly values: readonly number[];
  readonly unit: "count" | "bytes";
  readonly language: string;
  readonly show: (value: number) => string;
}

const HEIGHT_PX = 200;
/** Steps of an axis of bytes, so that its marks are whole numbers of KB, MB … */
const BYTE_STEPS = Array.from({ length: 45 }, (_, power) => 2 ** power);
/** Steps of an axis of counts. */
const COUNT_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();
const NARROW_PX = 420;

/** A colour of the tokens, as canvas takes it: the pair resolved for the page's theme. */
function colourOf(element: Element, token: string): string {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.className = `ink-${token}`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function options(place: HTMLElement, { title, unit, language, show, values }: ChartData): uPlot.Options {
  const [accent, soft, line] = ["accent", "soft", "line"].map((token) => colourOf(place, token)) as [
    string,
    string,
    string,
  ];
  const fill = accent.replace("rgb(", "rgba(").replace(")", ", 0.14)");
  const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: "UTC" });
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const grid = { stroke: line, width: 1 };
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    padding: [8, 8, 0, 0],
    legend: { show: true, live: true, markers: { show: false } },
    cursor: { y: false, points: { size: 8 } },
    scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, Math.max(max * 1.1, 1)] } },
    series: [
      { label: "", value: (_u, at) => at === null ? "" : day.format(at * 1000) },
      {
        label: title,
        stroke: accent,
        width: 2,
        fill,
        points: { show: values.length < 2 },
        value: (_u, at) => at === null ? "" : show(at),
      },
    ],
    axes: [
      {
        stroke: soft,
        font,
        grid: { show: false },
        ticks: { show: false },
        gap: 10,
        size: 40,
        space: 70,
        values: (_u, at) => at.map((seconds) => day.format(seconds * 1000)),
      },
      {
        stroke: soft,
        font,
        grid,
        ticks: { show: false },
        size: 68,
        space: 44,
        incrs: unit === "bytes" ? BYTE_STEPS : COUNT_STEPS,
        values: (_u, at) => at.map(show),
      },
    ],
  };
}

/** Draws into a place, and again where its width or the page's theme changes. @returns ends it */
export function drawChart(place: HTMLElement, data: ChartData): () => void {
  const points: uPlot.AlignedData = [data.dates.map((date) => Date.parse(date) / 1000), [...data.values]];
  let chart: uPlot | null = null;
  let isNarrow: boolean | null = null;
  const draw = () => {
    chart?.destroy();
    chart = new uPlot(options(place, data), points, place);
  };
  const resized = new ResizeObserver(() => {
    const width = place.clientWidth;
    if (chart === null || isNarrow !== width < NARROW_PX) draw();
    else chart.setSize({ width, height: HEIGHT_PX });
    isNarrow = width < NARROW_PX;
  });
  resized.observe(place);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", draw);
  return () => {
    resized.disconnect();
    scheme.removeEventListener("change", draw);
    chart?.destroy();
  };
}

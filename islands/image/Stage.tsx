/// <reference lib="dom" />
/**
 * The picture before and after, with a slider between them, and the focal point.
 *
 * @module
 */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";

/** Props. */
export interface StageProps {
  readonly text: Text["image"];
  readonly alt: string;
  /** Address of the original, in a format that browsers show. */
  readonly before: string;
  /** Address of the result; null before there is one, or where the browser can't show it. */
  readonly after: string | null;
  readonly isBusy: boolean;
  /** False on the server. */
  readonly isReady: boolean;
  readonly width: number;
  readonly height: number;
  /** Width by height of the result. */
  readonly aspect: number;
  /** `x,y` as shares while the point is set; null = it isn't. */
  readonly picking: string | null;
  readonly onPick: (point: string) => void;
}

const CENTER = "0.5,0.5";
const STEP = 0.02;
/** Aspect ratios that differ by less are one. */
const SAME_SHAPE = 0.02;
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

const share = (value: number) => String(Number(Math.min(1, Math.max(0, value)).toFixed(3)));

/** Where a point of the screen lies in a picture, as shares of its sides. */
function pointIn(element: Element, clientX: number, clientY: number): string {
  const { left, top, width, height } = element.getBoundingClientRect();
  return `${share((clientX - left) / width)},${share((clientY - top) / height)}`;
}

function FocusPicker({ text, alt, before, width, height, picking, onPick }: StageProps): VNode {
  const picture = useRef<HTMLImageElement>(null);
  const point = picking === null || picking === "" ? CENTER : picking;
  const [x, y] = point.split(",").map(Number) as [number, number];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = KEYS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onPick(`${share(x + step[0])},${share(y + step[1])}`);
  };
  return (
    <div class="stage is-picking">
      <div class="stage-fit">
        <img
          ref={picture}
          src={before}
          alt={alt}
          width={width}
          height={height}
          onClick={(event) => onPick(pointIn(event.currentTarget, event.clientX, event.clientY))}
        />
        <button
          type="button"
          class="focus-point"
          aria-label={`${text.focusHint} ${point}`}
          style={{ left: `${x * 100}%`, top: `${y * 100}%` }}
          onKeyDown={onKeyDown}
        />
      </div>
    </div>
  );
}

/** See the module's comment. */
export function Stage(props: StageProps): VNode {
  const { text, alt, before, after, isBusy, isReady, width, height, aspect, picking } = props;
  const [chosen, setSplit] = useState<number | null>(null);
  // Two shapes side by side compare nothing: then the result is shown, until somebody asks.
  const isSameShape = Math.abs(aspect / (width / height) - 1) < SAME_SHAPE;
  const split = chosen ?? (isSameShape ? 50 : 0);
  if (picking !== null) return <FocusPicker {...props} />;
  const hasBoth = isReady && after !== null;
  return (
    <div class={isBusy ? "stage is-busy" : "stage"} aria-busy={isBusy}>
      <img class="stage-picture" src={before} alt={hasBoth ? "" : alt} width={width} height={height} />
      {hasBoth
        ? (
          <>
            <div class="stage-after" style={{ clipPath: `inset(0 0 0 ${split}%)` }}>
              <img class="stage-picture" src={after} alt={alt} />
            </div>
            {split > 0 ? <span class="stage-line" style={{ left: `${split}%` }} /> : null}
            {split > 12 ? <span class="stage-label is-before">{text.before}</span> : null}
            {split < 88 ? <span class="stage-label is-after">{text.after}</span> : null}
          </>
        )
        : null}
      {isBusy ? <span class="stage-busy spinner" role="status" aria-label={text.working} /> : null}
      {hasBoth
        ? (
          <input
            class="stage-slider"
            type="range"
            min="0"
            max="100"
            value={split}
            aria-label={text.compare}
            onInput={(event) => setSplit(Number(event.currentTarget.value))}
          />
        )
        : null}
    </div>
  );
}

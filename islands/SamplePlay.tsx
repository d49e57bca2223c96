/// <reference lib="dom" />
/**
 * The home page's playground: some parameters of the transform path on a sample picture, live. Without scripts its form
 * asks the server for the same page with another picture.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { addressOf, type Choice, FORMATS, MAX_WIDTH, MIN_WIDTH, SHAPES } from "./home/address.ts";
import { UrlBar } from "./home/UrlBar.tsx";
import { fill } from "./ui/fill.ts";
import { formatBytes } from "./ui/format_bytes.ts";

/** Props. */
export interface SamplePlayProps {
  readonly origin: string;
  readonly originalBytes: number;
  readonly first: Choice;
  readonly text: Readonly<
    Record<
      | "format"
      | "width"
      | "shape"
      | "shapeOriginal"
      | "quality"
      | "blur"
      | "grayscale"
      | "show"
      | "address"
      | "result"
      | "original"
      | "smaller"
      | "sameSize"
      | "inTime"
      | "failed"
      | "photoAlt"
      | "copy",
      string
    >
  >;
}

interface Result {
  readonly src: string;
  readonly bytes: number;
  readonly ms: number;
}

const SETTLE_MS = 120;

interface Shown {
  readonly result: Result | null;
  readonly problem: string | null;
}

/** The picture of an address, fetched a moment after the last change, so that a slider asks for few of them. */
function usePicture(address: string): Shown {
  const [shown, setShown] = useState<Shown>({ result: null, problem: null });
  const last = useRef<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const load = async () => {
      const startedAt = performance.now();
      const response = await fetch(address, { signal: abort.signal });
      if (!response.ok) throw new Error((await response.json()).error?.message ?? String(response.status));
      const blob = await response.blob();
      const ms = Math.round(performance.now() - startedAt);
      if (last.current !== null) URL.revokeObjectURL(last.current);
      last.current = URL.createObjectURL(blob);
      setShown({ result: { src: last.current, bytes: blob.size, ms }, problem: null });
    };
    const timer = setTimeout(() => {
      load().catch((error) => {
        if (!abort.signal.aborted) setShown((old) => ({ ...old, problem: (error as Error).message }));
      });
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [address]);
  return shown;
}

interface ControlsProps {
  readonly choice: Choice;
  readonly text: SamplePlayProps["text"];
  readonly isReady: boolean;
  readonly set: (change: Partial<Choice>) => void;
}

function Slider(
  { name, label, unit = "", value, min, max, onChange }: {
    readonly name: string;
    readonly label: string;
    readonly unit?: string;
    readonly value: number;
    readonly min: number;
    readonly max: number;
    readonly onChange: (value: number) => void;
  },
): VNode {
  return (
    <div class="field">
      <label class="row between" for={`play-${name}`}>
        {label} <span class="numbers soft">{value}{unit}</span>
      </label>
      <input
        id={`play-${name}`}
        name={name}
        type="range"
        min={min}
        max={max}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

function Choices(
  { name, label, values, value, onChange }: {
    readonly name: string;
    readonly label: string;
    readonly values: readonly (readonly [string, string])[];
    readonly value: string;
    readonly onChange: (value: string) => void;
  },
): VNode {
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      <div class="pills">
        {values.map(([one, title]) => (
          <label key={one}>
            <input type="radio" name={name} value={one} checked={one === value} onChange={() => onChange(one)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Controls({ choice, text, isReady, set }: ControlsProps): VNode {
  const shapes = SHAPES.map((shape) => [shape, shape === "original" ? text.shapeOriginal : shape] as const);
  return (
    <form class="play-controls" method="get" action="/">
      <Choices
        name="format"
        label={text.format}
        values={FORMATS.map((format) => [format, format.toUpperCase()])}
        value={choice.format}
        onChange={(format) => set({ format: format as Choice["format"] })}
      />
      <Choices
        name="aspect"
        label={text.shape}
        values={shapes}
        value={choice.aspect}
        onChange={(aspect) => set({ aspect: aspect as Choice["aspect"] })}
      />
      <Slider
        name="w"
        label={text.width}
        unit=" px"
        value={choice.w}
        min={MIN_WIDTH}
        max={MAX_WIDTH}
        onChange={(w) => set({ w })}
      />
      <Slider name="q" label={text.quality} value={choice.q} min={1} max={100} onChange={(q) => set({ q })} />
      <Slider name="blur" label={text.blur} value={choice.blur} min={0} max={40} onChange={(blur) => set({ blur })} />
      <label class="check">
        <input
          type="checkbox"
          name="grayscale"
          value="true"
          checked={choice.grayscale}
          onChange={(event) => set({ grayscale: event.currentTarget.checked })}
        />
        {text.grayscale}
      </label>
      {isReady ? null : <button class="button quiet" type="submit">{text.show}</button>}
    </form>
  );
}

function Facts({ shown, text, originalBytes }: Pick<SamplePlayProps, "text" | "originalBytes"> & { shown: Shown }) {
  const { result, problem } = shown;
  if (problem !== null) return <p class="play-facts problem-text" role="alert">{fill(text.failed, { problem })}</p>;
  const share = result === null ? null : result.bytes / originalBytes;
  const percent = share === null ? 0 : Math.round(share < 1 ? (1 - share) * 100 : share * 100);
  return (
    <div class="play-facts">
      <dl>
        <div>
          <dt>{text.original}</dt>
          <dd class="numbers">{formatBytes(originalBytes)}</dd>
        </div>
        <div>
          <dt>{text.result}</dt>
          <dd class="numbers">
            {result === null ? "…" : `${formatBytes(result.bytes)} `}
            {result === null ? null : <span class="soft">{fill(text.inTime, { ms: result.ms })}</span>}
          </dd>
        </div>
      </dl>
      {share === null ? null : (
        <span class={share < 1 ? "badge good" : "badge"}>
          {fill(share < 1 ? text.smaller : text.sameSize, { percent })}
        </span>
      )}
    </div>
  );
}

/** See the module's comment. */
export function SamplePlay({ origin, originalBytes, first, text }: SamplePlayProps): VNode {
  const [choice, setChoice] = useState(first);
  const [isReady, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  const address = addressOf(choice);
  const shown = usePicture(address);
  return (
    <div class="play">
      <UrlBar label={text.address} copy={text.copy} origin={origin} address={address} />
      <div class="play-body">
        <div class="play-stage">
          <img src={shown.result?.src ?? addressOf(first)} alt={text.photoAlt} />
        </div>
        <Controls
          choice={choice}
          text={text}
          isReady={isReady}
          set={(change) => setChoice((old) => ({ ...old, ...change }))}
        />
      </div>
      <Facts shown={shown} text={text} originalBytes={originalBytes} />
    </div>
  );
}

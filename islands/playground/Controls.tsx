/// <reference lib="dom" />
/**
 * The controls: one for each row of the table of parameters, drawn by its kind.
 *
 * @module
 */
import type { VNode } from "preact";
import { FORMATS, OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import {
  type EnumParam,
  type IntegerParam,
  type ParamDoc,
  TRANSFORM_ENTRIES,
  type TransformParamName,
  type TransformParamRow,
} from "../../codec/params.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { faultText } from "./allowed.ts";
import { faultOf, type Settings } from "./settings.ts";

/** Props. */
export interface ControlsProps {
  readonly settings: Settings;
  readonly text: Text["image"];
  readonly parameters: Text["parameters"];
  readonly allowed: Text["allowed"];
  readonly language: string;
  /** Of the original, as people call it. */
  readonly original: string;
  readonly onChange: (name: TransformParamName, value: string) => void;
  readonly onFormat: (format: OutputFormat | null) => void;
}

interface ControlProps<Row extends TransformParamRow = TransformParamRow> {
  readonly name: TransformParamName;
  readonly row: Row & ParamDoc;
  readonly value: string;
  readonly text: Text["image"];
  readonly onChange: (value: string) => void;
}

/** Which rows stand together; what no group names stands in the last. */
const GROUPS: Readonly<Record<"groupSize" | "groupLook", readonly TransformParamName[]>> = {
  groupSize: [
    "width",
    "height",
    "fit",
    "aspect",
    "dpr",
    "gravity",
    "focus",
    "rotate",
    "flip",
    "trim",
    "pad",
    "background",
  ],
  groupLook: ["brightness", "contrast", "saturation", "grayscale", "blur", "sharpen"],
};
/** Ranges up to this wide have a slider beside the number. */
const MAX_SLIDER = 200;

const idOf = (name: TransformParamName) => `param-${name}`;

function IntegerControl({ name, row, value, onChange }: ControlProps<IntegerParam & ParamDoc>): VNode {
  const input = (event: { currentTarget: HTMLInputElement }) => onChange(event.currentTarget.value);
  const isSlid = row.max - row.min <= MAX_SLIDER;
  const range = { min: row.min, max: row.max, step: 1 };
  return (
    <span class="control-line">
      {isSlid
        ? (
          <input
            type="range"
            {...range}
            value={value === "" ? row.default ?? row.min : value}
            aria-label={row.key}
            tabIndex={-1}
            onInput={input}
          />
        )
        : null}
      <input
        class="input number-input numbers"
        id={idOf(name)}
        type="number"
        inputMode="numeric"
        {...range}
        value={value}
        placeholder={row.default === null ? "–" : String(row.default)}
        aria-invalid={value !== "" && faultOf(row, value) !== null}
        onInput={input}
      />
    </span>
  );
}

function EnumControl({ name, row, value, text, onChange }: ControlProps<EnumParam & ParamDoc>): VNode {
  return (
    <select class="select" id={idOf(name)} onChange={(event) => onChange(event.currentTarget.value)}>
      {row.default === null ? <option value="" selected={value === ""}>{text.unset}</option> : null}
      {row.values.map((one) => (
        <option key={one} value={one} selected={one === (value === "" ? row.default : value)}>{one}</option>
      ))}
    </select>
  );
}

function ColorControl({ name, row, value, onChange }: ControlProps): VNode {
  const isPlain = /^[0-9a-f]{6}$/i.test(value);
  return (
    <span class="control-line">
      <input
        type="color"
        class="swatch-input"
        aria-label={row.key}
        tabIndex={-1}
        value={isPlain ? `#${value}` : "#ffffff"}
        onInput={(event) => onChange(event.currentTarget.value.slice(1))}
      />
      <TextControl name={name} row={row} value={value} onChange={onChange} />
    </span>
  );
}

function TextControl({ name, row, value, onChange }: Omit<ControlProps, "text">): VNode {
  return (
    <input
      class="input mono"
      id={idOf(name)}
      value={value}
      placeholder={row.example}
      autocomplete="off"
      spellcheck={false}
      aria-invalid={value !== "" && faultOf(row, value) !== null}
      onInput={(event) => onChange(event.currentTarget.value.trim())}
    />
  );
}

function ControlOf(props: ControlProps): VNode {
  const { name, row, value, text, onChange } = props;
  switch (row.kind) {
    case "integer":
      return <IntegerControl {...props} row={row} />;
    case "enum":
      return <EnumControl {...props} row={row} />;
    case "boolean":
      return (
        <span class="check">
          <input
            id={idOf(name)}
            type="checkbox"
            checked={value === "true"}
            onChange={(event) => onChange(event.currentTarget.checked ? "true" : "")}
          />
          {text.on}
        </span>
      );
    case "color":
      return <ColorControl {...props} />;
    case "point":
      return <TextControl {...props} />;
  }
}

type TitledProps = ControlProps & Pick<ControlsProps, "allowed" | "language"> & { readonly title: string };

function Control(props: TitledProps): VNode {
  const { name, row, value, title, allowed, language } = props;
  const isFault = value !== "" && faultOf(row, value) !== null;
  return (
    <div class="control" data-param={row.key}>
      <label for={idOf(name)}>
        {title} <code>{row.key}</code>
      </label>
      <ControlOf {...props} />
      {isFault ? <p class="problem-text" role="alert">{faultText(row, value, allowed, language)}</p> : null}
    </div>
  );
}

function FormatControl({ settings, text, original, onFormat }: ControlsProps): VNode {
  return (
    <div class="control">
      <label for="param-format">{text.outputFormat}</label>
      <select
        class="select"
        id="param-format"
        onChange={(event) => onFormat((event.currentTarget.value || null) as OutputFormat | null)}
      >
        <option value="" selected={settings.format === null}>{text.asOriginal.replace("{format}", original)}</option>
        {OUTPUT_FORMATS.map((format) => (
          <option key={format} value={format} selected={settings.format === format}>
            {`${format.toUpperCase()} (.${FORMATS[format].extensions[0]})`}
          </option>
        ))}
      </select>
    </div>
  );
}

/** See the module's comment. */
export function Controls(props: ControlsProps): VNode {
  const { settings, text, parameters, allowed, language, onChange } = props;
  const grouped = new Set(Object.values(GROUPS).flat());
  const rest = TRANSFORM_ENTRIES.map(([name]) => name).filter((name) => !grouped.has(name));
  const rows = new Map(TRANSFORM_ENTRIES);
  const group = (title: string, names: readonly TransformParamName[], before: VNode | null = null) => {
    const isSet = names.some((name) => settings.values[name] !== undefined);
    return (
      <details class="control-group" open={isSet || before !== null || title === text.groupSize}>
        <summary>{title}</summary>
        <div class="controls">
          {before}
          {names.map((name) => (
            <Control
              key={name}
              name={name}
              row={rows.get(name)!}
              title={parameters[name]}
              value={settings.values[name] ?? ""}
              text={text}
              allowed={allowed}
              language={language}
              onChange={(value) => onChange(name, value)}
            />
          ))}
        </div>
      </details>
    );
  };
  return (
    <>
      {group(text.groupOutput, rest, <FormatControl {...props} />)}
      {group(text.groupSize, GROUPS.groupSize)}
      {group(text.groupLook, GROUPS.groupLook)}
    </>
  );
}

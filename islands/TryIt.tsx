/// <reference lib="dom" />
/**
 * Sends one operation of the API from its reference page, and says which command does the same.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { curlOf, pathOf, type TryItValues } from "./try_it/curl.ts";
import { type Result, send } from "./try_it/send.ts";
import { setToken, useToken } from "./try_it/token.ts";
import type { TryItCommon, TryItField, TryItProps } from "./try_it/props.ts";
import { fill } from "./ui/fill.ts";

interface FieldProps {
  readonly id: string;
  readonly field: TryItField;
  readonly value: string;
  readonly text: TryItCommon["text"];
  readonly onChange: (value: string) => void;
}

function Field({ id, field, value, text, onChange }: FieldProps): VNode {
  const label = (
    <span>
      <code>{field.name}</code>
      {field.required ? <span class="required">{text.required}</span> : null}
    </span>
  );
  const control = field.values === null
    ? (
      <input
        id={id}
        value={value}
        placeholder={field.example}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    )
    : (
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{field.required ? text.choose : "–"}</option>
        {field.values.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    );
  return (
    <label for={id}>
      {label}
      {control}
    </label>
  );
}

function Outcome({ result, text }: { readonly result: Result; readonly text: TryItCommon["text"] }): VNode {
  return (
    <div class="outcome" role="status">
      <p>
        <strong class={result.isError ? "problem" : ""}>{result.title}</strong>{" "}
        <span class="hint">{result.detail}</span>
      </p>
      {result.imageUrl === null ? null : <img src={result.imageUrl} alt={text.pictureAlt} />}
      {result.download === null
        ? null
        : <a href={result.download.url} download={result.download.name}>{text.saveFile}</a>}
      {result.text === "" ? null : <pre tabIndex={0}><code>{result.text}</code></pre>}
    </div>
  );
}

function TokenField({ id, label }: { readonly id: string; readonly label: string }): VNode {
  const token = useToken();
  return (
    <label for={id}>
      <span>{label}</span>
      <input
        id={id}
        type="password"
        value={token}
        autocomplete="off"
        placeholder="imgsrc_…"
        onInput={(event) => setToken(event.currentTarget.value.trim())}
      />
    </label>
  );
}

/** See the module's comment. Until it runs in a browser, only the command is of use, and it says so. */
export function TryIt(props: TryItProps & TryItCommon): VNode {
  const { text } = props;
  const [isReady, setReady] = useState(false);
  const [values, setValues] = useState<TryItValues>({ fields: {}, body: props.body?.example ?? "", file: null });
  const [result, setResult] = useState<Result | null>(null);
  const [isBusy, setBusy] = useState(false);
  const token = useToken();
  useEffect(() => setReady(true), []);
  const setField = (name: string, value: string) =>
    setValues((old) => ({ ...old, fields: { ...old.fields, [name]: value } }));
  const missing = pathOf(props, values).missing;
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setResult(await send(props, values, token));
    setBusy(false);
  };
  const id = (name: string) => `${props.id}-${name}`;
  return (
    <form onSubmit={run}>
      <fieldset disabled={!isReady}>
        <legend>{text.title}</legend>
        {isReady ? null : <p class="hint">{text.needsScript}</p>}
        {props.access === "none" ? null : <TokenField id={id("token")} label={text[props.access]} />}
        {props.fields.length === 0 ? null : (
          <div class="try-fields">
            {props.fields.map((field) => (
              <Field
                id={id(field.name)}
                field={field}
                value={values.fields[field.name] ?? ""}
                text={text}
                onChange={(value) => setField(field.name, value)}
              />
            ))}
          </div>
        )}
        {props.body?.kind === "form"
          ? (
            <label for={id("file")}>
              <span>
                <code>file</code>
                <span class="required">{text.required}</span>
              </span>
              <input
                id={id("file")}
                type="file"
                accept="image/*"
                onChange={(event) => setValues({ ...values, file: event.currentTarget.files?.[0] ?? null })}
              />
            </label>
          )
          : null}
        {props.body?.kind === "json"
          ? (
            <label for={id("body")}>
              <span>{text.body}</span>
              <textarea
                id={id("body")}
                rows={Math.min(12, values.body.split("\n").length + 1)}
                spellcheck={false}
                value={values.body}
                onInput={(event) => setValues({ ...values, body: event.currentTarget.value })}
              />
            </label>
          )
          : null}
        <p>
          <button class="button" type="submit" disabled={isBusy || missing.length > 0}>
            {isBusy ? text.sending : fill(text.send, { method: props.method })}
          </button>{" "}
          {missing.length > 0 && isReady
            ? <span class="hint">{fill(text.missing, { names: missing.join(", ") })}</span>
            : null}
        </p>
      </fieldset>
      <pre tabIndex={0}><code>{curlOf(props, values)}</code></pre>
      {result === null ? null : <Outcome result={result} text={text} />}
    </form>
  );
}

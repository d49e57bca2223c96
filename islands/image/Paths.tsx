/// <reference lib="dom" />
/**
 * The paths of the image: more of them, other ones, fewer.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { PathRemovedAnswer, PathsAnswer } from "../../routes/api/v1/_schema/image_changes.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { encodePath } from "../common/own_picture.ts";
import { askApi, type AskResult, askText } from "../ui/ask_api.ts";
import { copyText } from "../ui/copy.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import type { IconName } from "../ui/icon_names.ts";
import { toast } from "../ui/toast.ts";

/** Props. */
export interface PathsProps {
  readonly id: string;
  readonly paths: readonly string[];
  /** See `ImageFacts.base`. */
  readonly base: string;
  readonly text: Text["image"];
  readonly errors: Text["errors"];
  readonly shell: Pick<Text["shell"], "cancel" | "save">;
  /** Something of it is another now. */
  readonly onChange: () => void;
}

function PathField({ label, value, save, cancel, onDone }: {
  readonly label: string;
  readonly value: string;
  readonly save: string;
  readonly cancel: string | null;
  readonly onDone: (value: string | null) => void;
}): VNode {
  const [text, setText] = useState(value);
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== "" && text !== value) onDone(text.trim());
    else onDone(null);
    setText(value);
  };
  return (
    <form class="path-form" onSubmit={submit}>
      <input
        class="input mono"
        value={text}
        aria-label={label}
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button class="button quiet small" type="submit">{save}</button>
      {cancel === null
        ? null
        : <button class="button ghost small" type="button" onClick={() => onDone(null)}>{cancel}</button>}
    </form>
  );
}

/** See the module's comment. */
export function Paths({ id, paths, base, text, errors, shell, onChange }: PathsProps): VNode {
  const [editing, setEditing] = useState<string | null>(null);
  const url = `/api/v1/images/${id}/paths`;
  const tell = ({ problem }: AskResult<unknown>, done: string) => {
    toast(problem === null ? done : askText(problem, errors));
    if (problem === null) onChange();
  };
  const add = async (path: string | null) => {
    if (path === null) return;
    tell(await askApi<PathsAnswer>("POST", url, { path }), text.pathAdded);
  };
  const rename = async (from: string, to: string | null) => {
    setEditing(null);
    if (to === null) return;
    tell(await askApi<PathsAnswer>("PATCH", url, { from, to }), text.pathMoved);
  };
  const remove = async (path: string) => {
    tell(await askApi<PathRemovedAnswer>("DELETE", `${url}?${new URLSearchParams({ path })}`), text.pathRemoved);
  };
  const button = (icon: IconName, label: string, path: string, run: (button: HTMLButtonElement) => void) => (
    <button
      class="button ghost small square copy"
      type="button"
      aria-label={fill(label, { path })}
      title={fill(label, { path })}
      onClick={(event) => run(event.currentTarget)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <section class="card" aria-labelledby="paths-title">
      <h2 id="paths-title">{text.paths}</h2>
      <p class="hint">{text.pathsText}</p>
      <ul class="paths">
        {paths.map((path) => (
          <li key={path}>
            {editing === path
              ? (
                <PathField
                  label={fill(text.pathRename, { path })}
                  value={path}
                  save={shell.save}
                  cancel={shell.cancel}
                  onDone={(to) => rename(path, to)}
                />
              )
              : (
                <>
                  <span class="mono break grow">{path}</span>
                  {button("copy", text.pathCopy, path, (it) => copyText(base + encodePath(path), it))}
                  {button("settings", text.pathRename, path, () => setEditing(path))}
                  {paths.length > 1 ? button("close", text.pathRemove, path, () => remove(path)) : null}
                </>
              )}
          </li>
        ))}
      </ul>
      <div class="stack-s">
        <PathField label={text.pathNew} value="" save={text.pathAdd} cancel={null} onDone={add} />
        <p class="hint">{text.pathHint}</p>
      </div>
    </section>
  );
}

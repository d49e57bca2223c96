/// <reference lib="dom" />
/**
 * What can be done with what is selected.
 *
 * @module
 */
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import type { IconName } from "../ui/icon_names.ts";

/** What the bar can ask for. */
export type BarAction = "move" | "public" | "private" | "download" | "delete" | "all" | "none";

interface BarProps {
  readonly text: Text["library"];
  readonly deleteLabel: string;
  readonly count: number;
  readonly isBusy: boolean;
  readonly onAction: (action: BarAction) => void;
}

/** The bar; it stands at the foot of the page while something is selected. */
export function SelectionBar({ text, deleteLabel, count, isBusy, onAction }: BarProps): VNode {
  const button = (action: BarAction, icon: IconName, label: string, kind = "ghost") => (
    <button
      class={`button small ${kind}`}
      type="button"
      disabled={isBusy}
      onClick={() => onAction(action)}
    >
      <Icon name={icon} /> <span class="bar-label">{label}</span>
    </button>
  );
  return (
    <div class="selection-bar" role="toolbar" aria-label={fill(text.selected, { count })}>
      <span class="selection-count numbers" role="status">{fill(text.selected, { count })}</span>
      {button("move", "move", text.move)}
      {button("public", "globe", text.makePublic)}
      {button("private", "lock", text.makePrivate)}
      {button("download", "download", text.download)}
      {button("delete", "trash", deleteLabel, "danger")}
      {button("all", "check", text.selectAll)}
      {button("none", "close", text.unselect)}
    </div>
  );
}

/** Where to, and whether the old addresses go on. */
export interface MoveWish {
  readonly to: string;
  readonly isAlias: boolean;
}

interface MoveProps {
  readonly text: Text["library"];
  readonly cancelLabel: string;
  readonly count: number;
  /** Proposed: paths of folders. */
  readonly folders: readonly string[];
  readonly onDone: (wish: MoveWish | null) => void;
}

/** Asks for a folder. */
export function MoveDialog({ text, cancelLabel, count, folders, onDone }: MoveProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [to, setTo] = useState("");
  const [isAlias, setAlias] = useState(false);
  // At once, so that what is typed next goes into it.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onDone({ to: to.split("/").map((part) => part.trim()).filter((part) => part !== "").join("/"), isAlias });
  };
  const kind = (value: boolean, label: string, hint: string) => (
    <label class="choice">
      <input type="radio" name="kind" checked={isAlias === value} onChange={() => setAlias(value)} />
      <span>
        <span class="strong">{label}</span> <span class="hint">{hint}</span>
      </span>
    </label>
  );
  return (
    <dialog ref={dialog} aria-labelledby="move-title" onClose={() => onDone(null)}>
      <form class="stack" onSubmit={submit}>
        <h2 id="move-title">{fill(text.moveTitle, { count })}</h2>
        <div class="field">
          <label for="move-to">{text.moveTo}</label>
          <input
            class="input"
            id="move-to"
            list="move-folders"
            value={to}
            autocomplete="off"
            aria-describedby="move-hint"
            onInput={(event) => setTo(event.currentTarget.value)}
          />
          <datalist id="move-folders">{folders.map((folder) => <option key={folder} value={folder} />)}</datalist>
          <p class="hint" id="move-hint">{text.moveHint}</p>
        </div>
        <div class="stack-s">
          {kind(false, text.moveKindMove, text.moveKindMoveHint)}
          {kind(true, text.moveKindAlias, text.moveKindAliasHint)}
        </div>
        <div class="row">
          <button class="button accent" type="submit">{text.moveSubmit}</button>
          <button class="button ghost" type="button" onClick={() => onDone(null)}>{cancelLabel}</button>
        </div>
      </form>
    </dialog>
  );
}

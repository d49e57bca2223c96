/// <reference lib="dom" />
/**
 * Deletes the picture, and brings it back within the time that the server gives.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RestoreAnswer } from "../../routes/api/v1/_schema/image_changes.ts";
import type { DeleteAnswer } from "../../routes/api/v1/_schema/images.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { askApi, askText } from "../ui/ask_api.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import { toast } from "../ui/toast.ts";

/** How the picture stands. */
export type Presence = "here" | "leaving" | { readonly untilMs: number } | "gone";

/** Props. */
export interface DeletionProps {
  readonly id: string;
  readonly presence: Presence;
  readonly text: Text["image"];
  readonly errors: Text["errors"];
  readonly undoLabel: string;
  readonly onPresence: (presence: Presence) => void;
}

/** The card with the button. The page asks for no picture from the moment it is pressed. */
export function Deletion({ id, presence, text, errors, onPresence }: DeletionProps): VNode {
  const remove = async () => {
    onPresence("leaving");
    const { answer, problem } = await askApi<DeleteAnswer>("DELETE", `/api/v1/images/${id}?undoable=true`);
    if (problem !== null) {
      toast(askText(problem, errors));
      return onPresence(problem.status === 404 ? "gone" : "here");
    }
    onPresence(answer.delete_at === null ? "gone" : { untilMs: Date.parse(answer.delete_at) });
  };
  return (
    <section class="card" aria-labelledby="delete-title">
      <h2 id="delete-title">{text.deleteTitle}</h2>
      <p class="hint">{text.deleteText}</p>
      <div class="row">
        <button class="button danger" type="button" disabled={presence !== "here"} onClick={remove}>
          <Icon name="trash" /> {text.delete}
        </button>
      </div>
    </section>
  );
}

/** What stands over the page while the picture is deleted. */
export function Deleted({ id, presence, text, errors, undoLabel, onPresence }: DeletionProps): VNode | null {
  const untilMs = typeof presence === "object" ? presence.untilMs : null;
  const [leftMs, setLeftMs] = useState(0);
  const undo = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (untilMs === null) return;
    // The button that was pressed is off now: the keyboard goes on here.
    undo.current?.focus({ preventScroll: true });
    const look = () => {
      const left = untilMs - Date.now();
      setLeftMs(left);
      if (left <= 0) onPresence("gone");
    };
    look();
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  if (presence === "here" || presence === "leaving") return null;
  const restore = async () => {
    const { problem } = await askApi<RestoreAnswer>("POST", `/api/v1/images/${id}/restore`);
    if (problem !== null) return void toast(askText(problem, errors));
    onPresence("here");
    toast(text.restored);
  };
  return (
    <div class="notice problem deleted" role="alert">
      <Icon name="trash" />
      <p class="grow">
        {untilMs === null ? text.gone : text.deleted} {untilMs === null ? null : (
          <span aria-hidden="true">
            {fill(text.deletedUntil, { seconds: Math.max(0, Math.ceil(leftMs / 1_000)) })}
          </span>
        )}
      </p>
      {untilMs === null
        ? <a class="button quiet small" href="/images">{text.toLibrary}</a>
        : (
          <button class="button small" type="button" ref={undo} onClick={restore}>
            <Icon name="undo" /> {undoLabel}
          </button>
        )}
    </div>
  );
}

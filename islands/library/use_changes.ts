/// <reference lib="dom" />
/**
 * Changes of what is selected, and what people are told of them.
 *
 * @module
 */
import { useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { askText } from "../ui/ask_api.ts";
import { fill } from "../ui/fill.ts";
import { toast } from "../ui/toast.ts";
import { aliasImages, deleteImages, moveImages, type Outcome, restoreImages, setVisibilities } from "./actions.ts";
import type { MoveWish } from "./SelectionBar.tsx";

/** Words. */
export interface ChangeText {
  readonly text: Text["library"];
  readonly errors: Text["errors"];
  readonly undoLabel: string;
  readonly language: string;
}

/** What can be done; the list is loaded anew after each. */
export interface Changes {
  readonly isBusy: boolean;
  /** Deletes, and offers to undo it as long as the server lets it. @param onGone told of the ids that are hidden */
  remove(ids: readonly string[], onGone: (ids: readonly string[]) => void): Promise<void>;
  /** @param from only paths right in this folder move; null = every path */
  move(items: readonly { id: string; path: string }[], from: string | null, wish: MoveWish): Promise<void>;
  show(ids: readonly string[], visibility: "public" | "private"): Promise<void>;
}

/** See the module's comment. @param refresh loads what is shown anew */
export function useChanges({ text, errors, undoLabel, language }: ChangeText, refresh: () => Promise<void>): Changes {
  const [isBusy, setBusy] = useState(false);
  const number = (count: number) => count.toLocaleString(language);

  const tell = (outcome: Outcome, done: string, undo?: { run: () => void; untilMs: number | null }) => {
    if (outcome.problem !== null) {
      toast(fill(text.failed, { count: number(outcome.failed), reason: askText(outcome.problem, errors) }));
    }
    if (outcome.done.length === 0) return;
    const words = fill(done, { count: number(outcome.done.length) });
    const remove = toast(words, undo && { label: undoLabel, run: undo.run });
    if (undo?.untilMs != null) setTimeout(remove, Math.max(0, undo.untilMs - Date.now()));
  };

  const busily = async (work: () => Promise<void>) => {
    setBusy(true);
    await work();
    await refresh();
    setBusy(false);
  };

  return {
    isBusy,
    remove: (ids, onGone) =>
      busily(async () => {
        const outcome = await deleteImages(ids);
        const run = () => void busily(async () => tell(await restoreImages(outcome.done), text.restored));
        tell(outcome, text.deleted, { run, untilMs: outcome.untilMs });
        onGone(outcome.done);
      }),
    move: (items, from, { to, isAlias }) =>
      busily(async () => {
        const place = { count: "{count}", folder: to === "" ? text.root : to };
        if (isAlias) return tell(await aliasImages(items, to), fill(text.aliased, place));
        tell(await moveImages(items.map(({ id }) => id), from, to), fill(text.moved, place));
      }),
    show: (ids, visibility) =>
      busily(async () => {
        const outcome = await setVisibilities(ids, visibility);
        tell(outcome, visibility === "public" ? text.madePublic : text.madePrivate);
      }),
  };
}

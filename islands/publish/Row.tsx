/// <reference lib="dom" />
/**
 * A file of the queue: how far it is, what became of it, and what can be done.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { formatBytes } from "../ui/format_bytes.ts";
import { thumbnailUrl } from "../common/own_picture.ts";
import { askText } from "../ui/ask_api.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import type { IconName } from "../ui/icon_names.ts";
import type { UploadItem } from "./queue.ts";
import { Published } from "./Published.tsx";

/** Props. */
export interface RowProps {
  readonly item: UploadItem;
  readonly file: File | undefined;
  readonly text: Text["publish"];
  readonly errors: Text["errors"];
  readonly language: string;
  readonly user: string;
  /** Whether its addresses are shown at once. */
  readonly isOpen: boolean;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
  readonly onRemove: () => void;
}

const SHOWN_BY_BROWSERS = /^image\/(jpeg|png|webp|gif|avif|bmp|svg\+xml)$/;

/** The file itself as long as it has no address: browsers show most kinds. */
function useFileUrl(file: File | undefined, isWanted: boolean): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!isWanted || file === undefined || !SHOWN_BY_BROWSERS.test(file.type)) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => (setUrl(null), URL.revokeObjectURL(made));
  }, [file, isWanted]);
  return url;
}

function Thumbnail({ item, file, user }: Pick<RowProps, "item" | "file" | "user">): VNode {
  const { state } = item;
  const isDone = state.kind === "done";
  const local = useFileUrl(file, !isDone);
  // A file that says it is a picture and is none.
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const source = isDone ? thumbnailUrl(user, { id: state.answer.id, path: state.answer.paths.at(-1)! }) : local;
  return (
    <span class="row-picture">
      {source === null || source === unreadable
        ? <Icon name="image" />
        : <img src={source} alt="" width="64" height="64" onError={() => setUnreadable(source)} />}
    </span>
  );
}

function Status({ item, text, errors, language }: Pick<RowProps, "item" | "text" | "errors" | "language">): VNode {
  const { state, size } = item;
  switch (state.kind) {
    case "waiting":
      return <span class="hint">{text.waiting} · {formatBytes(size)}</span>;
    case "sending": {
      const share = size === 0 ? 1 : state.sentBytes / size;
      const percent = share.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
      return (
        <>
          <progress class="bar" max={1} value={share} aria-label={item.name}>{percent}</progress>
          <span class="hint numbers">
            {share >= 1 ? text.checking : fill(text.sending, { share: percent, size: formatBytes(size) })}
          </span>
        </>
      );
    }
    case "done":
      return state.answer.is_new
        ? <span class="badge good">{text.done}</span>
        : <span class="badge warn" title={text.duplicateHint}>{text.duplicate}</span>;
    case "refused":
      return <span class="problem-text">{askText(state.refusal, errors)}</span>;
    case "cancelled":
      return <span class="hint">{text.cancelled}</span>;
  }
}

/** See the module's comment. */
export function Row(props: RowProps): VNode {
  const { item, text, language, user, isOpen } = props;
  const { state, name, folder } = item;
  const button = (icon: IconName, label: string, run: () => void) => (
    <button
      class="button ghost small square"
      type="button"
      aria-label={fill(label, { name })}
      title={fill(label, { name })}
      onClick={run}
    >
      <Icon name={icon} />
    </button>
  );
  const isOnItsWay = state.kind === "waiting" || state.kind === "sending";
  const isBack = state.kind === "cancelled" || (state.kind === "refused" && state.refusal.canRetry);
  return (
    <li class={`queue-row is-${state.kind}`} data-state={state.kind}>
      <div class="queue-line">
        <Thumbnail {...props} />
        <div class="queue-words">
          <span class="queue-name">{folder === "" ? name : `${folder}/${name}`}</span>
          <Status {...props} />
        </div>
        <div class="queue-buttons">
          {state.kind === "done"
            ? <a class="button quiet small" href={`/images/${state.answer.id}`}>{text.openImage}</a>
            : null}
          {isOnItsWay ? button("close", text.cancelOne, props.onCancel) : null}
          {isBack ? button("retry", text.retryOne, props.onRetry) : null}
          {isOnItsWay ? null : button("close", text.removeOne, props.onRemove)}
        </div>
      </div>
      {state.kind === "done"
        ? <Published answer={state.answer} text={text} language={language} user={user} isOpen={isOpen} />
        : null}
    </li>
  );
}

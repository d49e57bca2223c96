/// <reference lib="dom" />
/**
 * Publishing: files dropped, chosen, pasted or taken by a camera, many at once. Without scripts it is the plain form of
 * one file that the server has drawn.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Text } from "../routes/dashboard/_text/catalogue.ts";
import { formatBytes } from "./ui/format_bytes.ts";
import { type ChosenFile, chosenFiles, droppedFiles, isPicture } from "./publish/files.ts";
import { isFinal, totalsOf } from "./publish/queue.ts";
import { Row } from "./publish/Row.tsx";
import { type UploadQueue, useQueue } from "./publish/use_queue.ts";
import type { AskProblem } from "./ui/ask_api.ts";
import { fill } from "./ui/fill.ts";
import { Icon } from "./ui/Icon.tsx";
import type { IconName } from "./ui/icon_names.ts";
import { toast } from "./ui/toast.ts";

/** Props. */
export interface PublishProps {
  readonly text: Text["publish"];
  readonly errors: Text["errors"];
  readonly language: string;
  readonly user: string;
  readonly maxBytes: number;
  /** Folders that are there, as proposals. */
  readonly folders: readonly string[];
  /** Where it goes at first. */
  readonly folder: string;
  readonly accept: string;
}

function precheckOf({ text, maxBytes }: PublishProps) {
  const refuse = (message: string): AskProblem => ({ code: "INVALID_FILE", message, status: 400, retryAfterMs: null });
  return ({ size }: File): AskProblem | null => {
    if (size === 0) return refuse(text.empty);
    if (size <= maxBytes) return null;
    return refuse(fill(text.tooLarge, { size: formatBytes(size), max: formatBytes(maxBytes) }));
  };
}

/** Whether something is dragged over the page that could be dropped. */
function useDrop(onDrop: (transfer: DataTransfer) => void): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const listeners: Readonly<Record<string, (event: DragEvent) => void>> = {
      dragenter: (event) => hasFiles(event) && setOver(++depth > 0),
      dragleave: (event) => hasFiles(event) && setOver(--depth > 0),
      dragover: (event) => hasFiles(event) && event.preventDefault(),
      drop: (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth = 0;
        setOver(false);
        onDrop(event.dataTransfer!);
      },
    };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name as "drop", listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name as "drop", listener);
    };
  });
  return isOver;
}

function usePaste(onFiles: (files: ChosenFile[]) => void): void {
  useEffect(() => {
    const listener = (event: ClipboardEvent) => {
      const files = chosenFiles(event.clipboardData?.files ?? null);
      if (files.length === 0) return;
      event.preventDefault();
      onFiles(files);
    };
    addEventListener("paste", listener);
    return () => removeEventListener("paste", listener);
  });
}

interface PickerProps {
  readonly icon: IconName;
  readonly label: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly onFiles: (files: ChosenFile[]) => void;
}

/** A button that opens a chooser. The field itself keeps the keyboard's focus, so the label is only its looks. */
function Picker({ icon, label, kind, attributes, onFiles }: PickerProps): VNode {
  return (
    <label class={`button picker ${kind}`}>
      <Icon name={icon} /> {label}
      <input
        type="file"
        class="picker-field"
        {...attributes}
        onChange={(event) => {
          onFiles(chosenFiles(event.currentTarget.files));
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}

function Totals({ queue, text }: { readonly queue: UploadQueue; readonly text: Text["publish"] }): VNode {
  const { count, done, refused, share, isBusy } = totalsOf(queue.queue);
  const retryable = queue.queue.filter(({ state }) => state.kind === "refused" && state.refusal.canRetry);
  return (
    <div class="queue-head">
      <p class="strong" role="status">
        {isBusy ? null : done === count ? `${text.allDone} · ` : null}
        {fill(text.progressAll, { done, count })}
        {refused === 0 ? null : ` · ${fill(text.progressFailed, { failed: refused })}`}
      </p>
      {isBusy ? <progress class="bar" max={1} value={share} aria-label={text.queue} /> : null}
      <div class="row end">
        {retryable.length === 0 ? null : (
          <button
            class="button quiet small"
            type="button"
            onClick={() => retryable.forEach(({ key }) => queue.retry(key))}
          >
            <Icon name="retry" /> {text.retryAll}
          </button>
        )}
        {queue.queue.some(isFinal)
          ? <button class="button ghost small" type="button" onClick={queue.clear}>{text.clear}</button>
          : null}
        {done === 0 || isBusy ? null : <a class="button quiet small" href="/images">{text.toLibrary}</a>}
      </div>
    </div>
  );
}

/** See the module's comment. */
export function Publish(props: PublishProps): VNode {
  const { text, errors, language, user, maxBytes, folders, accept } = props;
  const [isReady, setReady] = useState(false);
  const [folder, setFolder] = useState(props.folder);
  const [visibility, setVisibility] = useState<"public" | "private">("public");
  const queue = useQueue(precheckOf(props));
  const title = useRef("");
  useEffect(() => {
    title.current = document.title;
    setReady(true);
  }, []);
  const { share, isBusy } = totalsOf(queue.queue);
  useEffect(() => {
    if (!isReady) return;
    const percent = share.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
    document.title = isBusy ? fill(text.uploadingTitle, { share: percent }) : title.current;
  }, [isReady, isBusy, share]);
  const add = (files: readonly ChosenFile[]) => {
    const pictures = files.filter(({ file }) => isPicture(file));
    if (pictures.length < files.length) toast(fill(text.leftOut, { count: files.length - pictures.length }));
    if (pictures.length > 0) queue.add(pictures, { folder: folder.trim(), visibility });
  };
  const isOver = useDrop(async (transfer) => add(await droppedFiles(transfer)));
  usePaste(add);
  const hint = fill(text.dropHint, { size: formatBytes(maxBytes) });
  return (
    <div class="stack-l">
      <form class="publish" method="post" action="/publish" encType="multipart/form-data">
        <div class={isOver ? "drop is-over" : "drop"}>
          <Icon name="upload" />
          <p class="drop-title">{isReady ? isOver ? text.dropNow : text.drop : text.file}</p>
          {isReady
            ? (
              <div class="row drop-buttons">
                <Picker
                  icon="image"
                  label={text.chooseFiles}
                  kind="accent"
                  attributes={{ multiple: true, accept, "data-pick": "files" }}
                  onFiles={add}
                />
                <Picker
                  icon="folder-up"
                  label={text.chooseFolder}
                  kind="quiet only-fine"
                  attributes={{ webkitdirectory: true, "data-pick": "folder" }}
                  onFiles={add}
                />
                <Picker
                  icon="camera"
                  label={text.camera}
                  kind="quiet only-touch"
                  attributes={{ accept: "image/*", capture: "environment", "data-pick": "camera" }}
                  onFiles={add}
                />
              </div>
            )
            : <input class="input" type="file" name="file" accept={accept} required aria-label={text.file} />}
          <p class="hint">{hint}</p>
        </div>
        <div class="publish-target">
          <div class="field">
            <label for="publish-folder">{text.folder}</label>
            <input
              class="input"
              id="publish-folder"
              name="path"
              value={folder}
              list="publish-folders"
              autocomplete="off"
              placeholder="blog/2026"
              aria-describedby="publish-folder-hint"
              onInput={(event) => setFolder(event.currentTarget.value)}
            />
            <datalist id="publish-folders">{folders.map((name) => <option key={name} value={name} />)}</datalist>
            <p class="hint" id="publish-folder-hint">{text.folderHint}</p>
          </div>
          <div class="field">
            <label for="publish-visibility">{text.visibility}</label>
            <select
              class="select"
              id="publish-visibility"
              name="visibility"
              onChange={(event) => setVisibility(event.currentTarget.value === "private" ? "private" : "public")}
            >
              <option value="public" selected={visibility === "public"}>{text.visibilityPublic}</option>
              <option value="private" selected={visibility === "private"}>{text.visibilityPrivate}</option>
            </select>
          </div>
          {isReady ? null : <button class="button accent" type="submit">{text.submit}</button>}
        </div>
      </form>
      {queue.queue.length === 0 ? null : (
        <section class="card" aria-label={text.queue}>
          <Totals queue={queue} text={text} />
          <ul class="queue">
            {queue.queue.map((item, at) => (
              <Row
                key={item.key}
                item={item}
                file={queue.fileOf(item.key)}
                text={text}
                errors={errors}
                language={language}
                user={user}
                isOpen={at === 0}
                onCancel={() => queue.cancel(item.key)}
                onRetry={() => queue.retry(item.key)}
                onRemove={() => queue.remove(item.key)}
              />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/// <reference lib="dom" />
/**
 * The queue at work: sends what waits, so many side by side, and keeps what is needed to try again.
 *
 * @module
 */
import { useCallback, useEffect, useReducer, useRef } from "preact/hooks";
import { type AskProblem, canRetry } from "../ui/ask_api.ts";
import { type ChosenFile, pathField, tellingName } from "./files.ts";
import { nextToStart, type Queue, reduceQueue, type UploadItem } from "./queue.ts";
import { send } from "./send.ts";

/** Where what comes next is put. */
export interface Target {
  readonly folder: string;
  readonly visibility: "public" | "private";
}

/** The queue, and what can be done with it. */
export interface UploadQueue {
  readonly queue: Queue;
  add(files: readonly ChosenFile[], target: Target): void;
  cancel(key: number): void;
  retry(key: number): void;
  remove(key: number): void;
  clear(): void;
  /** For a picture before its address is known. */
  fileOf(key: number): File | undefined;
}

interface Kept extends Target {
  readonly file: File;
}

/** What the browser can tell before anything is sent. */
export type Precheck = (file: File) => AskProblem | null;

/** See the module's comment. */
export function useQueue(precheck: Precheck): UploadQueue {
  const [queue, tell] = useReducer(reduceQueue, []);
  const kept = useRef(new Map<number, Kept>());
  const cancels = useRef(new Map<number, () => void>());
  const nextKey = useRef(1);

  const start = useCallback((item: UploadItem) => {
    const { key } = item;
    const { file, folder, visibility } = kept.current.get(key)!;
    const over = () => cancels.current.delete(key);
    tell({ type: "start", key });
    const path = pathField(folder, item.folder, item.name);
    const cancel = send({ file, name: item.name, path, visibility }, {
      onProgress: (sentBytes) => tell({ type: "progress", key, sentBytes }),
      onDone: (answer) => (over(), tell({ type: "done", key, answer })),
      onProblem: (
        problem,
      ) => (over(), tell({ type: "refuse", key, refusal: { ...problem, canRetry: canRetry(problem) } })),
    });
    cancels.current.set(key, cancel);
  }, []);

  useEffect(() => {
    for (const item of nextToStart(queue)) if (!cancels.current.has(item.key)) start(item);
  }, [queue]);

  useEffect(() => {
    const isBusy = queue.some(({ state }) => state.kind === "waiting" || state.kind === "sending");
    if (!isBusy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [queue]);

  return {
    queue,
    add(files, target) {
      const now = new Date();
      const first = nextKey.current;
      nextKey.current += files.length;
      files.forEach(({ file }, at) => kept.current.set(first + at, { file, ...target }));
      let renamed = 0;
      const items = files.map(({ file, folder }) => {
        const name = tellingName(file.name, now, renamed);
        if (name !== file.name) renamed++;
        return { name, size: file.size, folder };
      });
      tell({ type: "add", first, files: items });
      files.forEach(({ file }, at) => {
        const problem = precheck(file);
        if (problem !== null) tell({ type: "refuse", key: first + at, refusal: { ...problem, canRetry: false } });
      });
    },
    cancel(key) {
      cancels.current.get(key)?.();
      cancels.current.delete(key);
      tell({ type: "cancel", key });
    },
    retry: (key) => tell({ type: "retry", key }),
    remove(key) {
      kept.current.delete(key);
      tell({ type: "remove", key });
    },
    clear: () => tell({ type: "clear" }),
    fileOf: (key) => kept.current.get(key)?.file,
  };
}

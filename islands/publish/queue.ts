/**
 * The upload queue: what becomes of each file. Pure: the island sends, and tells the queue what happened.
 *
 * @module
 */
import type { UploadAnswer } from "../../routes/api/v1/_schema/images.ts";

/** Why a file was not taken, as the error envelope says it. */
export interface Refusal {
  /** A code of the error table, or `NETWORK` where no answer came. */
  readonly code: string;
  /** In English, from the server. */
  readonly message: string;
  /** Whether the same file may be taken at another try. */
  readonly canRetry: boolean;
}

/** Where a file stands. */
export type UploadState =
  | { readonly kind: "waiting" }
  /** `sentBytes` of the file have left; all of them = the server looks at it. */
  | { readonly kind: "sending"; readonly sentBytes: number }
  | { readonly kind: "done"; readonly answer: UploadAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "cancelled" };

/** A file on its way. */
export interface UploadItem {
  /** Counted up; unique in the queue. */
  readonly key: number;
  readonly name: string;
  readonly size: number;
  /** Folders below the target that it came in, joined by `/`; often empty. */
  readonly folder: string;
  readonly state: UploadState;
}

/** What happens to a queue. */
export type QueueEvent =
  /** `first`: key of the first file; the others count up from it. */
  | {
    readonly type: "add";
    readonly first: number;
    readonly files: readonly Pick<UploadItem, "name" | "size" | "folder">[];
  }
  | { readonly type: "start"; readonly key: number }
  | { readonly type: "progress"; readonly key: number; readonly sentBytes: number }
  | { readonly type: "done"; readonly key: number; readonly answer: UploadAnswer }
  | { readonly type: "refuse"; readonly key: number; readonly refusal: Refusal }
  | { readonly type: "cancel"; readonly key: number }
  | { readonly type: "retry"; readonly key: number }
  | { readonly type: "remove"; readonly key: number }
  | { readonly type: "clear" };

/** Files in the order in which they came. */
export type Queue = readonly UploadItem[];

/** Uploads that are sent side by side; a browser opens six connections to a host. */
export const UPLOADS_AT_ONCE = 4;

const FINAL: ReadonlySet<UploadState["kind"]> = new Set(["done", "refused", "cancelled"]);

/** Whether nothing more happens to a file by itself. */
export function isFinal({ state }: UploadItem): boolean {
  return FINAL.has(state.kind);
}

function change(queue: Queue, key: number, next: (item: UploadItem) => UploadState | null): Queue {
  return queue.map((item) => {
    const state = item.key === key ? next(item) : null;
    return state === null ? item : { ...item, state };
  });
}

const isSending = ({ state }: UploadItem) => state.kind === "sending";

/** The queue after an event. What comes too late (an answer after a cancel) changes nothing. */
export function reduceQueue(queue: Queue, event: QueueEvent): Queue {
  switch (event.type) {
    case "add": {
      const added = event.files.map((file, at) =>
        ({ ...file, key: event.first + at, state: { kind: "waiting" } }) as const
      );
      return [...queue, ...added];
    }
    case "start":
      return change(
        queue,
        event.key,
        ({ state }) => state.kind === "waiting" ? { kind: "sending", sentBytes: 0 } : null,
      );
    case "progress":
      return change(queue, event.key, (item) => {
        // The request's bytes are a little more than the file's.
        return isSending(item) ? { kind: "sending", sentBytes: Math.min(item.size, event.sentBytes) } : null;
      });
    case "done":
      return change(queue, event.key, (item) => isSending(item) ? { kind: "done", answer: event.answer } : null);
    case "refuse":
      return change(queue, event.key, (item) => isFinal(item) ? null : { kind: "refused", refusal: event.refusal });
    case "cancel":
      return change(queue, event.key, (item) => isFinal(item) ? null : { kind: "cancelled" });
    case "retry":
      return change(queue, event.key, ({ state }) => {
        return state.kind === "refused" || state.kind === "cancelled" ? { kind: "waiting" } : null;
      });
    case "remove":
      return queue.filter((item) => item.key !== event.key || !isFinal(item));
    case "clear":
      return queue.filter((item) => !isFinal(item));
  }
}

/** The files to send now, so that {@linkcode UPLOADS_AT_ONCE} are on their way. */
export function nextToStart(queue: Queue): readonly UploadItem[] {
  const free = UPLOADS_AT_ONCE - queue.filter(isSending).length;
  return queue.filter(({ state }) => state.kind === "waiting").slice(0, Math.max(0, free));
}

/** How a queue stands as a whole. */
export interface QueueTotals {
  readonly count: number;
  readonly done: number;
  readonly refused: number;
  /** 0–1 of all bytes, whatever became of them. */
  readonly share: number;
  readonly isBusy: boolean;
}

function bytesOver({ state, size }: UploadItem): number {
  if (state.kind === "sending") return state.sentBytes;
  return state.kind === "done" ? size : 0;
}

/** Whether a file's bytes are among those that are to be sent: one large file that is refused is no progress. */
const isWanted = ({ state }: UploadItem) => state.kind !== "refused" && state.kind !== "cancelled";

/** See {@linkcode QueueTotals}. */
export function totalsOf(queue: Queue): QueueTotals {
  const wanted = queue.filter(isWanted);
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  return {
    count: queue.length,
    done: queue.filter(({ state }) => state.kind === "done").length,
    refused: queue.filter(({ state }) => state.kind === "refused").length,
    share: bytes === 0 ? 0 : wanted.reduce((sum, item) => sum + bytesOver(item), 0) / bytes,
    isBusy: queue.some((item) => !isFinal(item)),
  };
}

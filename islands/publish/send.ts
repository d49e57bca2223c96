/// <reference lib="dom" />
/**
 * Sends one file. By XMLHttpRequest: `fetch` tells nothing of how far it is.
 *
 * @module
 */
import type { UploadAnswer } from "../../routes/api/v1/_schema/images.ts";
import { type AskProblem, noAnswer, readProblem } from "../ui/ask_api.ts";

/** A file and where it goes. */
export interface Sending {
  readonly file: File;
  readonly name: string;
  /** The form's field `path`; may be empty. */
  readonly path: string;
  readonly visibility: "public" | "private";
}

/** Who waits for it. */
export interface SendEvents {
  readonly onProgress: (sentBytes: number) => void;
  readonly onDone: (answer: UploadAnswer) => void;
  readonly onProblem: (problem: AskProblem) => void;
}

/** Begins to send. Nothing is told any more after it was cancelled. @returns cancels it */
export function send(
  { file, name, path, visibility }: Sending,
  { onProgress, onDone, onProblem }: SendEvents,
): () => void {
  const form = new FormData();
  form.set("path", path);
  form.set("visibility", visibility);
  form.set("file", file, name);
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/images");
  request.upload.onprogress = (event) => onProgress(event.loaded);
  request.onload = () => {
    const { status, responseText } = request;
    if (status !== 201) return onProblem(readProblem(status, responseText, request.getResponseHeader("retry-after")));
    onDone(JSON.parse(responseText) as UploadAnswer);
  };
  request.onerror = () => onProblem(noAnswer("The connection broke off"));
  request.send(form);
  return () => request.abort();
}

/// <reference lib="dom" />
/**
 * The picture as it is set: asked for a moment after the last change, never twice at once, and never again once the
 * image is being deleted.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import { makingMs } from "../common/numbers.ts";
import { type AskProblem, noAnswer, readProblem } from "../ui/ask_api.ts";

/** After the last change of a control. */
export const DEBOUNCE_MS = 220;

/** What came back. */
export interface Result {
  /** Of the bytes, as an address of this page. */
  readonly source: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly mimeType: string;
  /** From the question to the last byte. */
  readonly ms: number;
  /** Of decode, resize and encode; null = it came from a cache. */
  readonly makingMs: number | null;
}

/** How the preview stands. */
export interface Preview {
  /** The last one that came, also while the next is made. */
  readonly result: Result | null;
  readonly isBusy: boolean;
  readonly problem: AskProblem | null;
}

async function sizeOf(source: string): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = source;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

async function fetchResult(url: string, signal: AbortSignal): Promise<Result | AskProblem> {
  const start = performance.now();
  const response = await fetch(url, { signal });
  if (!response.ok) return readProblem(response.status, await response.text(), response.headers.get("retry-after"));
  const blob = await response.blob();
  const ms = performance.now() - start;
  const source = URL.createObjectURL(blob);
  // A format that this browser doesn't show (JPEG XL) has bytes to count all the same.
  const size = await sizeOf(source).catch(() => ({ width: 0, height: 0 }));
  const timing = makingMs(response.headers.get("server-timing"));
  return { source, bytes: blob.size, ...size, mimeType: blob.type, ms, makingMs: timing };
}

const isProblem = (answer: Result | AskProblem): answer is AskProblem => "code" in answer;

/** See the module's comment. @param url null = nothing is asked for */
export function useResult(url: string | null): Preview {
  const [preview, setPreview] = useState<Preview>({ result: null, isBusy: false, problem: null });
  useEffect(() => {
    if (url === null) return setPreview((old) => ({ ...old, isBusy: false }));
    const gone = new AbortController();
    const timer = setTimeout(async () => {
      setPreview((old) => ({ ...old, isBusy: true }));
      const answer = await fetchResult(url, gone.signal).catch((error) => noAnswer(String(error)));
      if (gone.signal.aborted) {
        if (!isProblem(answer)) URL.revokeObjectURL(answer.source);
        return;
      }
      setPreview(({ result }) => {
        if (isProblem(answer)) return { result, isBusy: false, problem: answer };
        if (result !== null) URL.revokeObjectURL(result.source);
        return { result: answer, isBusy: false, problem: null };
      });
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [url]);
  return preview;
}

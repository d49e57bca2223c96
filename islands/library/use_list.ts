/// <reference lib="dom" />
/**
 * The list behind the grid: pages come as they are looked at, from wherever; what is no longer looked at is not waited
 * for.
 *
 * @module
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ImageListAnswer, SearchAnswer } from "../../routes/api/v1/_schema/images.ts";
import { askApi, type AskProblem, canRetry } from "../ui/ask_api.ts";
import { listRequest, type View } from "./address.ts";
import { type Folder, type LibraryItem, type LibraryPage, toPage } from "./item.ts";
import { PAGE_ITEMS, PageCache, pagesOf } from "./pages.ts";

const RETRY_MS = 2_000;

/** A list as it stands. */
export interface List {
  readonly total: number;
  readonly folders: readonly Folder[];
  /** Whether a new view is on its way while the old one is still shown. */
  readonly isTurning: boolean;
  readonly problem: AskProblem | null;
  at(index: number): LibraryItem | undefined;
  /** The item of an id, as long as its page is kept. */
  find(id: string): LibraryItem | undefined;
  /** Asks for what is missing of a part. */
  want(from: number, to: number): void;
  /** Loads a part and waits for it. */
  load(from: number, to: number): Promise<void>;
  /** Loads what is shown anew: something has changed. */
  refresh(from: number, to: number): Promise<void>;
}

type Answer = ImageListAnswer | SearchAnswer;

/** State of one view, thrown away as a whole when another is turned to. */
class Generation {
  readonly cache = new PageCache<LibraryItem>();
  readonly flights = new Map<number, AbortController>();
  total = 0;
  folders: readonly Folder[] = [];

  constructor(readonly view: View) {}

  take(page: number, { items, total, folders }: LibraryPage): void {
    this.cache.put(page, items);
    this.total = total;
    // Every page tells of them; those of a search are none.
    this.folders = folders;
  }

  /** Gives up what is not waited for any more. */
  keepOnly(pages: ReadonlySet<number>): void {
    for (const [page, flight] of this.flights) {
      if (pages.has(page)) continue;
      flight.abort();
      this.flights.delete(page);
    }
  }

  end(): void {
    this.keepOnly(new Set());
  }
}

async function fetchPage(view: View, page: number, signal: AbortSignal) {
  for (;;) {
    const request = listRequest(view, page * PAGE_ITEMS, PAGE_ITEMS);
    const { answer, problem } = await askApi<Answer>("GET", request, undefined, signal);
    if (answer !== null) return { page: toPage(view.folder, answer), problem: null };
    // A rate that is used up comes back by itself; what fails otherwise is told.
    if (signal.aborted || !canRetry(problem) || problem.status !== 429) return { page: null, problem };
    await new Promise((resolve) => setTimeout(resolve, problem.retryAfterMs ?? RETRY_MS));
  }
}

/** See the module's comment. @param first what the server put into the page */
export function useList(view: View, first: LibraryPage & { readonly pageNumber: number }): List {
  const [, setTick] = useState(0);
  const [problem, setProblem] = useState<AskProblem | null>(null);
  const shown = useRef<Generation | null>(null);
  const coming = useRef<Generation | null>(null);
  if (shown.current === null) {
    shown.current = new Generation(view);
    shown.current.take(first.pageNumber, first);
  }
  const redraw = useCallback(() => setTick((tick) => tick + 1), []);

  const load = useCallback(async (generation: Generation, page: number): Promise<void> => {
    if (generation.flights.has(page)) return;
    const flight = new AbortController();
    generation.flights.set(page, flight);
    const result = await fetchPage(generation.view, page, flight.signal);
    if (generation.flights.get(page) === flight) generation.flights.delete(page);
    if (flight.signal.aborted) return;
    if (result.page !== null) generation.take(page, result.page);
    setProblem(result.problem);
    redraw();
  }, []);

  useEffect(() => {
    if (shown.current!.view === view) return;
    const next = new Generation(view);
    coming.current?.end();
    coming.current = next;
    redraw();
    load(next, 0).then(() => {
      if (coming.current !== next || next.cache.size === 0) return;
      shown.current!.end();
      shown.current = next;
      coming.current = null;
      redraw();
    });
  }, [view]);

  // Who calls may have drawn long ago: what counts is what is shown now.
  const now = () => shown.current!;
  const missing = (from: number, to: number) => now().cache.missing(pagesOf(from, Math.min(to, now().total)));
  return {
    total: now().total,
    folders: now().folders,
    isTurning: coming.current !== null,
    problem,
    at: (index) => now().cache.at(index),
    find: (id) => now().cache.find((item) => item.id === id),
    want(from, to) {
      now().keepOnly(new Set(pagesOf(from, to)));
      for (const page of missing(from, to)) load(now(), page);
    },
    async load(from, to) {
      for (const page of missing(from, to)) await load(now(), page);
    },
    async refresh(from, to) {
      const old = now();
      const next = new Generation(old.view);
      for (const page of pagesOf(from, Math.max(to, from + 1))) await load(next, page);
      if (now() !== old || next.cache.size === 0) return;
      old.end();
      shown.current = next;
      redraw();
    },
  };
}

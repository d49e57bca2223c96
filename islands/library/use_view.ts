/// <reference lib="dom" />
/**
 * What the library shows, kept in the page's address: the back button walks through it, and leads to where each list was
 * left.
 *
 * @module
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { parseView, type View, viewHref } from "./address.ts";

/** After the last px of scrolling. */
const REMEMBER_MS = 150;

/** What the browser keeps with each address. */
interface Remembered {
  readonly scrollPx?: number;
}

const scrolledPx = () => (history.state as Remembered | null)?.scrollPx ?? 0;

/** The view, and how to turn to another. @param onTurn told of every turn, the back button's too */
export function useView(first: View, onTurn: (view: View) => void) {
  const [view, setView] = useState(first);
  const turned = useRef(onTurn);
  turned.current = onTurn;
  const turn = (next: View) => {
    setView(next);
    turned.current(next);
  };
  const show = useCallback((next: View, how: "push" | "replace") => {
    const state: Remembered = { scrollPx: 0 };
    if (how === "push") history.pushState(state, "", viewHref(next));
    else history.replaceState(state, "", viewHref(next));
    turn(next);
  }, []);
  useEffect(() => {
    const back = () => turn(parseView(new URLSearchParams(location.search)));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  return { view, show };
}

/** Scrolls to where a list was left, once it is there. @param isMeasured the page has its height @param isTurning another list is on its way */
export function useScrollMemory(isMeasured: boolean, isTurning: boolean): void {
  const wasTurning = useRef(false);
  useEffect(() => {
    history.scrollRestoration = "manual";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const remember = () => {
      clearTimeout(timer);
      timer = setTimeout(() => history.replaceState({ scrollPx: scrollY } satisfies Remembered, ""), REMEMBER_MS);
    };
    addEventListener("scroll", remember, { passive: true });
    return () => removeEventListener("scroll", remember);
  }, []);
  useEffect(() => {
    if (isMeasured && scrolledPx() > 0) scrollTo(0, scrolledPx());
  }, [isMeasured]);
  useLayoutEffect(() => {
    if (wasTurning.current && !isTurning) scrollTo(0, scrolledPx());
    wasTurning.current = isTurning;
  }, [isTurning]);
}

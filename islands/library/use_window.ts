/// <reference lib="dom" />
/**
 * Measures the grid, and says which part of it is drawn as the page scrolls.
 *
 * @module
 */
import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type GridMeasures, type GridWindow, scrollTo, windowOf } from "./window.ts";

/** When scrolling has come to rest. */
const REST_MS = 110;

interface Shape {
  readonly columns: number;
  readonly rowPx: number;
}

/** What the library knows of its grid. */
export interface Windowed {
  /** null until the page is measured: then everything that is there is drawn, as the server did. */
  readonly drawn: GridWindow | null;
  readonly columns: number;
  readonly rowsSeen: number;
  /** While the page flies by, no pictures are asked for. */
  readonly isFlying: boolean;
  /** Scrolls until an item is seen. */
  reveal(index: number): void;
}

/** Reads columns and the height of a row off the page, so that CSS alone decides on them. */
function measure(grid: HTMLElement): Shape | null {
  const first = grid.firstElementChild;
  if (!(first instanceof HTMLElement)) return null;
  const style = getComputedStyle(grid);
  const columns = style.gridTemplateColumns.split(" ").length;
  return { columns, rowPx: first.getBoundingClientRect().height + (parseFloat(style.rowGap) || 0) };
}

const isSame = (a: GridWindow | null, b: GridWindow) =>
  a !== null && a.from === b.from && a.to === b.to && a.offsetPx === b.offsetPx && a.heightPx === b.heightPx;

/** See the module's comment. @param space around the grid, as high as the whole list @param count of all items */
export function useWindow(
  space: RefObject<HTMLElement | null>,
  grid: RefObject<HTMLElement | null>,
  count: number,
): Windowed {
  const [shape, setShape] = useState<Shape | null>(null);
  const [drawn, setDrawn] = useState<GridWindow | null>(null);
  const [isFlying, setFlying] = useState(false);
  const lastPx = useRef(0);

  const measures = useCallback((): GridMeasures | null => {
    if (shape === null || space.current === null) return null;
    const scrolledPx = -space.current.getBoundingClientRect().top;
    return { ...shape, count, viewPx: globalThis.innerHeight, scrolledPx };
  }, [shape, count]);

  const update = useCallback(() => {
    const at = measures();
    if (at === null) return;
    const next = windowOf(at);
    setDrawn((old) => isSame(old, next) ? old : next);
  }, [measures]);

  useLayoutEffect(() => {
    const element = grid.current;
    if (element === null) return;
    const look = () => {
      const next = measure(element);
      setShape((old) => next === null || (old?.columns === next.columns && old.rowPx === next.rowPx) ? old : next);
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [count > 0]);

  useLayoutEffect(update, [update]);

  useEffect(() => {
    let frame = 0;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const onScroll = () => {
      clearTimeout(rest);
      rest = setTimeout(() => setFlying(false), REST_MS);
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        const movedPx = Math.abs(scrollY - lastPx.current);
        lastPx.current = scrollY;
        if (movedPx > innerHeight) setFlying(true);
        update();
      });
    };
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onScroll);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(rest);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onScroll);
    };
  }, [update]);

  return {
    drawn,
    isFlying,
    columns: shape?.columns ?? 1,
    rowsSeen: shape === null ? 1 : Math.floor(globalThis.innerHeight / shape.rowPx),
    reveal(index) {
      const at = measures();
      const style = space.current === null ? null : getComputedStyle(space.current);
      if (at === null || style === null) return;
      // What sticks to the page's top and bottom hides some of it.
      const [top, bottom] = [parseFloat(style.scrollPaddingTop) || 0, parseFloat(style.scrollPaddingBottom) || 0];
      const seen = { ...at, scrolledPx: at.scrolledPx + top, viewPx: at.viewPx - top - bottom };
      const wanted = scrollTo(seen, index);
      if (wanted !== null) scrollBy(0, wanted - seen.scrolledPx);
      update();
    },
  };
}

/**
 * Which part of a long grid is drawn: a bounded number of rows around what is looked at, whatever the list's length.
 *
 * @module
 */

/** Browsers draw no element higher than about 17.8 million px (Firefox) or 33.5 million px (Chromium). */
export const MAX_HEIGHT_PX = 12_000_000;

/** Rows drawn above and below what is seen. */
export const SPARE_ROWS = 2;

/** What the grid measures. */
export interface GridMeasures {
  readonly count: number;
  readonly columns: number;
  /** Of a row with the gap below it. */
  readonly rowPx: number;
  /** Of what can be seen. */
  readonly viewPx: number;
  /** How far the grid's beginning is above what can be seen; below 0 where it begins further down. */
  readonly scrolledPx: number;
}

/** What is drawn. */
export interface GridWindow {
  /** Of the whole grid. */
  readonly heightPx: number;
  /** From the grid's beginning to the first row that is drawn. */
  readonly offsetPx: number;
  /** Index of the first item that is drawn. */
  readonly from: number;
  /** Index behind the last one. */
  readonly to: number;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Rows that lie above what is seen, with a fraction; past {@linkcode MAX_HEIGHT_PX} a px of scrolling stands for more. */
function rowsAbove(measures: GridMeasures, rows: number, heightPx: number): number {
  const { rowPx, viewPx, scrolledPx } = measures;
  const wholePx = rows * rowPx;
  if (heightPx === wholePx) return scrolledPx / rowPx;
  const share = clamp(scrolledPx / Math.max(1, heightPx - viewPx), 0, 1);
  return share * (wholePx - viewPx) / rowPx;
}

/** See {@linkcode GridWindow}. */
export function windowOf(measures: GridMeasures): GridWindow {
  const { count, columns, rowPx, viewPx, scrolledPx } = measures;
  const rows = Math.ceil(count / columns);
  const heightPx = Math.min(MAX_HEIGHT_PX, rows * rowPx);
  const above = rowsAbove(measures, rows, heightPx);
  const firstRow = clamp(Math.floor(above) - SPARE_ROWS, 0, Math.max(0, rows - 1));
  const lastRow = clamp(Math.ceil(above + viewPx / rowPx) + SPARE_ROWS, firstRow, rows);
  const offsetPx = heightPx === rows * rowPx ? firstRow * rowPx : scrolledPx - (above - firstRow) * rowPx;
  return { heightPx, offsetPx, from: firstRow * columns, to: Math.min(count, lastRow * columns) };
}

/** How far to scroll so that an item is wholly seen; null where it is. As {@linkcode GridMeasures.scrolledPx}. */
export function scrollTo(measures: GridMeasures, index: number): number | null {
  const { count, columns, rowPx, viewPx } = measures;
  const rows = Math.ceil(count / columns);
  const wholePx = rows * rowPx;
  const heightPx = Math.min(MAX_HEIGHT_PX, wholePx);
  const topPx = Math.floor(index / columns) * rowPx;
  const seenPx = rowsAbove(measures, rows, heightPx) * rowPx;
  const wanted = topPx < seenPx ? topPx : topPx + rowPx > seenPx + viewPx ? topPx + rowPx - viewPx : null;
  if (wanted === null) return null;
  if (heightPx === wholePx) return wanted;
  return clamp(wanted / Math.max(1, wholePx - viewPx), 0, 1) * (heightPx - viewPx);
}

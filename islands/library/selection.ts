/**
 * What is selected in a grid, and where the keyboard stands. Indexes are those of the list as it is sorted; ids are what
 * counts, since a list moves.
 *
 * @module
 */

/** More would wait too long: changes go to the server a hundred at a time. */
export const MAX_SELECTED = 1_000;

/** See the module's comment. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins; null before anything was chosen. */
  readonly anchor: number | null;
  /** Item that the keyboard stands on. */
  readonly focus: number;
}

/** Nothing. */
export const NO_SELECTION: Selection = { ids: new Set(), anchor: null, focus: 0 };

/** Id of an item, or null as long as it isn't loaded. */
export type IdAt = (index: number) => string | null;

/** Adds an item, or takes it away; a range goes on from here. */
export function toggle(selection: Selection, index: number, idAt: IdAt): Selection {
  const id = idAt(index);
  if (id === null) return { ...selection, focus: index };
  const ids = new Set(selection.ids);
  if (!ids.delete(id) && ids.size < MAX_SELECTED) ids.add(id);
  return { ids, anchor: index, focus: index };
}

/** Adds everything from the anchor to an item; the anchor stays. At most {@linkcode MAX_SELECTED}. */
export function extend(selection: Selection, index: number, idAt: IdAt): Selection {
  const anchor = selection.anchor ?? selection.focus;
  const ids = new Set(selection.ids);
  const step = anchor <= index ? 1 : -1;
  for (let at = anchor; at !== index + step && ids.size < MAX_SELECTED; at += step) {
    const id = idAt(at);
    if (id !== null) ids.add(id);
  }
  return { ids, anchor, focus: index };
}

/** Selects some, and no others. */
export function selectOnly(selection: Selection, ids: Iterable<string>): Selection {
  return { ...selection, ids: new Set([...ids].slice(0, MAX_SELECTED)) };
}

/** Takes away what is gone. */
export function without(selection: Selection, gone: Iterable<string>): Selection {
  const ids = new Set(selection.ids);
  for (const id of gone) ids.delete(id);
  return { ...selection, ids };
}

/** What the grid looks like to the keyboard. */
export interface GridShape {
  readonly count: number;
  readonly columns: number;
  /** Whole rows that are seen at once. */
  readonly rowsSeen: number;
}

const STEPS: Readonly<Record<string, (shape: GridShape) => number>> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: ({ columns }) => columns,
  ArrowUp: ({ columns }) => -columns,
  PageDown: ({ columns, rowsSeen }) => columns * Math.max(1, rowsSeen),
  PageUp: ({ columns, rowsSeen }) => -columns * Math.max(1, rowsSeen),
};

/** Where a key leads from an item; null for a key that leads nowhere. */
export function moved(key: string, from: number, shape: GridShape): number | null {
  if (shape.count === 0) return null;
  const last = shape.count - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = STEPS[key]?.(shape);
  if (step === undefined) return null;
  const to = from + step;
  if (Math.abs(step) === 1) return Math.min(last, Math.max(0, to));
  // A column has an end: the keyboard stays in it, and reaches the last row where that is shorter.
  if (to < 0) return from % shape.columns;
  if (to <= last) return to;
  return Math.floor(from / shape.columns) === Math.floor(last / shape.columns) ? from : last;
}

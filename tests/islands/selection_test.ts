import { assertEquals } from "@std/assert";
import {
  extend,
  MAX_SELECTED,
  moved,
  NO_SELECTION,
  type Selection,
  selectOnly,
  toggle,
  without,
} from "../../islands/library/selection.ts";

const idAt = (index: number) => index >= 0 && index < 5_000 ? `i${index}` : null;
const chosen = ({ ids }: Selection) => [...ids].toSorted();

Deno.test("toggle() adds and takes away, and stands where it was used", () => {
  const once = toggle(NO_SELECTION, 3, idAt);
  assertEquals([chosen(once), once.anchor, once.focus], [["i3"], 3, 3]);
  const twice = toggle(toggle(once, 5, idAt), 3, idAt);
  assertEquals([chosen(twice), twice.anchor, twice.focus], [["i5"], 3, 3]);
  assertEquals(chosen(toggle(once, 9_000, idAt)), ["i3"]);
});

Deno.test("extend() takes everything between the anchor and an item, either way, and keeps the anchor", () => {
  const at = toggle(NO_SELECTION, 4, idAt);
  assertEquals(chosen(extend(at, 6, idAt)), ["i4", "i5", "i6"]);
  const back = extend(extend(at, 6, idAt), 2, idAt);
  assertEquals([chosen(back), back.anchor, back.focus], [["i2", "i3", "i4", "i5", "i6"], 4, 2]);
  assertEquals(chosen(extend({ ...NO_SELECTION, focus: 1 }, 0, idAt)), ["i0", "i1"]);
});

Deno.test("a selection has a bound, however it is made", () => {
  assertEquals(extend(toggle(NO_SELECTION, 0, idAt), 4_000, idAt).ids.size, MAX_SELECTED);
  const all = selectOnly(NO_SELECTION, Array.from({ length: 4_000 }, (_, at) => `i${at}`));
  assertEquals([all.ids.size, toggle(all, 4_500, idAt).ids.size, toggle(all, 1, idAt).ids.size], [
    MAX_SELECTED,
    MAX_SELECTED,
    MAX_SELECTED - 1,
  ]);
});

Deno.test("without() forgets what is gone", () => {
  assertEquals(chosen(without(extend(toggle(NO_SELECTION, 0, idAt), 2, idAt), ["i1", "other"])), ["i0", "i2"]);
});

Deno.test("moved() walks a grid whose last row is short", () => {
  const shape = { count: 11, columns: 4, rowsSeen: 2 };
  const cases: [string, number, number | null][] = [
    ["ArrowRight", 3, 4],
    ["ArrowRight", 10, 10],
    ["ArrowLeft", 4, 3],
    ["ArrowLeft", 0, 0],
    ["ArrowDown", 1, 5],
    ["ArrowDown", 7, 10],
    ["ArrowDown", 9, 9],
    ["ArrowUp", 5, 1],
    ["ArrowUp", 2, 2],
    ["PageDown", 1, 9],
    ["PageDown", 3, 10],
    ["PageUp", 9, 1],
    ["PageUp", 6, 2],
    ["Home", 7, 0],
    ["End", 0, 10],
    ["a", 3, null],
  ];
  for (const [key, from, to] of cases) assertEquals(moved(key, from, shape), to, `${key} from ${from}`);
  assertEquals(moved("ArrowDown", 0, { ...shape, count: 0 }), null);
});

import { assert, assertEquals } from "@std/assert";
import { type GridMeasures, MAX_HEIGHT_PX, scrollTo, SPARE_ROWS, windowOf } from "../../islands/library/window.ts";

const measures = (changes: Partial<GridMeasures> = {}): GridMeasures => ({
  count: 100_000,
  columns: 6,
  rowPx: 250,
  viewPx: 900,
  scrolledPx: 0,
  ...changes,
});

/** Most rows that may be drawn. */
const mostRows = ({ viewPx, rowPx }: GridMeasures) => Math.ceil(viewPx / rowPx) + 1 + 2 * SPARE_ROWS;

Deno.test("windowOf() draws a bounded number of items, and always those that are seen", () => {
  for (const count of [0, 1, 5, 6, 7, 10_000, 100_000, 1_000_000]) {
    for (const columns of [1, 2, 6, 11]) {
      const whole = windowOf(measures({ count, columns }));
      for (let share = 0; share <= 1; share += 0.05) {
        const scrolledPx = share * Math.max(0, whole.heightPx - 900);
        const at = measures({ count, columns, scrolledPx });
        const { from, to, offsetPx, heightPx } = windowOf(at);
        assert(to - from <= mostRows(at) * columns, `${count} ${columns} ${share}: ${from}–${to}`);
        assert(from % columns === 0 && from >= 0 && to <= count);
        // What is drawn reaches from above the view's top to below its bottom, or to the grid's ends.
        const bottomPx = offsetPx + Math.ceil((to - from) / columns) * 250;
        assert(from === 0 || offsetPx <= scrolledPx, `${count} ${columns} ${share}`);
        assert(to === count || bottomPx >= scrolledPx + 900, `${count} ${columns} ${share}`);
        assertEquals(heightPx, whole.heightPx);
      }
    }
  }
});

Deno.test("windowOf() shows the end at the end, however long the list", () => {
  for (const count of [7, 100_000, 1_000_003]) {
    for (const columns of [1, 6]) {
      const { heightPx } = windowOf(measures({ count, columns }));
      assert(heightPx <= MAX_HEIGHT_PX);
      const { to, from, offsetPx } = windowOf(measures({ count, columns, scrolledPx: Math.max(0, heightPx - 900) }));
      assertEquals(to, count);
      const bottomPx = offsetPx + Math.ceil((to - from) / columns) * 250;
      assert(Math.abs(bottomPx - heightPx) < 1, `${count} ${columns}: ${bottomPx} of ${heightPx}`);
    }
  }
});

Deno.test("windowOf() draws the beginning while the grid begins below the view", () => {
  const { from, offsetPx } = windowOf(measures({ scrolledPx: -400 }));
  assertEquals([from, offsetPx], [0, 0]);
});

Deno.test("scrollTo() leaves alone what is seen, and brings anything else into sight", () => {
  assertEquals(scrollTo(measures(), 0), null);
  assertEquals(scrollTo(measures(), 17), null);
  for (const count of [100_000, 1_000_000]) {
    for (const columns of [1, 6]) {
      for (const index of [0, 500, Math.floor(count / 2), count - 1]) {
        const before = measures({ count, columns, scrolledPx: 100_000 });
        const scrolledPx = scrollTo(before, index) ?? before.scrolledPx;
        const { from, to } = windowOf({ ...before, scrolledPx });
        assert(from <= index && index < to, `${count} ${columns} ${index}`);
        const again = scrollTo({ ...before, scrolledPx }, index);
        assert(
          again === null || Math.abs(again - scrolledPx) < 1,
          `${count} ${columns} ${index}: ${again} ${scrolledPx}`,
        );
      }
    }
  }
});

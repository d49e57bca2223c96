/** Turns and mirrors, against pictures as grids of letters. */
import { assert, assertEquals } from "@std/assert";
import { composeOrientations, orientedSize, orientRect, requestedOrientation } from "../../codec/geometry.ts";
import { PARAMS } from "../../codec/params.ts";
import { isSameGrid, numberedGrid, requested, shownBy } from "../doubles/geometry_reference.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const PICTURE = numberedGrid({ width: 3, height: 2 });

Deno.test("shownBy() of the reference gives eight different pictures", () => {
  assertEquals(new Set(ORIENTATIONS.map((o) => JSON.stringify(shownBy(PICTURE, o)))).size, 8);
});

for (const first of ORIENTATIONS) {
  Deno.test(`composeOrientations() does what two lays in a row do when the first is ${first}`, () => {
    for (const second of ORIENTATIONS) {
      const inARow = shownBy(shownBy(PICTURE, first), second);
      const found = ORIENTATIONS.filter((o) => isSameGrid(shownBy(PICTURE, o), inARow));
      assertEquals(found, [composeOrientations(first, second)] as typeof found, `${first}, then ${second}`);
    }
  });
}

for (const rotate of PARAMS.rotate.values) {
  Deno.test(`requestedOrientation() turns by ${rotate}, then mirrors`, () => {
    for (const flip of [null, ...PARAMS.flip.values]) {
      const orientation = requestedOrientation(rotate, flip);
      assert(isSameGrid(shownBy(PICTURE, orientation), requested(PICTURE, rotate, flip)), `${rotate}, ${flip}`);
    }
  });
}

for (const orientation of ORIENTATIONS) {
  Deno.test(`orientedSize() gives the size of the grid that orientation ${orientation} shows`, () => {
    const shown = shownBy(PICTURE, orientation);
    assertEquals(orientedSize({ width: 3, height: 2 }, orientation), { width: shown[0]!.length, height: shown.length });
  });

  Deno.test(`orientRect() finds the pixels that were marked when orientation is ${orientation}`, () => {
    const random = seededRandom(50 + orientation);
    for (let i = 0; i < 300; i++) {
      const size = { width: random.integer(1, 9), height: random.integer(1, 9) };
      const [left, top] = [random.integer(0, size.width - 1), random.integer(0, size.height - 1)];
      const rect = {
        left,
        top,
        width: random.integer(1, size.width - left),
        height: random.integer(1, size.height - top),
      };
      const marks = Array.from({ length: size.height }, (_, y) =>
        Array.from(
          { length: size.width },
          (_, x) => x >= left && x < left + rect.width && y >= top && y < top + rect.height,
        ));
      const places = shownBy(marks, orientation).flatMap((row, y) => row.flatMap((mark, x) => mark ? [{ x, y }] : []));
      const [xs, ys] = [places.map((p) => p.x), places.map((p) => p.y)];
      assertEquals(orientRect(rect, size, orientation), {
        left: Math.min(...xs),
        top: Math.min(...ys),
        width: Math.max(...xs) - Math.min(...xs) + 1,
        height: Math.max(...ys) - Math.min(...ys) + 1,
      });
    }
  });
}

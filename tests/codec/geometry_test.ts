import { assert, assertEquals } from "@std/assert";
import {
  capSize,
  GRAVITY_SHARES,
  largestOfRatio,
  orientedSize,
  placeByFocus,
  placeByShare,
  resolveFit,
  roundSide,
  scaleSide,
  type Size,
} from "../../codec/geometry.ts";
import { ASPECTS, type Fit, FITS, GRAVITIES } from "../../codec/params.ts";
import { referenceFit, referencePlace } from "../doubles/geometry_reference.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

/** `a × n ÷ d` rounded half up in exact arithmetic, at least 1. */
function exactSide(a: number, n: number, d: number): number {
  const [twice, half] = [2n * BigInt(a) * BigInt(n) + BigInt(d), 2n * BigInt(d)];
  return Math.max(1, Number(twice / half));
}

/** Sides that are small, common, awkward or large. */
function randomSide(random: SeededRandom, max: number): number {
  return random.pick([
    random.integer(1, 12),
    random.integer(1, 600),
    random.integer(1, max),
    random.pick([1, 2, 3, 333, 667, 1_000, max]),
  ]);
}

const randomSize = (random: SeededRandom, max = 30_000) => ({
  width: randomSide(random, max),
  height: randomSide(random, max),
});

function aspectSize(aspect: string): Size | null {
  const [width, height] = aspect.split(":").map(Number);
  return aspect === "original" ? null : { width: width!, height: height! };
}

function assertNear(actual: number, expected: number, label: string): void {
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert(Math.abs(actual - expected) <= tolerance, `${label}: ${actual} is not ${expected}`);
}

Deno.test("roundSide() rounds half up and stays at 1 or more", () => {
  const cases = [[0, 1], [0.4, 1], [1.49, 1], [1.5, 2], [2.5, 3], [-3, 1], [1e6 + 0.5, 1e6 + 1]] as const;
  for (const [value, expected] of cases) assertEquals(roundSide(value), expected);
});

Deno.test("scaleSide() rounds half up in exact arithmetic", () => {
  assertEquals(scaleSide(9, 1, 6), 2);
  assertEquals(scaleSide(1, 1, 2), 1);
  assertEquals(scaleSide(1, 1, 3), 1);
  const random = seededRandom(10);
  for (let i = 0; i < 20_000; i++) {
    const [a, n, d] = [randomSide(random, 70_000), randomSide(random, 16_383), randomSide(random, 70_000)];
    assertEquals(scaleSide(a, n, d), exactSide(a, n, d), `${a} × ${n} ÷ ${d}`);
  }
});

Deno.test("orientedSize() swaps the sides when the orientation is 5 to 8", () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const expected = orientation < 5 ? { width: 3, height: 2 } : { width: 2, height: 3 };
    assertEquals(orientedSize({ width: 3, height: 2 }, orientation), expected);
  }
});

for (const fit of FITS) {
  for (const aspect of ASPECTS) {
    Deno.test(`resolveFit() agrees with the slow reference when fit is ${fit} and aspect ${aspect}`, () => {
      const random = seededRandom(20);
      for (let i = 0; i < 8_000; i++) {
        const source = randomSize(random);
        const side = () => random.integer(0, 3) === 0 ? null : randomSide(random, 30_000);
        const box = { width: side(), height: side() };
        const { output, window } = resolveFit(source, aspectSize(aspect), box, fit);
        const expected = referenceFit(source, { ...box, fit, aspect });
        const label = `${source.width}×${source.height} into ${box.width}×${box.height}`;
        assertEquals(output, expected.output, label);
        assertNear(window.width, expected.window.width, label);
        assertNear(window.height, expected.window.height, label);
      }
    });
  }
}

Deno.test("resolveFit() never shows more than there is, and crops only for cover and aspect", () => {
  const random = seededRandom(21);
  for (let i = 0; i < 20_000; i++) {
    const source = randomSize(random);
    const [fit, aspect] = [random.pick(FITS), random.pick(ASPECTS)];
    const box = { width: randomSide(random, 10_000), height: randomSide(random, 10_000) };
    const { window } = resolveFit(source, aspectSize(aspect), box, fit);
    assert(window.width > 0 && window.height > 0);
    assert(window.width <= source.width + 1e-6 && window.height <= source.height + 1e-6);
    if (fit !== "cover" && aspect === "original") assertEquals(window, source);
  }
});

Deno.test("resolveFit() keeps the ratio of what it shows, but for fill", () => {
  const random = seededRandom(26);
  for (let i = 0; i < 20_000; i++) {
    const source = randomSize(random, 5_000);
    const fit = random.pick(FITS.filter((f) => f !== "fill"));
    const box = { width: random.integer(1, 5_000), height: random.pick([null, random.integer(1, 5_000)]) };
    const { output, window } = resolveFit(source, aspectSize(random.pick(ASPECTS)), box, fit);
    // Each side is within half a px of the same factor.
    const least = Math.max((output.width - 0.5) / window.width, (output.height - 0.5) / window.height);
    const most = Math.min((output.width + 0.5) / window.width, (output.height + 0.5) / window.height);
    const isTiny = Math.min(output.width, output.height) === 1;
    assert(isTiny || least <= most * (1 + 1e-9), `${JSON.stringify({ source, fit, box, output, window })}`);
  }
});

Deno.test("resolveFit() gives the contract's example when 400×300 goes into 200×200", () => {
  const sizeFor = (fit: Fit) => resolveFit({ width: 400, height: 300 }, null, { width: 200, height: 200 }, fit).output;
  assertEquals(sizeFor("cover"), { width: 200, height: 200 });
  assertEquals(sizeFor("contain"), { width: 200, height: 150 });
  assertEquals(sizeFor("fill"), { width: 200, height: 200 });
  assertEquals(sizeFor("scale-down"), { width: 200, height: 150 });
});

Deno.test("resolveFit() enlarges with contain and not with scale-down", () => {
  const source = { width: 100, height: 50 };
  const sizeOf = (width: number, height: number | null, fit: Fit) =>
    resolveFit(source, null, { width, height }, fit).output;
  assertEquals(sizeOf(300, null, "contain"), { width: 300, height: 150 });
  assertEquals(sizeOf(300, null, "scale-down"), source);
  assertEquals(sizeOf(300, 20, "scale-down"), { width: 40, height: 20 });
});

Deno.test("resolveFit() crops to the ratio before it looks at the box", () => {
  const source = { width: 400, height: 300 };
  const square = { width: 1, height: 1 };
  assertEquals(resolveFit(source, square, { width: null, height: null }, "contain"), {
    output: { width: 300, height: 300 },
    window: { width: 300, height: 300 },
  });
  assertEquals(resolveFit(source, square, { width: 200, height: 50 }, "contain").output, { width: 50, height: 50 });
  assertEquals(resolveFit(source, square, { width: 200, height: 100 }, "cover").window, { width: 300, height: 150 });
  assertEquals(resolveFit(source, square, { width: 200, height: 100 }, "fill").window, { width: 300, height: 300 });
});

Deno.test("largestOfRatio() has the ratio and touches two opposite edges", () => {
  const random = seededRandom(22);
  for (let i = 0; i < 5_000; i++) {
    const source = { width: random.integer(1, 9_000), height: random.integer(1, 9_000) };
    const ratio = { width: random.integer(1, 9_000), height: random.integer(1, 9_000) };
    const size = largestOfRatio(source, ratio);
    assertNear(size.width * ratio.height, size.height * ratio.width, "ratio");
    assert(size.width === source.width || size.height === source.height);
    assert(size.width <= source.width * (1 + 1e-12) && size.height <= source.height * (1 + 1e-12));
  }
});

for (const gravity of GRAVITIES) {
  if (gravity === "attention" || gravity === "entropy") continue;
  Deno.test(`placeByShare() puts a window to the ${gravity}`, () => {
    const random = seededRandom(27);
    for (let i = 0; i < 2_000; i++) {
      const space = randomSize(random);
      const window = { width: random.integer(1, space.width), height: random.integer(1, space.height) };
      const placed = placeByShare(space, window, GRAVITY_SHARES[gravity]);
      assertEquals(placed, { ...window, ...referencePlace(space, window, gravity, null) });
    }
  });
}

Deno.test("placeByFocus() has the focal point in the middle, or as near as the edges allow", () => {
  const random = seededRandom(28);
  const share = () => random.integer(0, random.pick([1, 10_000])) === 0 ? 0 : random.integer(0, 10_000) / 10_000;
  for (let i = 0; i < 20_000; i++) {
    const space = randomSize(random);
    const window = { width: random.integer(1, space.width), height: random.integer(1, space.height) };
    const focus = { x: share(), y: share() };
    const placed = placeByFocus(space, window, focus);
    const expected = referencePlace(space, window, "center", `${focus.x},${focus.y}`);
    assertNear(placed.left, expected.left, "left");
    assertNear(placed.top, expected.top, "top");
    assert(placed.left >= 0 && placed.left + placed.width <= space.width + 1e-9);
    assert(placed.top >= 0 && placed.top + placed.height <= space.height + 1e-9);
  }
});

Deno.test("capSize() never passes a cap, keeps the ratio and leaves alone what is inside", () => {
  const random = seededRandom(23);
  for (let i = 0; i < 50_000; i++) {
    const size = { width: randomSide(random, 100_000), height: randomSide(random, 100_000) };
    const caps = {
      maxPixels: random.pick([1, random.integer(1, 5_000), 16_000_000, random.integer(1, 64_000_000)]),
      maxSidePx: random.pick([16_383, random.integer(1, 500)]),
    };
    const capped = capSize(size, caps);
    const label =
      `${size.width}×${size.height} in ${caps.maxPixels}, ${caps.maxSidePx}: ${capped.width}×${capped.height}`;
    assert(capped.width >= 1 && capped.height >= 1 && capped.width * capped.height <= caps.maxPixels, label);
    assert(Math.max(capped.width, capped.height) <= caps.maxSidePx, label);
    if (size.width * size.height <= caps.maxPixels && Math.max(size.width, size.height) <= caps.maxSidePx) {
      assertEquals(capped, size);
    } else if (Math.min(capped.width, capped.height) > 1) {
      // Each side is within one px of the same factor.
      const least = Math.max((capped.width - 1) / size.width, (capped.height - 1) / size.height);
      const most = Math.min((capped.width + 1) / size.width, (capped.height + 1) / size.height);
      assert(least < most, label);
    }
  }
});

Deno.test("capSize() wastes less than a row and a column of what the caps allow", () => {
  const random = seededRandom(24);
  for (let i = 0; i < 5_000; i++) {
    const size = { width: random.integer(5_000, 40_000), height: random.integer(5_000, 40_000) };
    const { width, height } = capSize(size, { maxPixels: 16_000_000, maxSidePx: 16_383 });
    const isFull = (width + 1) * (height + 1) > 16_000_000 || Math.max(width, height) === 16_383;
    assert(isFull, `${size.width}×${size.height}: ${width}×${height}`);
  }
});

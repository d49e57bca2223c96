import { assert, assertEquals } from "@std/assert";
import { capSize, coverRect, orientedSize, resolveFit, roundSide, scaleSide, type Size } from "../../codec/geometry.ts";
import { type Fit, FITS } from "../../codec/params.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

/** `a × n ÷ d` rounded half up in exact arithmetic, at least 1. */
function exactSide(a: number, n: number, d: number): number {
  const [twice, half] = [2n * BigInt(a) * BigInt(n) + BigInt(d), 2n * BigInt(d)];
  return Math.max(1, Number(twice / half));
}

/** What the contract says of every fit, worked out the slow way. */
function referenceFit(source: Size, width: number | null, height: number | null, fit: Fit): Size {
  if (width === null && height === null) return source;
  if (width !== null && height !== null && (fit === "cover" || fit === "fill")) return { width, height };
  const byWidth = width === null ? null : { width, height: exactSide(source.height, width, source.width) };
  const byHeight = height === null ? null : { width: exactSide(source.width, height, source.height), height };
  const widthDecides = byHeight === null ||
    (byWidth !== null && BigInt(width!) * BigInt(source.height) <= BigInt(height!) * BigInt(source.width));
  const inside = widthDecides ? byWidth! : byHeight;
  const enlarges = widthDecides ? width! > source.width : height! > source.height;
  return fit === "scale-down" && enlarges ? source : inside;
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
  Deno.test(`resolveFit() agrees with the slow reference when fit is ${fit}`, () => {
    const random = seededRandom(20);
    for (let i = 0; i < 20_000; i++) {
      const source = { width: randomSide(random, 30_000), height: randomSide(random, 30_000) };
      const side = () => random.integer(0, 3) === 0 ? null : randomSide(random, 10_000);
      const [width, height] = [side(), side()];
      const { output } = resolveFit(source, width, height, fit);
      const label = `${source.width}×${source.height} into ${width}×${height}`;
      assertEquals(output, referenceFit(source, width, height, fit), label);
    }
  });

  Deno.test(`resolveFit() crops inside the source when fit is ${fit}, and only for cover`, () => {
    const random = seededRandom(21);
    for (let i = 0; i < 5_000; i++) {
      const source = { width: randomSide(random, 30_000), height: randomSide(random, 30_000) };
      const [width, height] = [randomSide(random, 10_000), randomSide(random, 10_000)];
      const { crop } = resolveFit(source, width, height, fit);
      assert(crop.left >= 0 && crop.top >= 0);
      assert(crop.left + crop.width <= source.width + 1e-6 && crop.top + crop.height <= source.height + 1e-6);
      if (fit !== "cover") assertEquals(crop, { left: 0, top: 0, ...source });
    }
  });
}

Deno.test("resolveFit() gives the contract's example when 400×300 goes into 200×200", () => {
  const sizeFor = (fit: Fit) => resolveFit({ width: 400, height: 300 }, 200, 200, fit).output;
  assertEquals(sizeFor("cover"), { width: 200, height: 200 });
  assertEquals(sizeFor("contain"), { width: 200, height: 150 });
  assertEquals(sizeFor("fill"), { width: 200, height: 200 });
  assertEquals(sizeFor("scale-down"), { width: 200, height: 150 });
});

Deno.test("resolveFit() enlarges with contain and not with scale-down", () => {
  const source = { width: 100, height: 50 };
  assertEquals(resolveFit(source, 300, null, "contain").output, { width: 300, height: 150 });
  assertEquals(resolveFit(source, 300, null, "scale-down").output, source);
  assertEquals(resolveFit(source, 300, 20, "scale-down").output, { width: 40, height: 20 });
});

Deno.test("coverRect() is centred, has the box's ratio and touches two opposite edges", () => {
  const random = seededRandom(22);
  for (let i = 0; i < 5_000; i++) {
    const source = { width: random.integer(1, 9_000), height: random.integer(1, 9_000) };
    const box = { width: random.integer(1, 9_000), height: random.integer(1, 9_000) };
    const rect = coverRect(source, box);
    const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(a, b);
    assert(near(rect.width / rect.height, box.width / box.height));
    assert(near(rect.left * 2 + rect.width, source.width) && near(rect.top * 2 + rect.height, source.height));
    assert(near(rect.width, source.width) || near(rect.height, source.height));
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

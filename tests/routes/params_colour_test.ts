/** Wide-gamut originals: as sRGB, or kept with a small profile. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { decodePicture, pixelAt } from "../doubles/decode.ts";
import { greatestDifference, painted, withServed } from "../doubles/served.ts";

/** Linear Display P3 to linear sRGB, both D65 (CSS Color 4, section 17). */
const P3_TO_SRGB = [
  [1.2249401762805598, -0.22494017628055996, 0],
  [-0.042056954709688163, 1.0420569547096881, 0],
  [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
] as const;

const toLinear = (v: number) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
function toCoded(linear: number): number {
  const v = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055));
}

Deno.test("servePicture() converts a Display P3 original to sRGB and sends no profile", () =>
  withServed(["quarters-p3.png"], async ({ pixels, bytes }) => {
    const stored = await decodePicture("png", await fixture("quarters.png"));
    const expected = painted(stored, (x, y) => {
      const [r, g, b] = pixelAt(stored, x, y).map(toLinear) as [number, number, number];
      return [...P3_TO_SRGB.map(([p, q, s]) => toCoded(p * r + q * g + s * b)), 255];
    });
    for (const query of ["?rotate=180&flip=both", "?rotate=180&flip=both&icc=srgb"]) {
      const difference = greatestDifference(await pixels(`quarters-p3.png${query}`), expected);
      assert(difference <= 2, `differs by ${difference}`);
      assert(!new TextDecoder("latin1").decode(await bytes(`quarters-p3.png${query}`)).includes("iCCP"));
    }
  }));

Deno.test("servePicture() keeps the numbers of a Display P3 original beside a small profile when icc is keep", () =>
  withServed(["quarters-p3.png", "quarters.png"], async ({ pixels, bytes }) => {
    const stored = await decodePicture("png", await fixture("quarters.png"));
    assertEquals(greatestDifference(await pixels("quarters-p3.png?icc=keep&meta=none"), stored), 0);
    const marks = { png: "iCCP", webp: "ICCP", jpg: "ICC_PROFILE", avif: "acsp" };
    for (const [format, mark] of Object.entries(marks)) {
      const has = async (path: string) => new TextDecoder("latin1").decode(await bytes(path)).includes(mark);
      for (const meta of ["none", "rights", "all"]) {
        assertEquals(await has(`quarters-p3.${format}?icc=keep&w=50&meta=${meta}`), true, `${format}, ${meta}`);
      }
      assertEquals(await has(`quarters-p3.${format}?w=50`), false, format);
      assertEquals(await has(`quarters.${format}?icc=keep&w=50`), false, `${format} of an sRGB original`);
      const kept = (await bytes(`quarters-p3.${format}?icc=keep&w=50`)).length;
      const bare = (await bytes(`quarters-p3.${format}?w=50`)).length;
      assert(kept - bare < 1_000, `${format}: a profile of ${kept - bare} bytes is not small`);
    }
  }));

Deno.test("servePicture() converts to sRGB also with icc=keep where the format carries no profile", () =>
  withServed(["quarters-p3.png"], async ({ pixels, app }) => {
    const kept = await pixels("quarters-p3.jxl?icc=keep&lossless=true");
    const converted = await pixels("quarters-p3.png?rotate=180&flip=both");
    assertEquals(greatestDifference(kept, converted), 0);
    await pixels("quarters-p3.jxl?lossless=true");
    assertEquals(app.transforms(), 2, "it is one derivative");
  }));

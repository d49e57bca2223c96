/** What each effect does to a picture, over HTTP, against plain formulas. */
import { assert, assertEquals } from "@std/assert";
import { decodePicture, type Picture, pixelAt } from "../doubles/decode.ts";
import { cut, greatestDifference, meanDifference, painted, withServed } from "../doubles/served.ts";
import { fixture } from "../doubles/app.ts";

const quarters = async () => await decodePicture("png", await fixture("quarters.png"));

/** A new picture of each px's red, green and blue. */
function recoloured(picture: Picture, rule: (rgb: readonly number[]) => readonly number[]): Picture {
  return painted(picture, (x, y) => {
    const [r, g, b, a] = pixelAt(picture, x, y);
    return [...rule([r, g, b]), a];
  });
}

const toLinear = (v: number) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
const toCoded = (v: number) => 255 * (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);
/** Luminance by Rec. 709, of linear light. */
const greyOf = ([r, g, b]: readonly number[]) =>
  toCoded(0.2126 * toLinear(r!) + 0.7152 * toLinear(g!) + 0.0722 * toLinear(b!));
const clip = (v: number) => Math.min(255, Math.max(0, Math.round(v)));

Deno.test("servePicture() takes the colour away when grayscale is true", () =>
  withServed(["quarters.png", "fading.png"], async ({ pixels }) => {
    for (const name of ["quarters.png", "fading.png"]) {
      const grey = await pixels(`${name}?grayscale=true`);
      const original = await decodePicture("png", await fixture(name));
      assert(greatestDifference(grey, recoloured(original, (rgb) => Array(3).fill(clip(greyOf(rgb))))) <= 1, name);
    }
    for (const format of ["png", "webp", "jpg", "avif", "jxl"]) {
      const grey = await pixels(`quarters.${format}?grayscale=1&w=48`);
      const most = format === "png" ? 0 : 3;
      const spread = recoloured(grey, ([r, g, b]) => [Math.max(r!, g!, b!) - Math.min(r!, g!, b!), 0, 0]);
      for (let at = 0; at < spread.data.length; at += 4) assert(spread.data[at]! <= most, `${format} is coloured`);
    }
  }));

Deno.test("servePicture() makes darker and brighter, flatter and harder, paler and more colourful", () =>
  withServed(["quarters.png"], async ({ pixels }) => {
    const original = await quarters();
    const saturated = (rgb: readonly number[], by: number) => {
      const luma = 0.2126 * rgb[0]! + 0.7152 * rgb[1]! + 0.0722 * rgb[2]!;
      return rgb.map((v) => clip(luma + (v - luma) * by));
    };
    for (const percent of [-100, -40, -1, 1, 35, 100]) {
      const by = 1 + percent / 100;
      const rules = {
        brightness: (rgb: readonly number[]) => rgb.map((v) => clip(v * by)),
        contrast: (rgb: readonly number[]) => rgb.map((v) => clip((v - 127.5) * by + 127.5)),
        saturation: (rgb: readonly number[]) => saturated(rgb, by),
      };
      for (const [key, rule] of Object.entries(rules)) {
        const found = await pixels(`quarters.png?${key}=${percent}`);
        assert(greatestDifference(found, recoloured(original, rule)) <= 1, `${key}=${percent}`);
      }
    }
  }));

Deno.test("servePicture() changes no px when an effect is neutral", () =>
  withServed(["quarters.png", "fading.png"], async ({ pixels, get }) => {
    const neutral = "brightness=0&contrast=0&saturation=0&blur=0&sharpen=0&grayscale=false&pad=0";
    for (const name of ["quarters.png", "fading.png"]) {
      const etags = await Promise.all(
        ["w=95", `w=95&${neutral}`].map(async (query) => {
          const response = await get(`${name}?${query}`);
          await response.body?.cancel();
          return response.headers.get("etag");
        }),
      );
      assertEquals(etags[0], etags[1]);
      // An effect that is on, but not seen: the path of the effects itself loses nothing.
      const untouched = await decodePicture("png", await fixture(name));
      assertEquals(greatestDifference(await pixels(`${name}?flip=both&rotate=180`), untouched), 0, name);
    }
  }));

/** One row or column smoothed by a Gaussian, its ends continued. */
function smoothed(values: readonly number[], sigma: number): number[] {
  const radius = Math.ceil(sigma * 4);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, n) => Math.exp(-((n - radius) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return values.map((_, at) =>
    weights.reduce((total, weight, n) => {
      const from = Math.min(values.length - 1, Math.max(0, at + n - radius));
      return total + values[from]! * weight / sum;
    }, 0)
  );
}

function gaussian({ width, height, data }: Picture, sigma: number): Picture {
  const out = new Uint8ClampedArray(data.length);
  for (let channel = 0; channel < 4; channel++) {
    const rows = Array.from(
      { length: height },
      (_, y) => smoothed(Array.from({ length: width }, (_, x) => data[(y * width + x) * 4 + channel]!), sigma),
    );
    for (let x = 0; x < width; x++) {
      smoothed(rows.map((row) => row[x]!), sigma).forEach((v, y) => out[(y * width + x) * 4 + channel] = clip(v));
    }
  }
  return { width, height, data: out };
}

for (const sigma of [1, 3, 8, 25]) {
  Deno.test(`servePicture() blurs as a Gaussian does when blur is ${sigma}`, () =>
    withServed(["quarters.png"], async ({ pixels }) => {
      const found = await pixels(`quarters.png?blur=${sigma}`);
      const difference = greatestDifference(found, gaussian(await quarters(), sigma));
      assert(difference <= 5, `differs by ${difference}`);
    }));
}

/** Columns over which the red of a row goes from 90 % to 10 % of its height. */
function edgeWidth(picture: Picture): number {
  const row = Array.from({ length: picture.width }, (_, x) => pixelAt(picture, x, 12)[0]);
  const [high, low] = [Math.max(...row), Math.min(...row)];
  const share = (x: number) => (row[x]! - low) / (high - low);
  const start = row.findIndex((_, x) => share(x) < 0.9 && x > 12);
  return row.findIndex((_, x) => x > start && share(x) < 0.1) - start;
}

Deno.test("servePicture() widens an edge by the sigma of blur, in px of the result", () =>
  withServed(["quarters.png"], async ({ pixels }) => {
    for (const width of [96, 192]) {
      for (const sigma of [2, 4, 6]) {
        // An edge under a Gaussian takes 2.56 sigma from 90 % to 10 %.
        const found = edgeWidth(await pixels(`quarters.png?w=${width}&blur=${sigma}`));
        assert(Math.abs(found - 2.56 * sigma) <= 3, `${width} px wide, sigma ${sigma}: edge of ${found}`);
      }
    }
  }));

Deno.test("servePicture() blurs a transparent picture without dark seams", () =>
  withServed(["fading.png"], async ({ pixels }) => {
    const found = await pixels("fading.png?blur=6");
    const sharp = await decodePicture("png", await fixture("fading.png"));
    for (const x of [60, 75, 90]) {
      // Colour weighs by alpha: green stays as green as it was, however clear.
      assert(pixelAt(found, x, 8)[1] >= pixelAt(sharp, x, 8)[1] - 12, `${pixelAt(found, x, 8)} at ${x}`);
      assert(Math.abs(pixelAt(found, x, 8)[3] - pixelAt(sharp, x, 8)[3]) <= 12);
    }
  }));

function lumaOf(picture: Picture, x: number, y: number): number {
  const [r, g, b] = pixelAt(picture, x, y);
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

Deno.test("servePicture() sharpens edges by as much as sharpen says, and leaves even parts alone", () =>
  withServed(["framed.png"], async ({ pixels }) => {
    const soft = await pixels("framed.png?w=160&blur=1");
    const steps = (picture: Picture) => {
      let sum = 0;
      for (let y = 16; y < 88; y++) {
        for (let x = 21; x < 120; x++) sum += Math.abs(lumaOf(picture, x, y) - lumaOf(picture, x - 1, y));
      }
      return sum;
    };
    const sums = [steps(soft)];
    for (const amount of [10, 40, 100]) {
      const found = await pixels(`framed.png?w=160&blur=1&sharpen=${amount}`);
      sums.push(steps(found));
      // Far from every edge.
      assert(greatestDifference(cut(found, 136, 100, 16, 16), cut(soft, 136, 100, 16, 16)) <= 1);
    }
    assertEquals(sums, sums.toSorted((a, b) => a - b), "more is sharper");
    assert(sums[3]! > sums[0]! * 1.2, `${sums}`);
    assert(new Set(sums).size === sums.length, `${sums}`);
  }));

Deno.test("servePicture() treats every frame of an animation alike", () =>
  withServed(["movie.gif"], async ({ pixels }) => {
    for (const frame of [0, 3]) {
      const [plain, dark] = await Promise.all(
        ["", "&brightness=-50"].map((query) => pixels(`movie.png?frame=${frame}${query}`)),
      );
      const halved = recoloured(plain!, (rgb) => rgb.map((v) => clip(v / 2)));
      assert(meanDifference(dark!, halved) <= 1, `frame ${frame}`);
    }
  }));

/** What each parameter of size and place does to a picture, over HTTP, by independent decoders. */
import { assert, assertEquals } from "@std/assert";
import { GRAVITIES, PARAMS } from "../../codec/params.ts";
import { decodePicture, type Picture, pixelAt } from "../doubles/decode.ts";
import { type Grid, referencePlace, requested, shownBy } from "../doubles/geometry_reference.ts";
import { cut, greatestDifference, painted, withServed } from "../doubles/served.ts";
import { fixture } from "../doubles/app.ts";
import { FRAMED } from "../fixtures/make.ts";

const CORNERS: Grid = [["red", "green"], ["blue", "yellow"]];

function colourName([r, g, b]: readonly number[]): string {
  if (r! > 120 && g! > 110) return "yellow";
  return r! > 120 ? "red" : g! > 110 ? "green" : b! > 120 ? "blue" : `${r},${g},${b}`;
}

function cornersOf(picture: Picture): Grid {
  const [right, bottom] = [picture.width - 6, picture.height - 6];
  return [5, bottom].map((y) => [5, right].map((x) => colourName(pixelAt(picture, x, y))));
}

Deno.test("servePicture() turns by EXIF, then by rotate, then mirrors by flip", () =>
  withServed(["quarters.png", "quarters-turned.jpg"], async ({ pixels }) => {
    for (const [stem, orientation] of [["quarters", 1], ["quarters-turned", 6]] as const) {
      for (const rotate of PARAMS.rotate.values) {
        for (const flip of [null, ...PARAMS.flip.values]) {
          const query = `rotate=${rotate}${flip === null ? "" : `&flip=${flip}`}`;
          const picture = await pixels(`${stem}.png?${query}`);
          const isLying = (rotate === "90" || rotate === "270") !== (orientation === 6);
          assertEquals([picture.width, picture.height], isLying ? [64, 96] : [96, 64], `${stem} ${query}`);
          assertEquals(cornersOf(picture), requested(shownBy(CORNERS, orientation), rotate, flip), `${stem} ${query}`);
        }
      }
    }
  }));

Deno.test("servePicture() fits the turned picture into the box", () =>
  withServed(["quarters-turned.jpg"], async ({ pixels }) => {
    const sizeOf = async (query: string) => {
      const { width, height } = await pixels(`quarters-turned.png?${query}`);
      return [width, height];
    };
    assertEquals(await sizeOf("w=32"), [32, 48]);
    assertEquals(await sizeOf("w=32&rotate=90"), [32, 21]);
    assertEquals(await sizeOf("aspect=1:1&rotate=90"), [64, 64]);
  }));

for (const gravity of GRAVITIES) {
  if (gravity === "attention" || gravity === "entropy") continue;
  Deno.test(`servePicture() keeps the ${gravity} px for px when aspect crops`, () =>
    withServed(["quarters.png"], async ({ pixels }) => {
      // Lying, the crop moves sideways; standing, up and down.
      for (const turn of ["", "&rotate=90"]) {
        const whole = await pixels(`quarters.png?rotate=${turn === "" ? 0 : 90}`);
        const { left, top } = referencePlace(whole, { width: 64, height: 64 }, gravity, null);
        const expected = cut(whole, left, top, 64, 64);
        for (const query of ["aspect=1:1", "w=64&h=64&fit=cover", "aspect=1:1&w=64"]) {
          const cropped = await pixels(`quarters.png?${query}&crop=${gravity}${turn}`);
          assertEquals(greatestDifference(cropped, expected), 0, `${query}${turn}`);
        }
      }
    }));
}

Deno.test("servePicture() keeps the focal point in the middle as far as the edges allow", () =>
  withServed(["quarters.png"], async ({ pixels }) => {
    const whole = await decodePicture("png", await fixture("quarters.png"));
    for (
      const [focus, left] of [["0.5,0.5", 16], ["0,0", 0], ["1,1", 32], ["0.625,0.1", 28], ["0.25,.5", 0]] as const
    ) {
      const expected = cut(whole, left, 0, 64, 64);
      const found = await pixels(`quarters.png?aspect=1:1&fp=${focus}`);
      assertEquals(greatestDifference(found, expected), 0, focus);
      const both = await pixels(`quarters.png?aspect=1:1&fp=${focus}&crop=left`);
      assertEquals(greatestDifference(both, expected), 0, `${focus} wins over crop`);
    }
  }));

Deno.test("servePicture() finds what there is to see when crop is attention or entropy", () =>
  withServed(["movie.png"], async ({ pixels }) => {
    const whiteOf = async (crop: string, turn: string) => {
      const { data } = await pixels(`movie.png?frame=3&fit=cover&w=16&h=32&crop=${crop}${turn}`);
      return data.reduce((sum, value, at) => sum + (at % 4 === 2 && value > 200 ? 1 : 0), 0);
    };
    // The block of the last frame lies at the right edge, out of the middle's sight.
    assertEquals(await whiteOf("center", ""), 0);
    for (const crop of ["attention", "entropy"]) {
      assert(await whiteOf(crop, "") >= 100, `${crop}: ${await whiteOf(crop, "")}`);
      assert(await whiteOf(crop, "&flip=h") >= 100, `${crop} when mirrored: ${await whiteOf(crop, "&flip=h")}`);
      assert(await whiteOf(crop, "&rotate=180") >= 100, `${crop} when turned: ${await whiteOf(crop, "&rotate=180")}`);
    }
  }));

Deno.test("servePicture() multiplies w, h and pad by dpr", () =>
  withServed(["quarters.png"], async ({ pixels }) => {
    for (
      const [one, other] of [
        ["w=20&dpr=2", "w=40"],
        ["h=20&dpr=1.5", "h=30"],
        ["w=20&h=10&dpr=3&fit=fill", "w=60&h=30&fit=fill"],
        ["w=20&pad=4&dpr=2&bg=f00", "w=40&pad=8&bg=f00"],
        ["dpr=3", ""],
      ]
    ) {
      const [a, b] = [await pixels(`quarters.png?${one}`), await pixels(`quarters.png?${other}`)];
      assertEquals(greatestDifference(a, b), 0, one);
    }
  }));

Deno.test("servePicture() cuts the even border off when trim is given", () =>
  withServed(["framed.png"], async ({ pixels }) => {
    const whole = await decodePicture("png", await fixture("framed.png"));
    const { left, top, right, bottom } = FRAMED;
    const inside = cut(whole, left, top, right - left, bottom - top);
    for (const trim of [1, 10, 30]) {
      assertEquals(greatestDifference(await pixels(`framed.png?trim=${trim}`), inside), 0, `${trim} %`);
    }
    const standing = await pixels("framed.png?trim=10&rotate=90&flip=h");
    // A quarter of a turn and a mirror swap the axes.
    assertEquals([standing.width, standing.height], [inside.height, inside.width]);
    assertEquals(greatestDifference(standing, painted(standing, (x, y) => pixelAt(inside, y, x))), 0);
    // Nothing differs by more than all there is: the picture stays.
    assertEquals(greatestDifference(await pixels("framed.png?trim=100"), whole), 0);
  }));

Deno.test("servePicture() lets nothing of a trimmed border shine in when it scales", () =>
  withServed(["framed.png"], async ({ pixels, bytes, app, john }) => {
    await app.upload(john, await bytes("framed.png?trim=10"), "inside.png");
    for (
      const query of ["w=25", "w=33&rotate=90", "w=100", "w=60&h=60&fit=cover&crop=left", "w=40&aspect=1:1&flip=h"]
    ) {
      const expected = await pixels(`inside.png?${query}`);
      // One level for rounding: the one is turned before it is scaled, the other after.
      assert(greatestDifference(await pixels(`framed.png?trim=10&${query}`), expected) <= 1, query);
    }
  }));

Deno.test("servePicture() crops and fits what trim has left", () =>
  withServed(["framed.png"], async ({ pixels }) => {
    const whole = await decodePicture("png", await fixture("framed.png"));
    const { left, top } = FRAMED;
    const square = await pixels("framed.png?trim=10&aspect=1:1&crop=right");
    assertEquals(greatestDifference(square, cut(whole, left + 14, top, 36, 36)), 0);
    const small = await pixels("framed.png?trim=10&w=25");
    assertEquals([small.width, small.height], [25, 18]);
    for (const crop of ["attention", "entropy"]) {
      const found = await pixels(`framed.png?trim=10&aspect=1:1&crop=${crop}`);
      const places = [...Array(15).keys()].map((x) => greatestDifference(found, cut(whole, left + x, top, 36, 36)));
      assert(places.includes(0), `${crop} left the trimmed part`);
    }
  }));

Deno.test("servePicture() puts a border of the colour bg around the result", () =>
  withServed(["quarters.png"], async ({ pixels }) => {
    const inside = await pixels("quarters.png?w=48");
    const cases = [
      ["&bg=ff8000", [255, 128, 0, 255]],
      ["&bg=F80", [255, 136, 0, 255]],
      ["&bg=ff800080", [255, 128, 0, 128]],
      ["", [0, 0, 0, 0]],
    ] as const;
    for (const [query, colour] of cases) {
      const framed = await pixels(`quarters.png?w=48&pad=7${query}`);
      assertEquals([framed.width, framed.height], [62, 46]);
      const expected = painted(framed, (x, y) => {
        const isInside = x >= 7 && y >= 7 && x < 55 && y < 39;
        return isInside ? pixelAt(inside, x - 7, y - 7) : colour;
      });
      const alike = painted(framed, (x, y) => {
        const [r, g, b, a] = pixelAt(framed, x, y);
        return a === 0 ? [0, 0, 0, 0] : [r, g, b, a];
      });
      assertEquals(greatestDifference(alike, expected), 0, query);
    }
    const [r, g, b] = pixelAt(await pixels("quarters.jpg?w=48&pad=16"), 2, 2);
    assert(Math.min(r, g, b) >= 253, `without bg a JPEG's border is white, not ${r},${g},${b}`);
  }));

Deno.test("servePicture() lays bg behind what is transparent", () =>
  withServed(["fading.png"], async ({ pixels }) => {
    const original = await decodePicture("png", await fixture("fading.png"));
    const over = (bg: readonly [number, number, number]) =>
      painted(original, (x, y) => {
        const pixel = pixelAt(original, x, y);
        const alpha = pixel[3] / 255;
        return [...bg.map((v, at) => Math.round(pixel[at]! * alpha + v * (1 - alpha))), 255];
      });
    assert(greatestDifference(await pixels("fading.png?bg=3366cc"), over([0x33, 0x66, 0xcc])) <= 1);
    assert(greatestDifference(await pixels("fading.png?bg=000000ff"), over([0, 0, 0])) <= 1);
    assertEquals(greatestDifference(await pixels("fading.png?bg=00000000"), original), 0, "a clear bg changes nothing");
    const half = painted(original, (x, y) => {
      const pixel = pixelAt(original, x, y);
      const front = pixel[3] / 255;
      const back = (0x80 / 255) * (1 - front);
      const colour = [0x33, 0x66, 0xcc].map((v, at) => (pixel[at]! * front + v * back) / (front + back));
      return [...colour, (front + back) * 255].map(Math.round);
    });
    assert(greatestDifference(await pixels("fading.png?bg=3366cc80"), half) <= 1, "a half-clear bg shines through");
    const jpeg = await pixels("fading.jpg?bg=3366cc&q=100");
    assert(greatestDifference(jpeg, over([0x33, 0x66, 0xcc])) <= 12);
    // Half clear, on the white of a JPEG.
    const pale = await pixels("fading.jpg?bg=3366cc80&q=100");
    assert(greatestDifference(pale, over([0x99, 0xb2, 0xe5])) <= 12);
  }));

/** How a picture is written: quality, lossless, progressive, metadata, and animations. */
import { assert, assertEquals } from "@std/assert";
import { isMovingWebp, type Movie, readGif, readMovingWebp } from "../doubles/animation_reader.ts";
import { decodePicture, pixelAt } from "../doubles/decode.ts";
import { greatestDifference, meanDifference, type Served, withServed } from "../doubles/served.ts";
import { fixture } from "../doubles/app.ts";
import { blockLeft, MOVIE, movieColour } from "../fixtures/animation.ts";
import { RIGHTS } from "../fixtures/make.ts";

for (const format of ["webp", "avif", "jxl", "png"]) {
  Deno.test(`servePicture() loses nothing when ${format} is lossless`, () =>
    withServed(["quarters.png", "fading.png", "framed.png"], async ({ pixels }) => {
      for (const stem of ["quarters", "fading", "framed"]) {
        const original = await decodePicture("png", await fixture(`${stem}.png`));
        for (const query of ["?lossless=true&meta=none", "?lossless=1&q=1"]) {
          const found = await pixels(`${stem}.${format}${query}`);
          assertEquals(greatestDifference(found, original), 0, `${stem}${query}`);
        }
      }
    }));
}

for (const format of ["webp", "avif", "jxl", "jpg"]) {
  Deno.test(`servePicture() gives more bytes and fewer faults when q is higher for ${format}`, () =>
    withServed(["sample.jpg"], async ({ pixels, bytes }) => {
      const best = await pixels("sample.png?w=320");
      const figures = [];
      for (const quality of [1, 20, 50, 80, 95]) {
        const path = `sample.${format}?w=320&q=${quality}`;
        figures.push({ bytes: (await bytes(path)).length, fault: meanDifference(await pixels(path), best) });
      }
      for (let at = 1; at < figures.length; at++) {
        const [less, more] = [figures[at - 1]!, figures[at]!];
        assert(more.bytes > less.bytes, JSON.stringify(figures));
        assert(more.fault < less.fault, JSON.stringify(figures));
      }
    }));
}

/** Markers of a JPEG's frames: 0xc0 = baseline, 0xc2 = progressive (T.81 table B.1). */
function frameMarkers(jpeg: Uint8Array): number[] {
  const found = [];
  for (let at = 2; jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; at += 2 + (jpeg[at + 2]! << 8) + jpeg[at + 3]!) {
    if ([0xc0, 0xc1, 0xc2].includes(jpeg[at + 1]!)) found.push(jpeg[at + 1]!);
  }
  return found;
}

Deno.test("servePicture() gives a baseline JPEG, and a progressive one of the same pixels when asked", () =>
  withServed(["quarters.png", "sample.jpg"], async ({ bytes, pixels }) => {
    for (const path of ["quarters.jpg?w=90", "sample.jpg?w=300", "sample.jpg?w=300&q=95&blur=2"]) {
      assertEquals(frameMarkers(await bytes(path)), [0xc0], path);
      assertEquals(frameMarkers(await bytes(`${path}&progressive=true`)), [0xc2], path);
      assertEquals(greatestDifference(await pixels(path), await pixels(`${path}&progressive=true`)), 0, path);
    }
  }));

Deno.test("servePicture() lets rights, and with all more, but never places, serials and the like leave", () =>
  withServed(["quarters-rights.jpg"], async ({ bytes }) => {
    const has = (file: Uint8Array, words: string) => new TextDecoder("latin1").decode(file).includes(words);
    for (const words of Object.values(RIGHTS)) assert(has(await fixture("quarters-rights.jpg"), words), words);
    for (const format of ["jpg", "png", "webp", "avif", "jxl"]) {
      const by = async (query: string) => {
        const file = await bytes(`quarters-rights.${format}?w=50${query}`);
        return Object.fromEntries(Object.entries(RIGHTS).map(([name, words]) => [name, has(file, words)]));
      };
      const nothing = { artist: false, copyright: false, model: false, serial: false, place: false };
      assertEquals(await by("&meta=none"), nothing, format);
      const rights = { ...nothing, artist: true, copyright: true };
      assertEquals([await by(""), await by("&meta=rights")], [rights, rights], format);
      assertEquals(await by("&meta=all"), { ...rights, model: true }, format);
    }
  }));

const MOVIES = ["movie.gif", "movie.png", "movie.webp"] as const;

async function readMovie(served: Served, path: string): Promise<Movie> {
  const file = await served.bytes(path);
  return path.includes(".gif") ? readGif(file) : await readMovingWebp(file);
}

/** Points that tell a frame: its ground, and the block where it is. */
function pointsOf(frame: number): readonly (readonly [number, number])[] {
  return [[2, 2], [45, 29], [blockLeft(frame) + 5, 15], [(blockLeft(frame) + 29) % MOVIE.width, 15]];
}

function assertFrames(movie: Movie, scale: number, tolerance: number, label: string): void {
  assertEquals([movie.width, movie.height], [MOVIE.width * scale, MOVIE.height * scale], label);
  assertEquals(movie.delaysMs, [...MOVIE.delaysMs], label);
  assertEquals(movie.loops, MOVIE.loops, label);
  movie.frames.forEach((picture, frame) => {
    for (const [x, y] of pointsOf(frame)) {
      const found = pixelAt(picture, x * scale, y * scale);
      const expected = movieColour(frame, x, y);
      const isNear = expected.every((v, at) => Math.abs(v - found[at]!) <= tolerance) && found[3] === 255;
      assert(isNear, `${label}, frame ${frame} at ${x},${y}: ${found} is not ${expected}`);
    }
  });
}

Deno.test("readGif() and readMovingWebp() read the fixtures as they were painted", async () => {
  assertFrames(readGif(await fixture("movie.gif")), 1, 0, "GIF");
  assertFrames(await readMovingWebp(await fixture("movie.webp")), 1, 0, "WebP");
});

for (const name of MOVIES) {
  const stem = "movie";
  Deno.test(`servePicture() keeps frames, times and loops of ${name} as WebP and GIF`, () =>
    withServed([name], async (served) => {
      assertFrames(await readMovie(served, `${stem}.webp?w=96`), 2, 16, "WebP");
      assertFrames(await readMovie(served, `${stem}.webp?lossless=true&flip=both&rotate=180`), 1, 0, "lossless WebP");
      assertFrames(await readMovie(served, `${stem}.gif?w=96`), 2, 10, "GIF");
      assertFrames(await readMovie(served, `${stem}.gif?meta=none&rotate=180&flip=both`), 1, 0, "GIF as it was");
    }));

  Deno.test(`servePicture() gives one frame of ${name} as anything else, and with frame`, () =>
    withServed([name], async ({ pixels, bytes, app }) => {
      for (const format of ["png", "jpg", "avif", "jxl"]) {
        const still = await pixels(`${stem}.${format}?w=47`);
        assert(pixelAt(still, 45, 29)[0] > 180, `${format} shows the first frame`);
      }
      const png = new TextDecoder("latin1").decode(await bytes(`${stem}.png?w=47`));
      assert(!png.includes("acTL") && !png.includes("fdAT"));
      for (const frame of [0, 1, 2, 3, 4, 9_999]) {
        const shown = Math.min(frame, MOVIE.delaysMs.length - 1);
        const still = await pixels(`${stem}.png?frame=${frame}&meta=none`);
        for (const [x, y] of pointsOf(shown)) {
          assertEquals(pixelAt(still, x, y), [...movieColour(shown, x, y), 255], `frame ${frame} at ${x},${y}`);
        }
        const webp = await bytes(`${stem}.webp?frame=${frame}`);
        assert(!isMovingWebp(webp), `frame=${frame} is a still WebP`);
        const gif = readGif(await bytes(`${stem}.gif?frame=${frame}`));
        assertEquals(gif.frames.length, 1);
        assertEquals(pixelAt(gif.frames[0]!, 45, 5).slice(0, 3), [...movieColour(shown, 45, 5)]);
      }
      const before = app.transforms();
      for (const frame of [3, 4, 9_999]) await bytes(`${stem}.webp?frame=${frame}`);
      assertEquals(app.transforms(), before, "frames past the end are the last one");
    }));
}

Deno.test("servePicture() lays, crops, colours and frames every frame of an animation", () =>
  withServed(["movie.gif"], async (served) => {
    const query = "rotate=90&aspect=1:1&crop=top&brightness=-50&pad=4&bg=00f&lossless=true";
    for (const extension of ["webp", "gif"]) {
      const movie = await readMovie(served, `movie.${extension}?${query}`);
      assertEquals([movie.width, movie.height, movie.frames.length], [40, 40, 4]);
      movie.frames.forEach((picture, frame) => {
        assertEquals(pixelAt(picture, 1, 38).slice(0, 3), [0, 0, 255], `${extension}, border of frame ${frame}`);
        // Turned, the ground of the left edge is on top; the block of frame 0 starts there.
        const ground = MOVIE.grounds[frame]!.map((v) => v / 2);
        const found = pixelAt(picture, 6, 20);
        assert(ground.every((v, at) => Math.abs(v - found[at]!) <= 2), `${extension}, frame ${frame}: ${found}`);
      });
    }
  }));

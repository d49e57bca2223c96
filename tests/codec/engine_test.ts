/** The engine in this process, on the fixtures: whatever is asked for, it comes in the size that was planned. */
import { assert, assertEquals } from "@std/assert";
import { createEngine, type Engine } from "../../codec/engine.ts";
import type { DerivativeFormat } from "../../codec/formats.ts";
import type { Inspection, Rendered } from "../../codec/job.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, formatTransform, normalizeTransform, type Transform } from "../../codec/transform.ts";
import { readGif, readMovingWebp } from "../doubles/animation_reader.ts";
import { fixture } from "../doubles/app.ts";
import { decodePicture, type Picture, pixelAt } from "../doubles/decode.ts";
import { shownBy } from "../doubles/geometry_reference.ts";
import { randomParams } from "../doubles/param_values.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { FRAMED, withOrientation } from "../fixtures/make.ts";

const MAX_PIXELS = 64_000_000;
const FORMATS: readonly DerivativeFormat[] = ["webp", "avif", "jpeg", "png", "jxl", "gif"];
const NAMES = [
  "quarters.jpg",
  "quarters-turned.jpg",
  "quarters-p3.png",
  "quarters.avif",
  "quarters.jxl",
  "fading.png",
  "fading.webp",
  "framed.png",
  "movie.gif",
  "movie.png",
  "movie.webp",
];

async function inspect(engine: Engine, file: Uint8Array<ArrayBuffer>): Promise<Inspection> {
  return (await engine.execute({ kind: "inspect", maxPixels: MAX_PIXELS }, file)).result as Inspection;
}

async function render(engine: Engine, file: Uint8Array<ArrayBuffer>, wanted: Transform) {
  const seen = await inspect(engine, file);
  const plan = planTransform(seen, normalizeTransform(wanted, seen), MAX_PIXELS);
  const { result, bytes } = await engine.execute({ kind: "render", plan, sourceFormat: seen.format }, file);
  return { plan, seen, result: result as Rendered, bytes };
}

/** Sizes of the frames of a file of ours, by decoders of others. */
async function sizesOf(format: DerivativeFormat, bytes: Uint8Array<ArrayBuffer>, frames: number): Promise<string[]> {
  if (format === "gif") return readGif(bytes).frames.map((f) => `${f.width}×${f.height}`);
  if (format === "webp" && frames > 1) return (await readMovingWebp(bytes)).frames.map((f) => `${f.width}×${f.height}`);
  const { width, height } = await decodePicture(format, bytes);
  return [`${width}×${height}`];
}

for (const name of NAMES) {
  Deno.test(`createEngine() renders ${name} by any parameters in the planned size`, async () => {
    const engine = await createEngine();
    const file = await fixture(name);
    const random = seededRandom(90);
    for (let i = 0; i < 60; i++) {
      const side = () => random.pick([null, random.integer(1, 30), random.integer(1, 250)]);
      const small = { width: side(), height: side(), pad: random.pick([0, 0, random.integer(1, 30)]) };
      const format = random.pick(FORMATS);
      const wanted: Transform = { ...randomParams(random), ...small, format };
      const label = `${name} as ${formatTransform(wanted)}`;
      const { plan, seen, result, bytes } = await render(engine, file, wanted);
      const written = plan.transform.format;
      assertEquals(result.format, written, label);
      const { width, height } = result;
      if (wanted.trim === null) assertEquals({ width, height }, plan.geometry.output, label);
      const isMoving = ["webp", "gif"].includes(written) && wanted.frame === null;
      const frames = isMoving ? seen.frames : 1;
      assertEquals(await sizesOf(written, bytes, frames), Array(frames).fill(`${width}×${height}`), label);
    }
  });
}

Deno.test("createEngine() gives the same bytes when other pictures came before", async () => {
  const [fresh, used] = [await createEngine(), await createEngine()];
  const wanted: Transform = { ...DEFAULT_PARAMS, format: "webp", width: 40, blur: 1 };
  for (const name of NAMES) await render(used, await fixture(name), { ...wanted, format: "png", trim: 5 });
  for (const name of NAMES) {
    const file = await fixture(name);
    assertEquals((await render(used, file, wanted)).bytes, (await render(fresh, file, wanted)).bytes, name);
  }
});

/** Share of a picture's px that are as bright as the sun of the sample. */
function sunOf(picture: Picture): number {
  let bright = 0;
  for (let at = 0; at < picture.width * picture.height; at++) {
    const [r, g, b] = pixelAt(picture, at % picture.width, Math.floor(at / picture.width));
    if (r > 248 && g > 235 && b > 205) bright++;
  }
  return bright / (picture.width * picture.height);
}

for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
  Deno.test(`createEngine() finds the sun by attention when the orientation is ${orientation}`, async () => {
    const engine = await createEngine();
    const file = withOrientation(await fixture("sample.jpg"), orientation);
    const isStanding = orientation >= 5;
    // Narrow enough that the middle does not show it.
    const box = isStanding ? { width: 90, height: 30 } : { width: 30, height: 90 };
    const wanted = { ...DEFAULT_PARAMS, ...box, fit: "cover", format: "png", gravity: "attention" } as const;
    for (const turn of [{}, { flip: "both" }, { rotate: "90", width: box.height, height: box.width }] as const) {
      const { bytes } = await render(engine, file, { ...wanted, ...turn });
      const share = sunOf(await decodePicture("png", bytes));
      assert(share > 0.02, `${JSON.stringify(turn)}: ${share}`);
    }
    const middle = await render(engine, file, { ...wanted, gravity: "center" });
    assertEquals(sunOf(await decodePicture("png", middle.bytes)), 0);
  });
}

/** A picture as rows of px. */
function gridOf(picture: Picture) {
  const row = (y: number) => Array.from({ length: picture.width }, (_, x) => pixelAt(picture, x, y));
  return Array.from({ length: picture.height }, (_, y) => row(y));
}

Deno.test("createEngine() trims what EXIF lays in any way", async () => {
  const engine = await createEngine();
  const wanted = { ...DEFAULT_PARAMS, format: "png", trim: 30 } as const;
  const framed = await fixture("framed.png");
  const jpeg = (await render(engine, framed, { ...DEFAULT_PARAMS, format: "jpeg", quality: 100 })).bytes;
  const { left, top, right, bottom } = FRAMED;
  const inside = gridOf(await decodePicture("png", framed)).slice(top, bottom).map((row) => row.slice(left, right));
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { bytes } = await render(engine, withOrientation(jpeg, orientation), wanted);
    const found = gridOf(await decodePicture("png", bytes));
    const expected = shownBy(inside, orientation);
    assertEquals([found.length, found[0]!.length], [expected.length, expected[0]!.length], `${orientation}`);
    // JPEG, at its best, is off by little in the mean.
    const differences = found.flatMap((row, y) => row.map((px, x) => Math.abs(px[0] - expected[y]![x]![0])));
    assert(differences.reduce((a, b) => a + b, 0) / differences.length < 4, `${orientation}`);
  }
});

Deno.test("createEngine() draws an SVG in the size of the output, not enlarged from its own", async () => {
  const engine = await createEngine();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h4v8H0z" fill="#f00"/></svg>`;
  const file = new TextEncoder().encode(svg);
  const { bytes } = await render(engine, file, { ...DEFAULT_PARAMS, format: "png", width: 400 });
  const picture = await decodePicture("png", bytes);
  assertEquals([picture.width, picture.height], [400, 400]);
  assertEquals(pixelAt(picture, 198, 200), [255, 0, 0, 255]);
  assertEquals(pixelAt(picture, 201, 200)[3], 0);
});

/**
 * What docs/parameters.md shows of each parameter.
 *
 * @module
 */
import type { ParamName } from "../../codec/params.ts";

/** One picture of the page. */
export interface Shown {
  /** A fixture, or the product's sample picture. */
  readonly from: string;
  readonly query: string;
  /** What to look at. */
  readonly note?: string;
  /** Shows a JPEG of which only this share has arrived. */
  readonly seenAfterShare?: number;
}

const of = (from: string) => (query: string, note?: string): Shown => ({ from, query, ...(note ? { note } : {}) });
const sample = of("sample.jpg");
const fading = of("fading.png");
const framed = of("framed.png");
const movie = of("movie.gif");
const turned = of("quarters-turned.jpg");

/** One to three pictures a parameter; none where there is nothing to see. */
export const EXAMPLES: Readonly<Record<ParamName, readonly Shown[]>> = {
  width: [sample("w=240"), sample("w=120")],
  height: [sample("h=160"), sample("h=80")],
  fit: [
    sample("w=240&h=240&fit=contain"),
    sample("w=240&h=240&fit=cover"),
    sample("w=240&h=240&fit=fill"),
  ],
  aspect: [sample("w=240&aspect=1:1"), sample("w=240&aspect=21:9")],
  dpr: [sample("w=80"), sample("w=80&dpr=2"), sample("w=80&dpr=3")],
  gravity: [
    sample("w=240&h=120&fit=cover&crop=top"),
    sample("w=240&h=120&fit=cover&crop=bottom"),
    sample("w=120&h=160&fit=cover&crop=attention", "finds the sun"),
  ],
  focus: [sample("w=240&aspect=21:9&fp=0.7,0.4"), sample("w=240&aspect=21:9&fp=0.7,0.9")],
  rotate: [
    sample("w=160&rotate=90"),
    sample("w=240&rotate=180"),
    turned("h=160&rotate=auto", "stored lying, EXIF turns it"),
  ],
  flip: [sample("w=240&flip=h"), sample("w=240&flip=v"), sample("w=240&flip=both")],
  trim: [framed("w=240", "as it is"), framed("w=240&trim=10")],
  pad: [sample("w=200&pad=20&bg=ffcc00"), sample("w=200&pad=20", "transparent")],
  background: [fading("w=240", "transparent"), fading("w=240&bg=ffcc00"), fading("w=200&pad=20&bg=3366cc")],
  grayscale: [sample("w=240&grayscale=true")],
  brightness: [sample("w=240&brightness=-40"), sample("w=240"), sample("w=240&brightness=40")],
  contrast: [sample("w=240&contrast=-50"), sample("w=240"), sample("w=240&contrast=50")],
  saturation: [sample("w=240&saturation=-60"), sample("w=240"), sample("w=240&saturation=60")],
  blur: [sample("w=240&blur=2"), sample("w=240&blur=10")],
  sharpen: [sample("w=240&blur=1"), sample("w=240&blur=1&sharpen=50"), sample("w=240&blur=1&sharpen=100")],
  quality: [sample("w=240&q=5"), sample("w=240&q=40"), sample("w=240&q=80")],
  lossless: [framed("w=240&q=5"), framed("w=240&lossless=true")],
  progressive: [
    { ...sample("w=240&progressive=true", "a JPEG of which a third has arrived"), seenAfterShare: 0.33 },
    { ...sample("w=240", "the same without `progressive`"), seenAfterShare: 0.33 },
  ],
  icc: [sample("w=240&icc=srgb"), sample("w=240&icc=keep", "the same here: the original is sRGB")],
  meta: [sample("w=240&meta=none", "nothing to see: it is about what the file tells")],
  frame: [movie("w=240", "moves"), movie("w=240&frame=0"), movie("w=240&frame=2")],
  version: [],
};

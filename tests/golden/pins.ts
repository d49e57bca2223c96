/**
 * SHA-256 of 60 derivatives: the same original, transform and codec give the same bytes on every machine.
 * `deno task pins` compares, `deno task pins --write` writes anew what has changed on purpose.
 *
 * @module
 */
import { createEngine } from "../../codec/engine.ts";
import type { DerivativeFormat } from "../../codec/formats.ts";
import type { Inspection } from "../../codec/job.ts";
import { DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";
import { planTransform } from "../../codec/plan.ts";
import { normalizeTransform, parseParams } from "../../codec/transform.ts";
import { sha256Hex } from "../../kv/ids.ts";
import { fixture } from "../doubles/app.ts";

/** Where the pins are kept. */
export const PINS = new URL("./pins.json", import.meta.url);

/** Hashes by `original → format?query`. */
export type Pins = Readonly<Record<string, string>>;

const STILLS = [
  "quarters.jpg",
  "quarters-turned.jpg",
  "quarters.png",
  "fading.png",
  "fading.webp",
  "quarters.avif",
  "quarters.jxl",
  "framed.png",
] as const;
const MOVIES = ["movie.gif", "movie.png"] as const;

const COMMON: readonly (readonly [DerivativeFormat, string])[] = [
  ["webp", "w=48"],
  ["avif", "w=40&h=40&fit=cover&crop=attention"],
  ["jpeg", "w=61&q=91&progressive=true&saturation=40&contrast=10"],
  ["png", "rotate=90&flip=h&blur=2&pad=3&bg=ffcc0080"],
  ["jxl", "aspect=1:1&fp=0.3,0.6&sharpen=40&w=50&dpr=1.5"],
];
const OF_STILLS: readonly (readonly [DerivativeFormat, string])[] = [["webp", "lossless=true&grayscale=true&trim=10"]];
const OF_MOVIES: readonly (readonly [DerivativeFormat, string])[] = [["gif", "w=30&brightness=-20"]];

/** Every pinned derivative. */
export const PINNED: readonly (readonly [original: string, format: DerivativeFormat, query: string])[] = [
  ...STILLS.flatMap((name) => [...COMMON, ...OF_STILLS].map(([format, query]) => [name, format, query] as const)),
  ...MOVIES.flatMap((name) => [...COMMON, ...OF_MOVIES].map(([format, query]) => [name, format, query] as const)),
];

/** Name of a pin. */
export function pinName(original: string, format: DerivativeFormat, query: string): string {
  return `${original} → ${format}?${query}`;
}

/** Makes the 60 derivatives and their hashes. */
export async function makePins(): Promise<Pins> {
  const engine = await createEngine();
  const pins: Record<string, string> = {};
  for (const [original, format, query] of PINNED) {
    const file = await fixture(original);
    const { result } = await engine.execute({ kind: "inspect", maxPixels: DEFAULT_MAX_PIXELS }, file);
    const seen = result as Inspection;
    const transform = normalizeTransform({ ...parseParams(new URLSearchParams(query)), format }, seen);
    const plan = planTransform(seen, transform, DEFAULT_MAX_PIXELS);
    const { bytes } = await engine.execute({ kind: "render", plan, sourceFormat: seen.format }, file);
    pins[pinName(original, format, query)] = await sha256Hex(bytes);
  }
  return pins;
}

/** The pins as kept. */
export async function readPins(): Promise<Pins> {
  return JSON.parse(await Deno.readTextFile(PINS));
}

if (import.meta.main) {
  const [pins, kept] = [await makePins(), await readPins().catch((): Pins => ({}))];
  const changed = Object.keys(pins).filter((name) => pins[name] !== kept[name]);
  for (const name of changed) console.log(`${kept[name] === undefined ? "new" : "changed"}: ${name}`);
  if (Deno.args.includes("--write")) await Deno.writeTextFile(PINS, `${JSON.stringify(pins, null, 2)}\n`);
  else if (changed.length > 0) Deno.exit(1);
}

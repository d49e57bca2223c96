/**
 * Runs jobs on the WASM codecs: the only file that knows which codec does what.
 *
 * @module
 */
import { assertAvifPixels } from "./avif_caps.ts";
import { coreModule } from "./codecs.js";
import { Core, type CoreAnswers } from "./core.ts";
import { CodecError } from "./errors.ts";
import { type DerivativeFormat, type ImageFormat, isImageFormat } from "./formats.ts";
import { orientedSize, orientRect, type Rect, requestedOrientation, type Size } from "./geometry.ts";
import type {
  AnalyseJob,
  Analysis,
  CodecAnswer,
  CodecTimings,
  Inspection,
  InspectJob,
  Rendered,
  RenderJob,
  StripJob,
  Stripped,
} from "./job.ts";
import { MAX_FRAMES } from "./limits.ts";
import { decodeAvifPart, encodeOutside, type OutsideOutput } from "./outside_codecs.ts";
import { type FindFocus, type Geometry, type Plan, planGeometry, planTransform } from "./plan.ts";
import { DEFAULT_PARAMS, type Transform } from "./transform.ts";

/** Runs one job at a time. */
export interface Engine {
  execute(
    job: InspectJob | RenderJob | AnalyseJob | StripJob,
    file: Uint8Array<ArrayBuffer>,
  ): Promise<CodecAnswer<unknown>>;
  /** Uses the core's codecs on a small picture: V8 compiles what is used. */
  warmUp(): Promise<void>;
}

const OUTSIDE_OUTPUTS: ReadonlySet<DerivativeFormat> = new Set<DerivativeFormat>(
  ["avif", "jxl"] satisfies OutsideOutput[],
);
/** Formats that keep the frames of an animation. */
const MOVING_OUTPUTS: ReadonlySet<DerivativeFormat> = new Set<DerivativeFormat>(["webp", "gif"]);
/** Size that is enough for a dominant colour and the placeholder hashes, in px. */
const ANALYSIS_SIDE_PX = 100;

/** Largest SVG that is drawn in its own size to look for clear px. */
const MAX_ANALYSED_DRAWING_PIXELS = 4_000_000;
/** Px of all frames together, up to which an animation is looked at for clear ones. */
const MAX_ANALYSED_FRAME_PIXELS = 24_000_000;

/** From here on a JPEG is written 4:4:4. */
const FULL_CHROMA_QUALITY = 90;

type DecodeAnswer = CoreAnswers["decode"];

class Stopwatch {
  #last = performance.now();
  lap(): number {
    const now = performance.now();
    const ms = Math.round((now - this.#last) * 10) / 10;
    this.#last = now;
    return ms;
  }
}

/** Builds an engine on fresh WASM instances. */
export function createEngine(): Promise<Engine> {
  const core = new Core(coreModule);
  return Promise.resolve({
    async execute(job, file) {
      try {
        if (job.kind === "inspect") return await inspect(core, job, file);
        if (job.kind === "strip") return strip(core, job, file);
        return job.kind === "analyse" ? await analyse(core, job, file) : await render(core, job, file);
      } finally {
        core.call("reset");
      }
    },
    warmUp: () => warmUp(core),
  });
}

const WARM_UP_SIDE_PX = 192;
/**
 * The core's own. An AVIF or JPEG XL encoder takes 36 and 29 MB a process from its first use on (measured), with which a
 * 12 MP JPEG would pass 120 MB: most processes never meet one, and the first picture pays for it instead.
 */
const WARMED_FORMATS = ["jpeg", "webp", "png"] as const;

async function warmUp(core: Core): Promise<void> {
  const side = WARM_UP_SIDE_PX;
  const pixels = new Uint8Array(side * side * 4).map((_, at) => at % 4 === 3 ? 255 : (at * 2_654_435_761) >>> 24);
  core.call("import", { width: side, height: side, layout: "rgba8", orientation: 1 }, pixels);
  core.call("transform", { orientation: 1, flatten: true, bg: "ffffff" });
  core.call("encode", { format: "jpeg", quality: 80, meta: "none" });
  const jpeg = core.takeBytes();
  core.call("reset");
  const source = { width: side, height: side, orientation: 1, hasAlpha: false, frames: 1 };
  for (const format of WARMED_FORMATS) {
    const transform: Transform = { ...DEFAULT_PARAMS, format, width: side / 2 };
    const plan = planTransform(source, transform, side * side);
    await render(core, { kind: "render", plan, sourceFormat: "jpeg" }, jpeg);
    core.call("reset");
  }
}

interface DecodeWish {
  readonly maxPixels: number;
  readonly frames: "first" | { readonly nth: number } | {
    readonly all: { readonly max: number; readonly max_pixels: number };
  };
  readonly target: readonly [number, number] | null;
  readonly allowYcc: boolean;
  /** Whether colour is wanted as fine as brightness. Default false. */
  readonly fullChroma?: boolean;
}

async function decode(
  core: Core,
  file: Uint8Array<ArrayBuffer>,
  format: ImageFormat,
  wish: DecodeWish,
): Promise<DecodeAnswer> {
  if (format === "avif") return await decodeAvif(core, file, wish.maxPixels);
  const { maxPixels: max_pixels, frames, target, allowYcc: allow_ycc, fullChroma: full_chroma = false } = wish;
  return core.call("decode", { max_pixels, frames, target, allow_ycc, full_chroma }, file);
}

/** The core takes the container apart, libavif decodes each part, the core puts tiles and alpha together. */
async function decodeAvif(core: Core, file: Uint8Array<ArrayBuffer>, maxPixels: number): Promise<DecodeAnswer> {
  const { parts } = core.call("avif_parts", { max_pixels: maxPixels }, file);
  const files = core.takeBytes();
  const decoded = [];
  for (const { offset, len } of parts) decoded.push(await decodeAvifPart(files.slice(offset, offset + len)));
  const sizes = decoded.map((p) => [p.width, p.height]);
  return core.call("avif_assemble", { sizes }, ...decoded.map((p) => p.data)) as DecodeAnswer;
}

async function inspect(core: Core, job: InspectJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Inspection>> {
  const watch = new Stopwatch();
  const probed = core.call("probe", { max_pixels: job.maxPixels }, file);
  if (!isImageFormat(probed.format)) throw new CodecError("bad_request", `Core names a format "${probed.format}"`);
  if (probed.format === "avif") assertAvifPixels(probed.width * probed.height, file);
  const wish = { maxPixels: job.maxPixels, frames: "first", target: null, allowYcc: true } as const;
  const decoded = await decode(core, file, probed.format, wish);
  const result: Inspection = {
    format: probed.format,
    width: decoded.source_width,
    height: decoded.source_height,
    orientation: decoded.orientation,
    frames: probed.frames,
    hasAlpha: decoded.has_alpha,
    decodedRowsShare: decoded.rows_decoded / decoded.height,
  };
  return { result, bytes: new Uint8Array(), timings: { decodeMs: watch.lap(), resizeMs: 0, encodeMs: 0 } };
}

/** Smallest size that is enough; null = full size, as for a drawing that is small enough to be looked at px by px. */
function analysisTarget({ format, source: { width, height } }: AnalyseJob): readonly [number, number] | null {
  if (format === "svg" && width * height <= MAX_ANALYSED_DRAWING_PIXELS) return null;
  const factor = Math.min(1, ANALYSIS_SIDE_PX / Math.min(width, height));
  return [Math.ceil(width * factor), Math.ceil(height * factor)];
}

/** Whether no frame has a clear px; false where there are too many to look at. */
async function areFramesOpaque(core: Core, job: AnalyseJob, file: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { frames, format, maxPixels, source: { width, height } } = job;
  if (frames > MAX_FRAMES || frames * width * height > MAX_ANALYSED_FRAME_PIXELS) return false;
  const all = { max: MAX_FRAMES, max_pixels: MAX_ANALYSED_FRAME_PIXELS };
  const decoded = await decode(core, file, format, { maxPixels, frames: { all }, target: null, allowYcc: false });
  if (decoded.frames.length < frames) return false;
  return !core.call("transform", { orientation: 1 }).has_alpha;
}

async function analyse(core: Core, job: AnalyseJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Analysis>> {
  const watch = new Stopwatch();
  const wish = { maxPixels: job.maxPixels, frames: "first", target: analysisTarget(job), allowYcc: true } as const;
  const decoded = await decode(core, file, job.format, wish);
  const { date } = core.call("metadata", { mode: "none" });
  const decodeMs = watch.lap();
  core.call("transform", { orientation: decoded.orientation });
  const { dominant, thumbhash, blurhash, has_alpha } = core.call("analyse");
  // A smaller decode may have mixed what is clear with what isn't.
  const isFirstOpaque = !has_alpha && decoded.width === decoded.source_width;
  const isOpaque = isFirstOpaque && (job.frames === 1 || await areFramesOpaque(core, job, file));
  const result: Analysis = { dominantColor: dominant, thumbhash, blurhash, takenAt: date, isOpaque };
  return { result, bytes: new Uint8Array(), timings: { decodeMs, resizeMs: watch.lap(), encodeMs: 0 } };
}

function strip(core: Core, job: StripJob, file: Uint8Array<ArrayBuffer>): CodecAnswer<Stripped> {
  const watch = new Stopwatch();
  const { format } = core.call("probe", { max_pixels: job.maxPixels }, file);
  const timings = () => ({ decodeMs: watch.lap(), resizeMs: 0, encodeMs: 0 });
  try {
    core.call("strip", { format }, file);
    return { result: { isStripped: true }, bytes: core.takeBytes(), timings: timings() };
  } catch (error) {
    if (!(error instanceof CodecError) || error.code !== "unsupported") throw error;
    return { result: { isStripped: false }, bytes: new Uint8Array(), timings: timings() };
  }
}

/**
 * Whether the output holds as many samples of colour as of brightness. A JPEG mostly has half of them each way: scaled
 * down alike, thin coloured lines would go grey, so such an output asks for colour at a finer scale.
 */
function keepsChroma({ format, quality, lossless }: Transform): boolean {
  if (format === "jpeg") return quality >= FULL_CHROMA_QUALITY;
  return format === "png" || format === "jxl" || format === "gif" || lossless;
}

/** Smallest size, as stored, that still has enough pixels for the output; null = full size. */
function decodeTarget({ source }: Plan, geometry: Geometry, isScalable: boolean): [number, number] | null {
  const laid = orientedSize(source, geometry.orientation);
  const crop: Size = geometry.crop ?? laid;
  const { resize } = geometry;
  const target = {
    width: Math.ceil((laid.width * resize.width) / crop.width),
    height: Math.ceil((laid.height * resize.height) / crop.height),
  };
  const stored = orientedSize(target, geometry.orientation);
  const isFull = stored.width >= source.width || stored.height >= source.height;
  return isFull && !isScalable ? null : [stored.width, stored.height];
}

const isSmart = ({ gravity, focus }: Transform) => focus === null && (gravity === "attention" || gravity === "entropy");

/** Looks for the place of a window, in the words of the core: upright by EXIF, in px of the decoded picture. */
function findFocus(core: Core, { source, transform }: Plan, decoded: Size): FindFocus {
  return (kind, part, window) => {
    const turn = requestedOrientation(transform.rotate, transform.flip);
    const upright = orientedSize(source, source.orientation);
    const laid = orientedSize(upright, turn);
    const scale = orientedSize(decoded, source.orientation).width / upright.width;
    const { width, height } = orientedSize(window, turn);
    const whole = (side: number) => Math.max(1, Math.floor(side * scale));
    const found = core.call("focus", { kind, width: whole(width), height: whole(height) });
    const rect = orientRect({ left: found.left / scale, top: found.top / scale, width, height }, upright, turn);
    const { left, top } = part as Rect;
    const inside = (value: number, max: number) => Math.min(Math.max(0, value), Math.max(0, max));
    return {
      left: inside(rect.left - (left ?? 0), Math.min(part.width, laid.width) - window.width),
      top: inside(rect.top - (top ?? 0), Math.min(part.height, laid.height) - window.height),
    };
  };
}

/** What `trim` leaves of the picture as it will be laid, in px of the source. */
function trimmedPart(core: Core, { source, transform }: Plan): Rect {
  const threshold = Math.round(transform.trim! * 2.55);
  const box = core.call("trim_box", { threshold });
  const turn = requestedOrientation(transform.rotate, transform.flip);
  return orientRect(box, orientedSize(source, source.orientation), turn);
}

/** Closes what the plan left open, now that the pixels are there. */
function settledGeometry(core: Core, plan: Plan, decoded: Size, part: Rect | null): Geometry {
  const { source, transform, maxPixels } = plan;
  if (part === null && !isSmart(transform)) return plan.geometry;
  return planGeometry(source, transform, maxPixels, part, findFocus(core, plan, decoded));
}

/** Lays the picture and cuts the even border off for good: in one step with the resize it would shine in at the edges. */
function cutBorder(core: Core, part: Rect, geometry: Geometry, icc: string): Geometry {
  core.call("transform", { orientation: geometry.orientation, crop: part, icc });
  const { crop } = geometry;
  const inPart = crop === null ? null : { ...crop, left: crop.left - part.left, top: crop.top - part.top };
  return { ...geometry, orientation: 1, crop: inPart };
}

/** The crop in px of the decoded picture, which may be smaller than the file's. */
function scaledToDecoded({ source }: Plan, geometry: Geometry, decoded: Size): Geometry {
  const { crop } = geometry;
  if (crop === null) return geometry;
  const from = orientedSize(source, geometry.orientation);
  const to = orientedSize(decoded, geometry.orientation);
  const [x, y] = [to.width / from.width, to.height / from.height];
  const scaled = { left: crop.left * x, top: crop.top * y, width: crop.width * x, height: crop.height * y };
  return { ...geometry, crop: scaled };
}

function framesOf({ source, transform, maxPixels }: Plan): DecodeWish["frames"] {
  if (source.frames === 1) return "first";
  if (transform.frame !== null) return { nth: transform.frame };
  return MOVING_OUTPUTS.has(transform.format) ? { all: { max: MAX_FRAMES, max_pixels: maxPixels } } : "first";
}

/** Mixes `rrggbbaa` with white. */
function onWhite(colour: string): string {
  const [r, g, b, alpha] = colour.match(/../g)!.map((hex) => parseInt(hex, 16));
  const mixed = [r!, g!, b!].map((v) => Math.round((v * alpha! + 255 * (255 - alpha!)) / 255));
  return mixed.map((v) => v.toString(16).padStart(2, "0")).join("");
}

const RRGGBB_CHARS = 6;

/** Colour of the border and behind transparent parts, and whether there is one. */
function backgroundOf({ format, background }: Transform): { bg: string; flatten: boolean } {
  if (format !== "jpeg") return { bg: background ?? "00000000", flatten: background !== null };
  const isOpaque = background?.length === RRGGBB_CHARS;
  return { bg: background === null ? "ffffff" : isOpaque ? background : onWhite(background), flatten: true };
}

function transformRequest(t: Transform, { orientation, crop, resize, pad }: Geometry): Record<string, unknown> {
  return {
    orientation,
    crop,
    resize,
    pad: pad === 0 ? null : { left: pad, top: pad, right: pad, bottom: pad },
    ...backgroundOf(t),
    grayscale: t.grayscale,
    brightness: t.brightness,
    contrast: t.contrast,
    saturation: t.saturation,
    blur: t.blur,
    sharpen: t.sharpen,
    icc: t.icc,
    output: t.format === "jpeg" || t.format === "webp" ? "ycc420" : "rgba",
  };
}

async function render(core: Core, job: RenderJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Rendered>> {
  const { plan, sourceFormat } = job;
  const { transform } = plan;
  const watch = new Stopwatch();
  const needsPixels = transform.trim !== null || isSmart(transform);
  const decoded = await decode(core, file, sourceFormat, {
    maxPixels: plan.maxPixels,
    frames: framesOf(plan),
    target: transform.trim === null ? decodeTarget(plan, plan.geometry, sourceFormat === "svg") : null,
    allowYcc: !needsPixels,
    fullChroma: keepsChroma(transform),
  });
  const decodeMs = watch.lap();
  const part = transform.trim === null ? null : trimmedPart(core, plan);
  const settled = settledGeometry(core, plan, decoded, part);
  const geometry = part === null
    ? scaledToDecoded(plan, settled, decoded)
    : cutBorder(core, part, settled, transform.icc);
  core.call("transform", transformRequest(transform, geometry));
  const resizeMs = watch.lap();
  const bytes = await encode(core, transform);
  const timings: CodecTimings = { decodeMs, resizeMs, encodeMs: watch.lap() };
  return { result: { format: transform.format, ...geometry.output }, bytes, timings };
}

function encode(core: Core, transform: Transform): Promise<Uint8Array<ArrayBuffer>> {
  const { format, quality, lossless, progressive, meta } = transform;
  if (OUTSIDE_OUTPUTS.has(format)) return encodeBesideCore(core, transform, format as OutsideOutput);
  core.call("encode", { format, quality, lossless, progressive, palette: format === "png", meta });
  return Promise.resolve(core.takeBytes());
}

/** From here on the core's memory goes before an encoder beside it fills its own. */
const RESTARTED_CORE_BYTES = 96 * 1024 * 1024;

async function encodeBesideCore(
  core: Core,
  { quality, lossless, meta }: Transform,
  format: OutsideOutput,
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = core.call("export", { frame: 0 });
  const data = new Uint8ClampedArray(core.takeBytes().buffer);
  const { exif_len, xmp_len, icc_len } = core.call("metadata", { mode: meta });
  const metadata = core.takeBytes();
  if (core.memoryBytes > RESTARTED_CORE_BYTES) await core.restart();
  const file = await encodeOutside(format, { data, width, height }, { quality, lossless });
  core.call("embed", { format, blocks: { exif_len, xmp_len, icc_len } }, metadata, file);
  return core.takeBytes();
}

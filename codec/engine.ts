/**
 * Runs jobs on the WASM codecs: the only file that knows which codec does what.
 *
 * @module
 */
import { coreModule } from "./codecs.js";
import { Core } from "./core.ts";
import { CodecError } from "./errors.ts";
import { type ImageFormat, isImageFormat, type OutputFormat } from "./formats.ts";
import { orientedSize, type Rect, type Size } from "./geometry.ts";
import type { CodecAnswer, CodecTimings, Inspection, InspectJob, Rendered, RenderJob } from "./job.ts";
import { decodeOutside, encodeOutside, type OutsideInput, type OutsideOutput } from "./outside_codecs.ts";
import type { Plan } from "./plan.ts";

/** Runs one job at a time. */
export interface Engine {
  execute(job: InspectJob | RenderJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Inspection | Rendered>>;
}

const OUTSIDE_INPUTS: ReadonlySet<ImageFormat> = new Set<ImageFormat>(["avif"] satisfies OutsideInput[]);
const OUTSIDE_OUTPUTS: ReadonlySet<OutputFormat> = new Set<OutputFormat>(
  ["webp", "avif", "jxl"] satisfies OutsideOutput[],
);

/** What decoding left in the core's session. */
interface Decoded extends Size {
  readonly orientation: number;
  readonly rowsDecoded: number;
  readonly hasAlpha: boolean;
  /** Size of the file's picture, which a scaled decode undercuts. */
  readonly source: Size;
}

/** Smallest size, as stored, that still has enough pixels for the output; null = full size. */
function decodeTarget(plan: Plan, source: Size): [number, number] | null {
  const upright = orientedSize(source, plan.orientation);
  const crop: Size = plan.crop ?? upright;
  const target = {
    width: Math.ceil((upright.width * plan.output.width) / crop.width),
    height: Math.ceil((upright.height * plan.output.height) / crop.height),
  };
  const stored = orientedSize(target, plan.orientation);
  return stored.width >= source.width || stored.height >= source.height ? null : [stored.width, stored.height];
}

/** The crop in px of the decoded picture, which may be smaller than the file's. */
function scaleCrop(crop: Rect, plan: Plan, decoded: Decoded): Rect {
  const from = orientedSize(decoded.source, plan.orientation);
  const to = orientedSize(decoded, plan.orientation);
  const [x, y] = [to.width / from.width, to.height / from.height];
  return { left: crop.left * x, top: crop.top * y, width: crop.width * x, height: crop.height * y };
}

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
        return job.kind === "inspect" ? await inspect(core, job, file) : await render(core, job, file);
      } finally {
        core.call("reset");
      }
    },
  });
}

async function decode(core: Core, file: Uint8Array<ArrayBuffer>, format: ImageFormat, options: {
  readonly maxPixels: number;
  readonly target: [number, number] | null;
  readonly allowYcc: boolean;
}): Promise<Decoded> {
  const answer = OUTSIDE_INPUTS.has(format)
    ? await importOutside(core, file, format as OutsideInput, options.maxPixels)
    : core.call("decode", {
      max_pixels: options.maxPixels,
      frames: "first",
      target: options.target,
      allow_ycc: options.allowYcc,
    }, file);
  return {
    width: answer.width,
    height: answer.height,
    orientation: answer.orientation,
    rowsDecoded: answer.rows_decoded,
    hasAlpha: answer.has_alpha,
    source: { width: answer.source_width, height: answer.source_height },
  };
}

async function importOutside(core: Core, file: Uint8Array<ArrayBuffer>, format: OutsideInput, maxPixels: number) {
  const { orientation } = core.call("probe", { max_pixels: maxPixels }, file);
  const { data, width, height } = await decodeOutside(format, file);
  const fields = { format, width, height, layout: "rgba8", orientation, rows_decoded: height };
  return core.call("import", fields, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) as ReturnType<
    typeof core.call<"decode">
  >;
}

async function inspect(core: Core, job: InspectJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Inspection>> {
  const watch = new Stopwatch();
  const probed = core.call("probe", { max_pixels: job.maxPixels }, file);
  if (!isImageFormat(probed.format)) throw new CodecError("bad_request", `Core names a format "${probed.format}"`);
  const decoded = await decode(core, file, probed.format, { maxPixels: job.maxPixels, target: null, allowYcc: true });
  const result: Inspection = {
    format: probed.format,
    width: decoded.source.width,
    height: decoded.source.height,
    orientation: decoded.orientation,
    frames: probed.frames,
    hasAlpha: decoded.hasAlpha,
    decodedRowsShare: decoded.rowsDecoded / decoded.height,
  };
  return { result, bytes: new Uint8Array(), timings: { decodeMs: watch.lap(), resizeMs: 0, encodeMs: 0 } };
}

async function render(core: Core, job: RenderJob, file: Uint8Array<ArrayBuffer>): Promise<CodecAnswer<Rendered>> {
  const { plan } = job;
  const watch = new Stopwatch();
  const source = core.call("probe", { max_pixels: plan.maxPixels }, file);
  const decoded = await decode(core, file, job.sourceFormat, {
    maxPixels: plan.maxPixels,
    target: decodeTarget(plan, source),
    allowYcc: true,
  });
  const decodeMs = watch.lap();
  const isJpeg = plan.format === "jpeg";
  core.call("transform", {
    orientation: plan.orientation,
    crop: plan.crop === null ? null : scaleCrop(plan.crop, plan, decoded),
    resize: plan.output,
    icc: "srgb",
    flatten: isJpeg,
    bg: isJpeg ? "ffffff" : null,
    output: isJpeg && plan.quality < 90 ? "ycc420" : "rgba",
  });
  const resizeMs = watch.lap();
  const bytes = await encode(core, plan);
  const timings: CodecTimings = { decodeMs, resizeMs, encodeMs: watch.lap() };
  return { result: { format: plan.format, ...plan.output }, bytes, timings };
}

async function encode(core: Core, plan: Plan): Promise<Uint8Array<ArrayBuffer>> {
  if (!OUTSIDE_OUTPUTS.has(plan.format)) {
    core.call("encode", { format: plan.format, quality: plan.quality, meta: "none" });
    return core.takeBytes();
  }
  const { width, height } = core.call("export", { frame: 0 });
  const data = new Uint8ClampedArray(core.takeBytes().buffer);
  return await encodeOutside(plan.format as OutsideOutput, { data, width, height }, plan.quality);
}

/**
 * How close a derivative is to the best one: a full decode resized by Lanczos3, both by sharp. SSIMULACRA2 where its
 * program can be built, PSNR elsewhere.
 *
 * @module
 */
import decodeJxl, { init as initJxl } from "@jsquash/jxl/decode.js";
import type { OutputFormat } from "../../codec/formats.ts";
import { sharp } from "./native.ts";
import type { Task } from "./pipeline.ts";
import { createScorer } from "./scorer.ts";

const CHANNELS = 4;

/** Judges derivatives of one task. */
export interface Judge {
  /** Name of the figure, for a header. */
  readonly name: "SSIMULACRA2" | "dB";
  /** One figure for each file, higher is better. */
  judge(task: Task, files: readonly Uint8Array[]): Promise<number[]>;
}

/** The reference picture as RGBA. Decoding to pixels first keeps sharp from shrinking while it decodes. */
export async function referenceOf({ photo, size, fit }: Task): Promise<Uint8Array> {
  const { data, info } = await sharp(photo.bytes).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return await sharp(data, { raw: { width, height, channels } })
    .resize(size.width, size.height, { fit, kernel: "lanczos3" }).ensureAlpha().raw().toBuffer();
}

let isJxlReady = false;

async function decode(bytes: Uint8Array, format: OutputFormat): Promise<Uint8Array> {
  if (format !== "jxl") return await sharp(bytes).ensureAlpha().raw().toBuffer();
  if (!isJxlReady) {
    const wasm = await Deno.readFile(new URL(import.meta.resolve("@jsquash/jxl/codec/dec/jxl_dec.wasm")));
    await initJxl(await WebAssembly.compile(wasm));
    isJxlReady = true;
  }
  return new Uint8Array((await decodeJxl(new Uint8Array(bytes).buffer)).data);
}

/** Peak signal-to-noise ratio of the colour channels, in dB; higher is closer. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`Pictures differ in size: ${a.length} and ${b.length} bytes`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % CHANNELS === CHANNELS - 1) continue;
    sum += (a[i]! - b[i]!) ** 2;
  }
  const mean = sum / ((a.length * (CHANNELS - 1)) / CHANNELS);
  return 10 * Math.log10(255 ** 2 / mean);
}

/** The best judge that there is here. It keeps the last reference, which takes longer than a score. */
export async function createJudge(): Promise<Judge> {
  const score = await createScorer();
  let kept: { readonly key: string; readonly reference: Uint8Array } | null = null;
  return {
    name: score === null ? "dB" : "SSIMULACRA2",
    async judge(task, files) {
      const key = `${task.photo.name} ${task.fit} ${task.size.width}x${task.size.height}`;
      if (kept?.key !== key) kept = { key, reference: await referenceOf(task) };
      const { reference } = kept;
      const pictures = await Promise.all(files.map((file) => decode(file, task.format)));
      return score === null
        ? pictures.map((picture) => psnr(picture, reference))
        : await score(task.size, reference, pictures);
    },
  };
}

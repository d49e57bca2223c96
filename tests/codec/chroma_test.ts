import { assert } from "@std/assert";
import { coreModule } from "../../codec/codecs.js";
import { Core } from "../../codec/core.ts";
import { createEngine } from "../../codec/engine.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, type Transform } from "../../codec/transform.ts";
import { decodePicture, type Picture } from "../doubles/decode.ts";

const SIDE_PX = 320;
const STRIPE_PX = 8;

/** Upright stripes of red and green as a JPEG with half the samples of colour each way. */
function stripedJpeg(): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(SIDE_PX * SIDE_PX * 4);
  for (let at = 0; at < pixels.length; at += 4) {
    const isRed = Math.floor((at / 4) % SIDE_PX / STRIPE_PX) % 2 === 0;
    pixels.set(isRed ? [200, 40, 40, 255] : [40, 160, 40, 255], at);
  }
  const core = new Core(coreModule);
  core.call("import", { width: SIDE_PX, height: SIDE_PX, layout: "rgba8", orientation: 1 }, pixels);
  core.call("transform", { orientation: 1, flatten: true, bg: "ffffff" });
  core.call("encode", { format: "jpeg", quality: 85, meta: "none" });
  return core.takeBytes();
}

/** Mean difference of red and green: how colourful the stripes are. */
function colourOf({ data }: Picture): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += Math.abs(data[at]! - data[at + 1]!);
  return sum / (data.length / 4);
}

Deno.test("execute() keeps thin coloured lines of a scaled JPEG in outputs with full chroma", async () => {
  const engine = await createEngine();
  const jpeg = stripedJpeg();
  const source = { width: SIDE_PX, height: SIDE_PX, orientation: 1, hasAlpha: false, frames: 1 };
  const render = async (changes: Partial<Transform>) => {
    const transform: Transform = { ...DEFAULT_PARAMS, format: "png", ...changes };
    const plan = planTransform(source, transform, SIDE_PX ** 2);
    const { bytes } = await engine.execute({ kind: "render", plan, sourceFormat: "jpeg" }, jpeg);
    return colourOf(await decodePicture(transform.format as "png", bytes));
  };
  const whole = await render({});
  for (const changes of [{ format: "png" }, { format: "jpeg", quality: 95 }, { format: "jxl", quality: 95 }] as const) {
    const small = await render({ ...changes, width: SIDE_PX / 4 });
    assert(small > 0.85 * whole, `${changes.format}: ${small.toFixed(1)} of ${whole.toFixed(1)} is left`);
  }
});

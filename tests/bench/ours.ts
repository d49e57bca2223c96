/**
 * Our codec, in this process: the engine that a codec process runs.
 *
 * @module
 */
import { createEngine } from "../../codec/engine.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS } from "../../codec/transform.ts";
import { cpuNowMs, type Pipeline, QUALITY, WIDTH } from "./pipeline.ts";

const MAX_PIXELS = 64_000_000;

/** Starts an engine. */
export async function createOurs(): Promise<Pipeline> {
  const engine = await createEngine();
  return {
    name: "ours",
    async run(photo, format) {
      const source = { width: photo.width, height: photo.height, orientation: 1, hasAlpha: false };
      const transform = { ...DEFAULT_PARAMS, width: WIDTH, quality: QUALITY, format };
      const plan = planTransform(source, transform, MAX_PIXELS);
      const [startedAt, cpuAt] = [performance.now(), cpuNowMs()];
      const { bytes, timings } = await engine.execute({ kind: "render", plan, sourceFormat: "jpeg" }, photo.bytes);
      return { ...timings, totalMs: performance.now() - startedAt, cpuMs: cpuNowMs() - cpuAt, bytes };
    },
  };
}

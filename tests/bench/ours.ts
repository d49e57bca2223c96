/**
 * Our codec, in this process: the engine that a codec process runs.
 *
 * @module
 */
import type { Engine } from "../../codec/engine.ts";
import type { RenderJob } from "../../codec/job.ts";
import { DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS } from "../../codec/transform.ts";
import { cpuNowMs, type Pipeline, QUALITY, type Run, type Task } from "./pipeline.ts";

/** The job of a task. @param quality on the product's scale, 1–100 */
export function renderJob({ photo, format, size, fit }: Task, quality: number): RenderJob {
  const { width, height, hasAlpha, sourceFormat } = photo;
  const source = { width, height, orientation: 1, hasAlpha, frames: 1 };
  const box = fit === "cover" ? { ...size, fit } : { width: size.width };
  const transform = { ...DEFAULT_PARAMS, ...box, quality, format };
  return { kind: "render", plan: planTransform(source, transform, DEFAULT_MAX_PIXELS), sourceFormat };
}

/** Runs a task once, timed. */
export async function runOurs(engine: Engine, task: Task, quality = QUALITY): Promise<Run> {
  const job = renderJob(task, quality);
  const [startedAt, cpuAt] = [performance.now(), cpuNowMs()];
  const { bytes, timings } = await engine.execute(job, task.photo.bytes);
  return { ...timings, totalMs: performance.now() - startedAt, cpuMs: cpuNowMs() - cpuAt, bytes };
}

/** Our engine as a contestant. */
export function oursOf(engine: Engine): Pipeline {
  return { name: "ours", run: (task) => runOurs(engine, task) };
}

/**
 * The sample picture of the home page: transforms of it that belong to nobody's quota, so they are bounded otherwise.
 *
 * @module
 */
import { derivativeKey } from "../../codec/derivative_key.ts";
import { type DerivativeFormat, FORMATS } from "../../codec/formats.ts";
import { estimatePlanBytes } from "../../codec/memory.ts";
import { planTransform, type Source } from "../../codec/plan.ts";
import { normalizeTransform, type TransformParams } from "../../codec/transform.ts";
import { Lru } from "../../kv/lru.ts";
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";
import { SingleFlight } from "./single_flight.ts";

/** `static/sample.jpg`; a test compares. */
export const SAMPLE: Source & { readonly format: "jpeg" } = {
  width: 1600,
  height: 1067,
  orientation: 1,
  hasAlpha: false,
  frames: 1,
  format: "jpeg",
};
/** Largest side that is made of it, in px. */
export const MAX_SAMPLE_SIDE_PX = 1_600;
/** New pictures a minute of one address: whoever plays needs some dozens. */
const MAX_MADE_PER_MINUTE = 90;
const MEMORY_BYTES = 8 * 2 ** 20;

/** A transform of the sample. */
export interface SampleMade {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly mimeType: string;
}

/** Makes transforms of the sample and keeps 8 MiB of them. */
export class SamplePictures {
  #deps: Pick<Deps, "pool" | "rates" | "config">;
  #kept = new Lru<string, SampleMade>(MEMORY_BYTES);
  #flights = new SingleFlight<SampleMade>();

  constructor(deps: Pick<Deps, "pool" | "rates" | "config">) {
    this.#deps = deps;
  }

  /**
   * A transform.
   *
   * @param original the sample's bytes
   * @param address of who asks
   * @throws {ServiceError} `validation` where it is larger than 1600 px a side, `too_many`
   */
  async get(
    original: Uint8Array<ArrayBuffer>,
    params: TransformParams & { readonly format: DerivativeFormat },
    address: string,
  ): Promise<SampleMade> {
    const plan = planTransform(SAMPLE, normalizeTransform(params, SAMPLE), this.#deps.config.MAX_PIXELS);
    const { width, height } = plan.geometry.output;
    if (Math.max(width, height) > MAX_SAMPLE_SIDE_PX) {
      throw new ServiceError("validation", `The sample comes with at most ${MAX_SAMPLE_SIDE_PX} px a side`);
    }
    const key = derivativeKey("sample", plan.transform);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const rate = await this.#deps.rates.take(`sample ${address}`, MAX_MADE_PER_MINUTE);
    if (!rate.isAllowed) throw new ServiceError("too_many", "That were many pictures; play on in a minute");
    return await this.#flights.run(key, async () => {
      const job = { kind: "render", plan, sourceFormat: SAMPLE.format } as const;
      const memoryBytes = estimatePlanBytes(SAMPLE.format, plan);
      const { bytes } = await this.#deps.pool.render(job, original, { memoryBytes });
      const made = { bytes, etag: `"${key}"`, mimeType: FORMATS[plan.transform.format].mimeType };
      this.#kept.set(key, made, bytes.length);
      return made;
    });
  }
}

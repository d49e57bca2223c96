/**
 * The second half of a delivery: from what will be served (deliver.ts) to its bytes, by blobs and codecs.
 *
 * @module
 */
import { CodecError } from "../../codec/errors.ts";
import type { Place } from "../../codec/held_places.ts";
import { estimatePlanBytes } from "../../codec/memory.ts";
import type { Plan } from "../../codec/plan.ts";
import { parseTransform } from "../../codec/transform.ts";
import type { Reservation } from "../../kv/derivative_rows.ts";
import { DamagedBlobError } from "../../kv/originals.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { Deps, RenderedDerivative } from "../deps.ts";
import { addressOfDerivative, addressOfOriginal } from "./addresses.ts";
import { originalOf } from "./image_source.ts";
import { onceInAll } from "./once_in_all.ts";
import { ServiceError } from "./service_error.ts";
import type { Stage, StageTimes } from "./stages.ts";
import { giveBackReservation, storeDerivative } from "./store_derivative.ts";
import { findStandIn } from "./substitute.ts";
import { type Delivery, derive, notFound, originalForm } from "./deliver.ts";

type Times = Partial<Record<Stage, number>>;

/** Runs a stage and notes how long it took, in ms. */
async function timed<T>(times: Times, stage: Stage, work: Promise<T>): Promise<T> {
  const startMs = performance.now();
  try {
    return await work;
  } finally {
    times[stage] = Math.round((performance.now() - startMs) * 10) / 10;
  }
}

/** What becomes of a failed read of an original. */
function refuseDamaged(deps: Deps, record: ImageRecord, error: unknown): never {
  if (!(error instanceof DamagedBlobError)) throw error;
  deps.log.error("original_damaged", { user: record.user, image: record.id, message: error.message });
  throw new ServiceError("upstream", "Stored bytes of this picture are missing or damaged", { cause: error });
}

async function readOriginal(deps: Deps, record: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
  return await deps.originals.get(originalOf(record)).catch((error) => refuseDamaged(deps, record, error));
}

/** An original on its way, which need not be whole. */
type Reading = ReturnType<Deps["originals"]["read"]>;

/** Renders while the bytes are still being verified; of a picture whose bytes are not right nothing is told but that. */
async function make(
  deps: Deps,
  record: ImageRecord,
  plan: Plan,
  { reading, times, place }: { reading: Reading; times: Times; place: Place },
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const { bytes: original, verified } = await timed(times, "read", reading)
    .catch((error) => refuseDamaged(deps, record, error));
  const isWhole = () => verified.catch((error) => refuseDamaged(deps, record, error));
  const memoryBytes = estimatePlanBytes(record.format, plan);
  try {
    const job = { kind: "render", plan, sourceFormat: record.format } as const;
    const { bytes, timings, queueMs } = await deps.pool.render(job, original, {
      signal,
      memoryBytes,
      party: record.user,
      place,
    });
    await isWhole();
    const { decodeMs: decode, resizeMs: resize, encodeMs: encode } = timings;
    return { bytes, times: { ...times, queue: queueMs, decode, resize, encode }, from: "made" };
  } catch (error) {
    if (!(error instanceof CodecError) || ["busy", "deadline", "cancelled"].includes(error.code)) throw error;
    await isWhole();
    deps.log.error("render_failed", { image: record.id, code: error.code, message: error.message });
    throw new ServiceError("unprocessable_image", "This picture can't be rendered in this way", { cause: error });
  }
}

/**
 * Takes the right to make a derivative and spends a transformation on it, in one commit: so neither the plan's limit
 * nor the image's is passed, however many come at once.
 */
async function reserve(deps: Deps, delivery: Delivery, { isPreview }: LoadRequest): Promise<Reservation | "full"> {
  const { record, derivative, presetId } = delivery;
  const { key, kin } = derivative!;
  const ref = { original: originalOf(record), key };
  const asked = presetId === null ? ref : { ...ref, preset: presetId };
  const outcome = await deps.derivativeRows.reserve(asked, kin, async () => {
    const owner = await deps.users.recent(record.user);
    if (owner === null) throw notFound();
    return await deps.quota.offer(owner, await isPreview(record) ? "previews" : "transformations");
  });
  if (outcome === "gone") throw notFound();
  return outcome;
}

/** What is served instead of one derivative too many. */
async function standIn(deps: Deps, { record, derivative }: Delivery, times: Times): Promise<RenderedDerivative> {
  const other = await timed(times, "read", findStandIn(deps, record, derivative!.plan));
  if (other !== null) return { ...other.found, standsIn: other.stored, times };
  const bytes = await timed(times, "read", readOriginal(deps, record));
  return { bytes, from: "original", standsIn: "original", times };
}

const flightName = (record: ImageRecord, key: string) => `${record.user}/${record.nonce}/${key}`;

/** One flight a derivative: look into the store, else make it, keep it and count it. */
async function fly(
  deps: Deps,
  delivery: Delivery,
  request: LoadRequest,
  signal: AbortSignal,
): Promise<RenderedDerivative> {
  const { record, derivative } = delivery;
  const { key, plan } = derivative!;
  const original = originalOf(record);
  const times: Times = {};
  const find = async (): Promise<RenderedDerivative | null> => {
    const found = await timed(times, "read", deps.derivatives.get(original, key)).catch((error) => {
      deps.log.error("derivative_read_failed", { image: record.id, message: String(error) });
      return null;
    });
    return found === null ? null : { ...found, times };
  };
  const makeHere = async (place: Place) => {
    // Read while KV commits: whether it is needed is known then.
    const reading = deps.originals.read(original);
    reading.catch(() => {});
    const reservation = await timed(times, "quota", reserve(deps, delivery, request));
    if (reservation === "full") {
      place.leave();
      return { made: await standIn(deps, delivery, times), stored: Promise.resolve() };
    }
    try {
      const made = await make(deps, record, plan, { reading, times, place }, signal);
      deps.derivatives.remember(original, key, made.bytes);
      const stored = storeDerivative(deps, reservation, made.bytes);
      deps.background("store_derivative", stored);
      return { made, stored };
    } catch (error) {
      await giveBackReservation(deps, reservation);
      throw error;
    }
  };
  const makeIfRoom = async () => {
    // Before anything is read, paid for and given back.
    const place = await deps.pool.hold(record.user, signal);
    return await makeHere(place).finally(() => place.leave());
  };
  return await find() ?? await onceInAll(deps, { name: flightName(record, key), find, make: makeIfRoom }, signal);
}

/** Who waits for bytes. */
export interface LoadRequest {
  /**
   * When all callers of a derivative are gone, its queued job is cancelled. A function, because Deno makes and aborts a
   * signal for every request that looks at it.
   */
  readonly signal: () => AbortSignal;
  /** Whether one of the dashboard's own pages shows the picture to its owner. Asked only before one is made. */
  readonly isPreview: (record: ImageRecord) => Promise<boolean>;
}

/** Bytes to serve and where they came from. */
export interface Loaded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: RenderedDerivative["from"] | "original";
  readonly times: StageTimes;
  /** What the bytes are: what was asked for, or what stands in for it. */
  readonly served: Delivery;
}

/** Says what the bytes are that a flight came back with, in the words of one of its callers. */
async function servedBy(deps: Deps, delivery: Delivery, { standsIn }: RenderedDerivative): Promise<Delivery> {
  if (standsIn === undefined) return delivery;
  const { record, path } = delivery;
  // What a date says is of the one that was asked for.
  const instead = { ...delivery, modifiedAtMs: null, isSubstitute: true };
  if (standsIn === "original") {
    const location = await addressOfOriginal(deps, record, path);
    return { ...instead, ...originalForm(record), location };
  }
  const derived = derive(deps, record, parseTransform(standsIn.text));
  const location = await addressOfDerivative(deps, record, path, derived.derivative!.plan.transform);
  return { ...instead, ...derived, location };
}

/**
 * Loads what {@linkcode resolveDelivery} found; simultaneous calls for one derivative share one transform.
 *
 * @throws {ServiceError} `upstream`, `unprocessable_image`
 * @throws {QuotaError} when a derivative would have to be made and its owner has no transformation left
 * @throws {CodecError} `busy`, `deadline`, `cancelled`
 */
export async function loadDelivery(deps: Deps, delivery: Delivery, request: LoadRequest): Promise<Loaded> {
  const { record, derivative } = delivery;
  const served = delivery;
  if (derivative === null) {
    const times: Times = {};
    return { bytes: await timed(times, "read", readOriginal(deps, record)), from: "original", times, served };
  }
  const original = originalOf(record);
  const cached = deps.derivatives.inMemory(original, derivative.key);
  if (cached !== undefined) {
    deps.derivativeUses.note(original, derivative.key, derivative.kin);
    return { bytes: cached, from: "memory", times: {}, served };
  }
  const work = (signal: AbortSignal) => fly(deps, delivery, request, signal);
  const flown = await deps.flights.run(flightName(record, derivative.key), work, request.signal());
  if (flown.from === "store") deps.derivativeUses.note(original, derivative.key, derivative.kin);
  return { ...flown, served: await servedBy(deps, delivery, flown) };
}

/** Whether another one may stand in for a derivative: its image has as many as it may have, or is about to. */
export async function mayStandIn({ derivativeRows, config }: Deps, { record, derivative }: Delivery): Promise<boolean> {
  if (derivative === null) return false;
  return await derivativeRows.count(originalOf(record)) >= config.DERIVATIVE_MAX_PER_IMAGE;
}

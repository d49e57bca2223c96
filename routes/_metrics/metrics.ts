/**
 * Every metric of the program. Labels take their values from tables and lists of ours, never from a request.
 *
 * @module
 */
import type { PoolEvent, PoolStats } from "../../codec/pool.ts";
import { Counter, counterText, Family, gaugeText, Histogram } from "./exposition.ts";

/** What the program waits for outside of its own code. */
export type Seam = "kv" | "blob" | "codec";

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** Pattern of the route table, or `none`. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** Where a picture came from; undefined for all else. */
  readonly source: string | undefined;
  /** Bytes of a picture. */
  readonly bytes: number | undefined;
  /** Limit that was reached: `rate` or the metric of a quota. */
  readonly rejectedBy: string | undefined;
}

/** Connections at the gate: those that are open, and how many there were of the others since the start. */
export interface GateReadings {
  readonly open: number;
  /** Answered 503, since as many as may be were open. */
  readonly refused: number;
  /** Closed by the gate, since they stalled or room was needed. */
  readonly closed: number;
}

/** What is read at the moment of asking. */
export interface Readings {
  readonly pool: PoolStats;
  /** Null without a gate. */
  readonly gate: GateReadings | null;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly startedAtMs: number;
}

/** From a hit in memory (0.1 ms) to the deadline of a picture (20 s). */
const REQUEST_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);

function counters(name: string, help: string, labels: readonly string[]): Family<Counter> {
  return new Family({ name, type: "counter", help }, labels, () => new Counter());
}

function histograms(name: string, help: string, labels: readonly string[]): Family<Histogram> {
  return new Family({ name, type: "histogram", help }, labels, () => new Histogram(REQUEST_BOUNDS));
}

/** See the module's comment. */
export class Metrics {
  #requests = counters("imgsrc_http_requests_total", "Requests answered.", ["method", "route", "status"]);
  #latencies = histograms("imgsrc_http_request_seconds", "Time from a request to its answer's head.", ["route"]);
  #deliveries = counters("imgsrc_deliveries_total", "Pictures served, by where they came from.", ["source"]);
  #deliveredBytes = counters("imgsrc_delivered_bytes_total", "Bytes of pictures served.", []);
  #rejections = counters("imgsrc_rejections_total", "Requests past a rate, a quota, or what there is time for.", [
    "limit",
  ]);
  #seams: Readonly<Record<Seam, { readonly times: Family<Histogram>; readonly errors: Family<Counter> }>> = {
    kv: {
      times: histograms("imgsrc_kv_seconds", "Time of a call of the metadata store, with its retries.", ["operation"]),
      errors: counters("imgsrc_kv_errors_total", "Calls of the metadata store that failed.", ["operation", "error"]),
    },
    blob: {
      times: histograms("imgsrc_blob_seconds", "Time of a call of the blob store.", ["operation"]),
      errors: counters("imgsrc_blob_errors_total", "Calls of the blob store that failed.", ["operation", "error"]),
    },
    codec: {
      times: histograms("imgsrc_codec_seconds", "Time of a job of the codec pool, waiting included.", ["operation"]),
      errors: counters("imgsrc_codec_errors_total", "Jobs of the codec pool that failed.", ["operation", "error"]),
    },
  };
  #stages = histograms("imgsrc_codec_stage_seconds", "Time inside a codec process, by stage.", ["stage"]);
  #waits = histograms("imgsrc_codec_queue_seconds", "Time that a job waited for a codec process.", []);
  #processEvents = counters("imgsrc_codec_process_events_total", "Codec processes that ended before their time.", [
    "kind",
  ]);
  #loopDelays = histograms("imgsrc_event_loop_delay_seconds", "How late a timer was.", []);

  /** Counts an answer. */
  request({ method, route, status, seconds, source, bytes, rejectedBy }: AnsweredRequest): void {
    this.#requests.of(METHODS.has(method) ? method : "other", route, String(status)).add();
    this.#latencies.of(route).observe(seconds);
    if (rejectedBy !== undefined) this.#rejections.of(rejectedBy).add();
    if (source === undefined) return;
    this.#deliveries.of(source).add();
    this.#deliveredBytes.of().add(bytes ?? 0);
  }

  /** Counts a call over a seam. @param error code or class of what it failed with; null when it did not */
  call(seam: Seam, operation: string, seconds: number, error: string | null): void {
    this.#seams[seam].times.of(operation).observe(seconds);
    if (error !== null) this.#seams[seam].errors.of(operation, error).add();
  }

  /** Counts the time of a stage of a codec job. */
  stage(name: string, seconds: number): void {
    this.#stages.of(name).observe(seconds);
  }

  /** Counts the wait of a codec job. */
  waited(seconds: number): void {
    this.#waits.of().observe(seconds);
  }

  /** Counts a codec process that was killed at its deadline, crashed, was retired or did not start. */
  processEvent(kind: PoolEvent["kind"]): void {
    this.#processEvents.of(kind).add();
  }

  /** Counts how late a timer was. */
  loopDelay(seconds: number): void {
    this.#loopDelays.of().observe(seconds);
  }

  /** Everything, for Prometheus. */
  text(now: Readings): string {
    const seams = Object.values(this.#seams).flatMap(({ times, errors }) => [times, errors]);
    const families = [
      this.#requests,
      this.#latencies,
      this.#deliveries,
      this.#deliveredBytes,
      this.#rejections,
      ...seams,
      this.#stages,
      this.#waits,
      this.#processEvents,
      this.#loopDelays,
    ];
    return [...families.map((family) => family.text()), ...gauges(now), ...gateText(now.gate)].join("");
  }
}

function gateText(gate: GateReadings | null): string[] {
  if (gate === null) return [];
  return [
    gaugeText("imgsrc_gate_connections", "Connections of clients that are open.", { "": gate.open }),
    counterText("imgsrc_gate_refused_total", "Connections refused, since MAX_CONNECTIONS were open.", gate.refused),
    counterText("imgsrc_gate_closed_total", "Connections closed, since they stalled or made room.", gate.closed),
  ];
}

function gauges({ pool, residentBytes, heapUsedBytes, startedAtMs }: Readings): string[] {
  return [
    gaugeText("imgsrc_codec_processes", "Codec processes: at work, or waiting for it (one of them is a spare).", {
      '{state="busy"}': pool.busy,
      '{state="idle"}': pool.idle,
    }),
    gaugeText("imgsrc_codec_queue_length", "Jobs that wait for a codec process.", { "": pool.queued }),
    counterText("imgsrc_codec_jobs_total", "Jobs that a codec process was given.", pool.jobs),
    counterText("imgsrc_codec_restarts_total", "Codec processes that were replaced.", pool.replaced),
    gaugeText("process_resident_memory_bytes", "Resident memory of the server, without its codec processes.", {
      "": residentBytes,
    }),
    gaugeText("imgsrc_heap_used_bytes", "JavaScript heap in use.", { "": heapUsedBytes }),
    gaugeText("process_start_time_seconds", "When the server started, in seconds since 1970.", {
      "": startedAtMs / 1_000,
    }),
  ];
}

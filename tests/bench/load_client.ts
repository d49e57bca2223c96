/**
 * A closed loop of GETs over raw keep-alive connections, so that the client is not what limits. A program of its own:
 * takes a {@linkcode Load} as JSON argument, prints a {@linkcode LoadResult}.
 *
 * @module
 */
import { RawClient, rawGet } from "../doubles/raw_client.ts";

/** What to ask for, and how long. */
export interface Load {
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Any other status ends the run. */
  readonly expectStatus: number;
}

/** What came of it. */
export interface LoadResult {
  /** Answers, those of warming up included. */
  readonly allRequests: number;
  /** Answers in the measured time; so are the latencies. */
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Asks until the time is over. @returns how many answers came */
async function loop(load: Load, from: number, until: number, latencies: number[]): Promise<number> {
  using client = await RawClient.open(load.hostname, load.port);
  const request = rawGet(`${load.hostname}:${load.port}`, load.path, load.headers);
  let answers = 0;
  for (let startedAt = performance.now(); startedAt < until;) {
    const { status } = await client.ask(request);
    if (status !== load.expectStatus) throw new Error(`${load.path} answered ${status}`);
    answers++;
    const endedAt = performance.now();
    if (startedAt >= from && endedAt <= until) latencies.push(endedAt - startedAt);
    startedAt = endedAt;
  }
  return answers;
}

/** Runs a load. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const from = performance.now() + load.warmUpMs;
  const latencies: number[] = [];
  const loops = Array.from({ length: load.connections }, () => loop(load, from, from + load.measureMs, latencies));
  const allRequests = (await Promise.all(loops)).reduce((a, b) => a + b);
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { allRequests, requests: sorted.length, seconds: load.measureMs / 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
}

if (import.meta.main) console.log(JSON.stringify(await runLoad(JSON.parse(Deno.args[0]!))));

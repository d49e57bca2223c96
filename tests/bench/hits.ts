/**
 * Part 4: requests per second for a derivative that is in the store, and for its 304s, beside a bare Hono handler.
 *
 * @module
 */
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";
import { type Child, cpuTimeMs, originInLog, startChild, temporaryFolder } from "./children.ts";
import type { Load, LoadResult } from "./load_client.ts";
import { startOurServer } from "./our_server.ts";
import type { Photo, Photos } from "./photos.ts";
import { median, pairedRatio } from "./stats.ts";
import { fixed, kib, type Section } from "./table.ts";

/** How much is measured. */
export interface HitOptions {
  /** Measured time of one run. */
  readonly seconds: number;
  /** Runs of each server. */
  readonly rounds: number;
}

const CLIENT = new URL("./load_client.ts", import.meta.url).href;
const BARE = new URL("./bare_server.ts", import.meta.url).pathname;
const CONNECTIONS = 16;
const WARM_UP_MS = 1_000;
const FROM_MEMORY = "from memory";
const QUERY = ".webp?w=800";
/** Headers that the runtime adds by itself. */
const RUNTIME_HEADERS = new Set(["date", "vary"]);

async function fetchDerivative(url: string): Promise<{ bytes: Uint8Array; headers: Record<string, string> }> {
  await (await fetch(url)).arrayBuffer();
  const response = await fetch(url);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, headers: Object.fromEntries([...response.headers].filter(([name]) => !RUNTIME_HEADERS.has(name))) };
}

async function startBare(folder: string, bytes: Uint8Array, headers: Record<string, string>): Promise<Child> {
  const [file, logPath] = [`${folder}/derivative`, `${folder}/bare.log`];
  await Deno.writeFile(file, bytes);
  const permissions = ["--no-prompt", "--allow-net", "--allow-read"];
  const command = [Deno.execPath(), "run", ...permissions, BARE, file, JSON.stringify(headers)];
  return await startChild(command, logPath, {}, originInLog(logPath));
}

interface Hits extends LoadResult {
  /** CPU time of the server for each answer, in µs. */
  readonly cpuUs: number;
}

async function load(server: Child, path: string, etag: string | null, seconds: number): Promise<Hits> {
  const { hostname, port } = new URL(server.origin);
  const job: Load = {
    hostname,
    port: Number(port),
    path,
    headers: etag === null ? {} : { "if-none-match": etag },
    connections: CONNECTIONS,
    warmUpMs: WARM_UP_MS,
    measureMs: seconds * 1_000,
    expectStatus: etag === null ? 200 : 304,
  };
  const args = ["run", "--no-prompt", "--allow-net", CLIENT, JSON.stringify(job)];
  const cpuBefore = await cpuTimeMs(server.pid);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error("Load client failed");
  const result: LoadResult = JSON.parse(new TextDecoder().decode(stdout));
  return { ...result, cpuUs: ((await cpuTimeMs(server.pid)) - cpuBefore) * 1_000 / result.allRequests };
}

const rates = (results: readonly Hits[]) => results.map((r) => r.requests / r.seconds);

async function compare(name: string, ours: Child, bare: Child, path: string, etag: string | null, options: HitOptions) {
  const results = { ours: [] as Hits[], bare: [] as Hits[] };
  for (let round = 0; round < options.rounds; round++) {
    console.error(`hits: ${name}, round ${round + 1} of ${options.rounds}`);
    const runOurs = async () => results.ours.push(await load(ours, path, etag, options.seconds));
    const runBare = async () => results.bare.push(await load(bare, path, etag, options.seconds));
    for (const run of round % 2 === 0 ? [runOurs, runBare] : [runBare, runOurs]) await run();
  }
  const [mine, theirs] = [rates(results.ours), rates(results.bare)];
  const latency = (r: readonly Hits[]) => {
    const [p50, p99] = [median(r.map((x) => x.p50Ms)), median(r.map((x) => x.p99Ms))];
    return `${fixed(p50, 2)} / ${fixed(p99, 2)}`;
  };
  return [
    name,
    fixed(median(mine), 0),
    fixed(median(theirs), 0),
    fixed(pairedRatio(mine, theirs), 2),
    latency(results.ours),
    latency(results.bare),
    fixed(median(results.ours.map((r) => r.cpuUs)), 0),
    fixed(median(results.bare.map((r) => r.cpuUs)), 0),
  ];
}

/** One server with these settings against a bare one with the same answer. */
async function round(photo: Photo, where: string, settings: Record<string, string>, options: HitOptions) {
  await using folder = await temporaryFolder();
  const ours = await startOurServer(folder.path, settings);
  let bare: Child | null = null;
  try {
    const path = `${await ours.upload(photo)}${QUERY}`;
    const { bytes, headers } = await fetchDerivative(`${ours.origin}${path}`);
    bare = await startBare(folder.path, bytes, headers);
    const rows = [await compare(`200, ${kib(bytes.length)} KiB ${where}`, ours, bare, path, null, options)];
    if (where === FROM_MEMORY) rows.push(await compare("304", ours, bare, path, headers.etag!, options));
    return rows;
  } finally {
    await bare?.stop();
    await ours.stop();
  }
}

/** From a real S3 server on this machine, where there is one. */
async function fromBucket(photo: Photo, options: HitOptions): Promise<string[][]> {
  if (!HAS_VERSITYGW) return [];
  await using bucket = await startVersitygw();
  const settings = bucket.environment(await bucket.addBucket());
  return await round(photo, "from a bucket (versitygw)", { MEMORY_CACHE_BYTES: "0", ...settings }, options);
}

/** Measures hits in memory, their 304s, and hits that are read from the blob folder each time. */
export async function benchHits({ jpegs }: Photos, options: HitOptions): Promise<Section[]> {
  const photo = jpegs.find(({ name }) => name === "6 MP") ?? jpegs[0]!;
  return [{
    title: "Stored derivatives over HTTP",
    notes: [
      "Ours: main.ts with its defaults and JSON lines into a file. Peer: a bare Hono handler under Deno.serve that sends " +
      "the same bytes with the same headers from memory, and logs nothing.",
      `${CONNECTIONS} keep-alive connections in a closed loop from a process of its own, ${options.rounds} runs of ` +
      `${options.seconds} s each in turn after ${
        WARM_UP_MS / 1_000
      } s of warming up; medians. Here a higher ratio is better.`,
      "CPU: user and system time of the server's process for each answer, all its threads.",
    ],
    header: [
      "answer",
      "ours, req/s",
      "bare, req/s",
      "ours/bare",
      "ours p50 / p99, ms",
      "bare p50 / p99, ms",
      "ours CPU, µs/req",
      "bare CPU, µs/req",
    ],
    rows: [
      ...await round(photo, FROM_MEMORY, {}, options),
      ...await round(photo, "from memory, GATE=off", { GATE: "off" }, options),
      ...await round(photo, "from the blob folder", { MEMORY_CACHE_BYTES: "0" }, options),
      ...await fromBucket(photo, options),
    ],
  }];
}

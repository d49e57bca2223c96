/**
 * Part 3: requests over HTTP for derivatives that nobody asked for before, beside node:http + sharp.
 *
 * @module
 */
import type { OutputFormat } from "../../codec/formats.ts";
import { cpuTimeOfTreeMs, temporaryFolder } from "./children.ts";
import { startOurServer } from "./our_server.ts";
import type { Photos } from "./photos.ts";
import { installSharp, startSharpServer } from "./sharp_child.ts";
import { median, pairedRatio, quantile } from "./stats.ts";
import { fixed, type Section } from "./table.ts";

/** How much is measured. */
export interface ColdOptions {
  /** Requests to each server for every photo and format. */
  readonly rounds: number;
}

const FORMATS: readonly OutputFormat[] = ["jpeg", "png", "webp", "avif"];
/** Two codec processes take turns as they come: enough for both to run optimised code. */
const WARM_UP_ROUNDS = 8;
/** Widths count up from here, one for every request: none is asked for twice. */
const FIRST_WIDTH = 760;
/** Time for writing the derivative after its answer, which is not the next request's fault. */
const SETTLE_MS = 40;

const HEADER = [
  "photo → format",
  "ours, ms",
  "p90",
  "node + sharp, ms",
  "p90",
  "ours/sharp",
  "ours CPU, ms",
  "node + sharp CPU, ms",
  "in CPU time",
  "ours, first",
  "sharp, first",
];

interface Target {
  readonly pid: number;
  readonly origin: string;
  /** Path of a photo, without extension. */
  readonly path: string;
}

/** Full time of a request in ms, its body read. */
async function request(target: Target, format: OutputFormat, width: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const startedAt = performance.now();
  const response = await fetch(`${target.origin}${target.path}.${format}?w=${width}`);
  await response.arrayBuffer();
  const ms = performance.now() - startedAt;
  if (response.status !== 200) throw new Error(`${target.path}.${format}?w=${width} answered ${response.status}`);
  const cache = response.headers.get("server-timing") ?? "made";
  if (!cache.includes("made")) throw new Error(`Request was not cold: ${cache}`);
  return ms;
}

async function measure(ours: Target, theirs: Target, format: OutputFormat, rounds: number) {
  const times = { ours: [] as number[], theirs: [] as number[], oursCpu: 0, theirsCpu: 0 };
  const addCpu = async (sign: 1 | -1) => {
    times.oursCpu += sign * await cpuTimeOfTreeMs(ours.pid) / rounds;
    times.theirsCpu += sign * await cpuTimeOfTreeMs(theirs.pid) / rounds;
  };
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    if (round === WARM_UP_ROUNDS) await addCpu(-1);
    const width = FIRST_WIDTH + round;
    const runOurs = async () => times.ours.push(await request(ours, format, width));
    const runTheirs = async () => times.theirs.push(await request(theirs, format, width));
    for (const run of round % 2 === 0 ? [runOurs, runTheirs] : [runTheirs, runOurs]) await run();
  }
  await addCpu(1);
  return times;
}

function toRow(name: string, times: Awaited<ReturnType<typeof measure>>): string[] {
  const [ours, theirs] = [times.ours.slice(WARM_UP_ROUNDS), times.theirs.slice(WARM_UP_ROUNDS)];
  return [
    name,
    fixed(median(ours)),
    fixed(quantile(ours, 0.9)),
    fixed(median(theirs)),
    fixed(quantile(theirs, 0.9)),
    fixed(pairedRatio(ours, theirs), 2),
    // A process that was replaced on the way took its time with it.
    times.oursCpu > 0 ? fixed(times.oursCpu) : "–",
    fixed(times.theirsCpu),
    times.oursCpu > 0 ? fixed(times.oursCpu / times.theirsCpu, 2) : "–",
    fixed(times.ours[0]!),
    fixed(times.theirs[0]!),
  ];
}

/** Measures every photo in the formats that both sides write. */
export async function benchCold({ jpegs }: Photos, options: ColdOptions): Promise<Section[]> {
  await using folder = await temporaryFolder();
  await installSharp(folder.path);
  const ours = await startOurServer(folder.path);
  const peer = await startSharpServer(folder.path);
  const rows: string[][] = [];
  try {
    for (const photo of jpegs) {
      const mine = { pid: ours.pid, origin: ours.origin, path: await ours.upload(photo) };
      const theirs = { pid: peer.pid, origin: peer.origin, path: await peer.add(photo) };
      for (const format of FORMATS) {
        console.error(`cold: ${photo.name} → ${format}`);
        rows.push(toRow(`${photo.name} → ${format}`, await measure(mine, theirs, format, options.rounds)));
      }
    }
  } finally {
    await ours.stop();
    await peer.stop();
  }
  return [{
    title: "Cold requests over HTTP",
    notes: [
      "Ours: main.ts with its defaults. Peer: node:http + sharp (one thread, no cache) that reads the original, renders " +
      "and sends, and keeps nothing; AVIF with its default effort, 4. Same photos, same widths near 800, never asked for " +
      "before; one request at a time.",
      `Medians and 90th percentiles of ${options.rounds} requests each in turn, after ${WARM_UP_ROUNDS} of warming up; ` +
      "the last two columns are the very first request of that photo and format. CPU time: the server and its codec " +
      "processes, for each request; steady where other programs kept the machine busy.",
    ],
    header: HEADER,
    rows,
  }];
}

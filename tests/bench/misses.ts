/**
 * Misses at concurrency 1, 4 and 16 beside node:http + sharp, and three instances on one KV server beside one.
 *
 * @module
 */
import { startDenokv } from "../servers/denokv.ts";
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";
import { cpuTimeOfTreeMs, temporaryFolder } from "./children.ts";
import { type OurServer, startOurServer } from "./our_server.ts";
import type { Photo, Photos } from "./photos.ts";
import { installSharp, startSharpServer } from "./sharp_child.ts";
import { median, quantile } from "./stats.ts";
import { fixed, type Section } from "./table.ts";

/** How much is measured. */
export interface MissOptions {
  /** Requests of each run. */
  readonly requests: number;
}

const CONCURRENCY = [1, 4, 16] as const;
const INSTANCES = 3;
/** No width is asked for twice, and no image gets more than its cap of derivatives. */
const FIRST_WIDTH = 700;

interface Run {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Asks for widths nobody asked for, so many at once. @param addresses made from a width, in turn */
async function ask(addressOf: (n: number, width: number) => string, atOnce: number, requests: number): Promise<Run> {
  const times: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  const work = async () => {
    while (next < requests) {
      const n = next++;
      const start = performance.now();
      const response = await fetch(addressOf(n, FIRST_WIDTH + widthsUsed + n));
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`Answered ${response.status}`);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  widthsUsed += requests;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { perSecond: requests / seconds, p50Ms: median(times), p99Ms: quantile(times, 0.99) };
}

let widthsUsed = 0;

const cells = ({ perSecond, p50Ms, p99Ms }: Run) => [fixed(perSecond), `${fixed(p50Ms, 0)} / ${fixed(p99Ms, 0)}`];

async function besideSharp(photo: Photo, { requests }: MissOptions): Promise<string[][]> {
  await using folder = await temporaryFolder();
  await installSharp(folder.path);
  const ours = await startOurServer(folder.path, { DERIVATIVE_MAX_PER_IMAGE: "2000", QUOTAS: "off" });
  const peer = await startSharpServer(folder.path);
  try {
    const [path, theirs] = [await ours.upload(photo), await peer.add(photo)];
    const askOurs = (atOnce: number, count: number) =>
      ask((_, width) => `${ours.origin}${path}.webp?w=${width}`, atOnce, count);
    const askTheirs = (atOnce: number, count: number) =>
      ask((_, width) => `${peer.origin}${theirs}.webp?w=${width}`, atOnce, count);
    await askOurs(2, 16);
    await askTheirs(2, 16);
    const rows: string[][] = [];
    for (const atOnce of CONCURRENCY) {
      console.error(`misses: ${atOnce} at once`);
      const mine = await askOurs(atOnce, requests);
      const other = await askTheirs(atOnce, requests);
      rows.push([`${atOnce} at once`, ...cells(mine), ...cells(other), fixed(mine.perSecond / other.perSecond, 2)]);
    }
    return rows;
  } finally {
    await ours.stop();
    await peer.stop();
  }
}

/** Misses and hits a second of a service of some instances. */
async function service(count: number, photo: Photo, { requests }: MissOptions): Promise<string[] | null> {
  await using kv = await startDenokv();
  if (kv === null || !HAS_VERSITYGW) return null;
  await using bucket = await startVersitygw();
  await using folder = await temporaryFolder();
  const env = {
    KV_URL: kv.url,
    KV_ACCESS_TOKEN: kv.accessToken,
    QUOTAS: "off",
    CODEC_PROCESSES: "1",
    DERIVATIVE_MAX_PER_IMAGE: "2000",
    ...bucket.environment(await bucket.addBucket()),
  };
  const servers: OurServer[] = [];
  try {
    for (let n = 0; n < count; n++) servers.push(await startOurServer(folder.path, env, n));
    const path = await servers[0]!.upload(photo);
    const originOf = (n: number) => servers[n % count]!.origin;
    await ask((n, width) => `${originOf(n)}${path}.webp?w=${width}`, count, 8 * count);
    const before = await Promise.all(servers.map(({ pid }) => cpuTimeOfTreeMs(pid)));
    const misses = await ask((n, width) => `${originOf(n)}${path}.webp?w=${width}`, 8, requests);
    const after = await Promise.all(servers.map(({ pid }) => cpuTimeOfTreeMs(pid)));
    const cpuMs = after.reduce((sum, ms, n) => sum + ms - before[n]!, 0) / requests;
    const hits = await ask((n) => `${originOf(n)}${path}.webp?w=${FIRST_WIDTH}`, 16, requests * 20);
    return [`${count}`, ...cells(misses), fixed(cpuMs), ...cells(hits)];
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Both tables. */
export async function benchMisses({ jpegs }: Photos, options: MissOptions): Promise<Section[]> {
  const photo = jpegs.find(({ name }) => name === "6 MP") ?? jpegs[0]!;
  const sections: Section[] = [{
    title: "Misses at once",
    notes: [
      `6 MP JPEG to WebP, widths from ${FIRST_WIDTH} up, ${options.requests} requests a run. Ours: main.ts with its ` +
      "defaults (a codec process a core). Peer: node:http + sharp, one thread a picture, four at once, nothing kept.",
    ],
    header: ["concurrency", "ours, /s", "p50 / p99, ms", "node + sharp, /s", "p50 / p99, ms", "ours/sharp, a second"],
    rows: await besideSharp(photo, options),
  }];
  const rows = [await service(1, photo, options), await service(INSTANCES, photo, options)];
  if (rows.includes(null)) return sections;
  return [...sections, {
    title: "Three instances beside one",
    notes: [
      "On one denokv and one versitygw, all on this machine, with one codec process each: eight misses at once, then " +
      "sixteen hits at once, asked of the instances in turn by a client in the benchmark's own process, which takes " +
      "part of the two cores. So it shows what sharing costs, not how it scales.",
    ],
    header: ["instances", "misses, /s", "p50 / p99, ms", "CPU a miss, ms", "hits, /s", "p50 / p99, ms"],
    rows: rows as string[][],
  }];
}

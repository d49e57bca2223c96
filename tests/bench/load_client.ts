/**
 * A closed loop of GETs over raw keep-alive connections, so that the client is not what limits. A program of its own:
 * takes a {@linkcode Load} as JSON argument, prints a {@linkcode LoadResult}.
 *
 * @module
 */

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

const HEAD_BYTES = 4_096;
const BUFFER_BYTES = 1 << 20;
const decoder = new TextDecoder("latin1");

/** Reads one answer into `buffer`; gives its status. Answers have a length or no body at all (304). */
async function readAnswer(connection: Deno.Conn, buffer: Uint8Array): Promise<number> {
  let [filled, end, status] = [0, Infinity, 0];
  while (filled < end) {
    const count = await connection.read(buffer.subarray(filled));
    if (count === null) throw new Error("Server closed the connection");
    filled += count;
    if (end !== Infinity) continue;
    const head = decoder.decode(buffer.subarray(0, Math.min(filled, HEAD_BYTES)));
    const headEnd = head.indexOf("\r\n\r\n");
    if (headEnd === -1) continue;
    status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    end = headEnd + 4 + (status === 304 ? 0 : Number(length?.[1] ?? NaN));
  }
  return status;
}

/** Asks until the time is over. @returns how many answers came */
async function loop(load: Load, from: number, until: number, latencies: number[]): Promise<number> {
  using connection = await Deno.connect({ hostname: load.hostname, port: load.port });
  const lines = Object.entries({ host: `${load.hostname}:${load.port}`, ...load.headers }).map(([k, v]) =>
    `${k}: ${v}`
  );
  const request = new TextEncoder().encode(`GET ${load.path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const buffer = new Uint8Array(BUFFER_BYTES);
  let answers = 0;
  for (let startedAt = performance.now(); startedAt < until;) {
    await connection.write(request);
    const status = await readAnswer(connection, buffer);
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

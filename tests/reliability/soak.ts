/**
 * Mixed work for long, with an eye on what the server keeps: `SOAK_SECONDS=3600 deno run … tests/reliability/soak.ts`.
 *
 * Ends with 1 when memory or file descriptors grow, the stored derivatives pass their bound, or an answer is a fault of
 * the server. A slope of memory means little over two minutes, in which V8 still grows its heap: below a quarter of an
 * hour the least of each third is compared instead.
 *
 * @module
 */
import { fixture } from "../doubles/app.ts";
import { codecPids, statusOf, uploadTo, variantOf } from "../doubles/client.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";

const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 120);
const CLIENTS = 6;
const SAMPLE_MS = 2_000;
const MIB = 2 ** 20;
const DERIVATIVE_MAX_BYTES = 8 * MIB;
/** Bounds: MB a minute over a quarter of an hour and more, MB between the least of two thirds, descriptors. */
const [MAX_SLOPE_MB, MAX_STEP_MB, MAX_DESCRIPTORS] = [1, 48, 24];
const LONG_SECONDS = 900;

/** What the kernel says of the server, at a time in s. */
interface Sample {
  readonly at: number;
  readonly serverMb: number;
  readonly codecsMb: number;
  readonly descriptors: number;
}

async function residentMb(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/statm`).catch(() => "0 0");
  return Number(text.split(" ")[1]) * 4_096 / MIB;
}

async function look(server: TestServer, dataDir: string, at: number): Promise<Sample> {
  const codecs = await Promise.all((await codecPids(dataDir)).map(residentMb));
  return {
    at,
    serverMb: await residentMb(server.pid),
    codecsMb: codecs.reduce((sum, mb) => sum + mb, 0),
    descriptors: (await Array.fromAsync(Deno.readDir(`/proc/${server.pid}/fd`))).length,
  };
}

async function bytesBelow(folder: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    sum += isDirectory ? await bytesBelow(path).catch(() => 0) : (await Deno.stat(path).catch(() => null))?.size ?? 0;
  }
  return sum;
}

interface Work {
  readonly server: TestServer;
  readonly key: string;
  readonly files: readonly Uint8Array<ArrayBuffer>[];
  readonly faults: Map<string, number>;
  count: number;
}

/** One step of a client with at most forty pictures of its own. */
async function step(work: Work, client: number, ids: Map<number, string>, random: SeededRandom): Promise<void> {
  const { server: { url }, key, files } = work;
  const headers = { authorization: `Bearer ${key}` };
  const at = random.integer(0, 39);
  const [path, id] = [`c${client}/${at}`, ids.get(at)];
  const kind = random.integer(0, 19);
  const note = (status: number) => {
    work.count++;
    if (status >= 500 && status !== 503) work.faults.set(`${status}`, (work.faults.get(`${status}`) ?? 0) + 1);
  };
  if (id === undefined || kind === 0) {
    const file = variantOf(random.pick(files), random.integer(0, 1e9));
    const response = await uploadTo(work.server, key, file, `${path}.jpg`);
    // The gate's own answers (408 to a body that is too slow) have no body.
    const text = await response.text();
    if (response.status === 201) ids.set(at, JSON.parse(text).id);
    note(response.status);
  } else if (kind === 1) {
    note(await statusOf(`${url}/api/v1/images/${id}`, { method: "DELETE", headers }));
    ids.delete(at);
  } else if (kind === 2) note(await statusOf(`${url}/api/v1/images?path=c${client}&limit=20`, { headers }));
  else if (kind === 3) {
    const body = JSON.stringify({ visibility: random.pick(["public", "private"]) });
    note(await statusOf(`${url}/api/v1/images/${id}/visibility`, { method: "PUT", headers, body }));
  } else if (kind === 4) {
    const abort = AbortSignal.timeout(random.integer(1, 20));
    await statusOf(`${url}/i/owner/${path}.png?w=${random.integer(100, 900)}`, { signal: abort }).catch(() => {});
    work.count++;
  } else if (kind <= 8) note(await statusOf(`${url}/i/owner/${path}.webp?w=${random.integer(20, 200)}`));
  else note(await statusOf(`${url}/i/owner/${path}.webp?w=120`));
}

/** By least squares, a minute. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [x, y] = [mean(samples.map(({ at }) => at)), mean(samples.map(({ serverMb }) => serverMb))];
  const top = samples.reduce((sum, { at, serverMb }) => sum + (at - x) * (serverMb - y), 0);
  return 60 * top / samples.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
}

function judge(samples: readonly Sample[], derivativeBytes: number, work: Work): string[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const least = (some: readonly Sample[], of: "serverMb" | "descriptors") => Math.min(...some.map((s) => s[of]));
  const slope = slopeOf(samples.slice(third));
  const step = least(last, "serverMb") - least(middle, "serverMb");
  const descriptors = least(last, "descriptors") - least(middle, "descriptors");
  const end = samples.at(-1)!;
  console.log(
    `${SECONDS} s, ${work.count} requests: server ${end.serverMb.toFixed(0)} MB, slope ${
      slope.toFixed(2)
    } MB a minute ` +
      `after the first third, least of the last third ${
        step.toFixed(0)
      } MB above that of the second; codec processes ` +
      `${end.codecsMb.toFixed(0)} MB; ${end.descriptors} file descriptors (${descriptors >= 0 ? "+" : ""}` +
      `${descriptors}); derivatives stored ${(derivativeBytes / MIB).toFixed(1)} of ${DERIVATIVE_MAX_BYTES / MIB} MB`,
  );
  const faults = [...work.faults].map(([status, count]) => `${count} answers were ${status}`);
  if (SECONDS >= LONG_SECONDS ? slope > MAX_SLOPE_MB : step > MAX_STEP_MB) faults.push("memory grows");
  if (descriptors > MAX_DESCRIPTORS) faults.push("file descriptors grow");
  if (derivativeBytes > DERIVATIVE_MAX_BYTES * 1.1) faults.push("stored derivatives pass their bound");
  return faults;
}

async function soak(dataDir: string): Promise<string[]> {
  const limits = { DERIVATIVE_MAX_BYTES: String(DERIVATIVE_MAX_BYTES), MEMORY_CACHE_BYTES: String(16 * MIB) };
  const server = await startServer({ DATA_DIR: dataDir, QUOTAS: "off", ...limits });
  const key = await Deno.readTextFile(`${dataDir}/first-key`);
  const files = await Promise.all(["sample.jpg", "quarters.jpg", "quarters.png", "framed.png"].map(fixture));
  const work: Work = { server, key, files, faults: new Map(), count: 0 };
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1_000;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    const [ids, random] = [new Map<number, string>(), seededRandom(client)];
    while (seconds() < SECONDS) await step(work, client, ids, random);
  });
  const samples: Sample[] = [];
  while (seconds() < SECONDS) {
    samples.push(await look(server, dataDir, seconds()));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  await Promise.all(clients);
  // The sweep comes every five seconds.
  let bytes = Infinity;
  for (let tries = 0; tries < 30 && bytes > DERIVATIVE_MAX_BYTES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    bytes = await bytesBelow(`${dataDir}/blobs/derivatives`).catch(() => 0);
  }
  const faults = judge(samples, bytes, work);
  server.signal("SIGTERM");
  if ((await server.ended).code !== 0) faults.push("the server did not end well");
  return faults;
}

if (import.meta.main) {
  if (Deno.build.os !== "linux") {
    console.log("skipped: it reads /proc");
    Deno.exit(0);
  }
  let faults: string[] = [];
  await withFolder(async (folder) => void (faults = await soak(folder)));
  for (const fault of faults) console.error(fault);
  Deno.exit(faults.length === 0 ? 0 : 1);
}

/** T26: kill -9 of a codec process, of the KV server and of the S3 server, under clients that go on meanwhile. */
import { assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { codecPids, until } from "../doubles/client.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";
import { startServer, withFolder } from "../doubles/server.ts";
import { startDenokv } from "../servers/denokv.ts";
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";
import { Client } from "./acknowledged.ts";
import { assertInvariants, untilWell, type World } from "./invariants.ts";
import { type Measure, testRow } from "./test_row.ts";

const KILLS = Number(Deno.env.get("PART_KILLS") ?? 2);
const CLIENTS = 20;
/** Longest life under load before a kill, and longest absence after it. */
const [MAX_AT_WORK_MS, MAX_AWAY_MS] = [800, 1_000];
const PATIENCE_MS = 60_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is killed. */
interface Part {
  kill(): Promise<void> | void;
  /** Brings it back; absent where the program does so itself. */
  start?(): Promise<void>;
}

interface Round {
  readonly world: World;
  readonly part: Part;
  readonly random: SeededRandom;
}

const acknowledgedBy = ({ clients }: World) => clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0);

/** One kill in the middle of the clients' work. @returns ms from the part's return until uploads are taken */
async function killOnce({ world, part, random }: Round, when: string): Promise<number> {
  const { clients, server } = world;
  let isOver = false;
  const working = clients.map((client) => client.work(server.url, () => isOver));
  const before = acknowledgedBy(world);
  await until("changes are acknowledged", () => acknowledgedBy(world) >= before + CLIENTS, PATIENCE_MS);
  await pause(random.integer(0, MAX_AT_WORK_MS));
  await part.kill();
  if (part.start !== undefined) await pause(random.integer(0, MAX_AWAY_MS));
  await part.start?.();
  const wellMs = await untilWell(world);
  // What got no answer is left alone until somebody has looked, so that some clients may have nothing left to do.
  isOver = true;
  assertEquals(await Promise.all(working), clients.map(() => false), `${when}: no connection of a client was cut`);
  await assertInvariants(world, when);
  return wellMs;
}

/** Kills a part again and again. @param dataDir where the server's own things are */
async function killAgainAndAgain(
  name: string,
  measure: Measure,
  env: Readonly<Record<string, string>>,
  dataDir: string,
  partOf: (dataDir: string, random: SeededRandom) => Part,
): Promise<void> {
  const server = await startServer({ QUOTAS: "off", LOG_FORMAT: "json", GATE: "off", ...env });
  const random = seededRandom(Number(Deno.env.get("SEED") ?? 26));
  const key = (await Deno.readTextFile(`${dataDir}/first-key`)).trim();
  const picture = await fixture("quarters.png");
  const clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, key, picture, seededRandom(n)));
  const world = { server, dataDir, key, picture, clients };
  const wellMs: number[] = [];
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      wellMs.push(await killOnce({ world, part: partOf(dataDir, random), random }, `kill ${kill} of ${name}`));
    }
  } finally {
    server.signal("SIGTERM");
    await server.ended;
  }
  assertEquals((await server.ended).code, 0);
  const unavailable = clients.reduce((sum, client) => sum + client.unavailable, 0);
  measure(
    `${name}: ${KILLS} kills, ${acknowledgedBy(world)} acknowledged changes: 0 lost, 0 faults found by admin verify ` +
      `after each; ${unavailable} requests 503 meanwhile; taking uploads at most ${
        Math.round(Math.max(...wellMs))
      } ms ` +
      `after it is back`,
  );
}

testRow(
  "T26",
  `${KILLS} kills of codec processes under ${CLIENTS} clients`,
  (measure) =>
    withFolder((folder) =>
      killAgainAndAgain(
        "codec processes",
        measure,
        { DATA_DIR: folder, CODEC_PROCESSES: "2" },
        folder,
        (dir, random) => ({
          // One of them, or all at once.
          async kill() {
            const pids = await codecPids(dir);
            const chosen = random.integer(0, 1) === 0 ? [random.pick(pids)] : pids;
            for (const pid of chosen) Deno.kill(pid, "SIGKILL");
          },
        }),
      )
    ),
  { ignore: Deno.build.os === "windows" },
);

testRow("T26", `${KILLS} kills of the KV server under ${CLIENTS} clients`, async (measure) => {
  await using kv = await startDenokv();
  if (kv === null) return measure("KV server: not measured, there is no denokv here");
  await withFolder((folder) => {
    const env = { DATA_DIR: folder, KV_URL: kv.url, KV_ACCESS_TOKEN: kv.accessToken };
    const part = { kill: () => kv.stop(), start: () => kv.start() };
    return killAgainAndAgain("KV server", measure, env, `${folder}/shared`, () => part);
  });
});

testRow("T26", `${KILLS} kills of the S3 server under ${CLIENTS} clients`, async (measure) => {
  await using bucket = await startVersitygw();
  const settings = bucket.environment(await bucket.addBucket());
  await withFolder((folder) => {
    const part = { kill: () => bucket.stop(), start: () => bucket.start() };
    return killAgainAndAgain("S3 server", measure, { DATA_DIR: folder, ...settings }, folder, () => part);
  });
}, { ignore: !HAS_VERSITYGW });

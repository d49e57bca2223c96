/** T26, F1: kill -9 at named steps and at any time, under clients that keep a log of what was acknowledged. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { Client, sha256, stateOf } from "./acknowledged.ts";
import { assertInvariants, untilWell } from "./invariants.ts";
import { KILL_POINTS } from "./kill_points.ts";
import { testRow } from "./test_row.ts";

const KILLS = Number(Deno.env.get("KILLS") ?? 30);
const CLIENTS = 20;
const PRELOAD = new URL("./kill_points.ts", import.meta.url);

/** So that somebody who waits an hour sees it go on. */
const TELL_EVERY = 25;
const acknowledgedBy = (clients: readonly Client[]) => clients.reduce((sum, client) => sum + client.acknowledged, 0);

/** Kills a server some time after its first acknowledgement, if it has not killed itself by then. */
async function killWhenAtWork(server: TestServer, clients: readonly Client[], ms: number): Promise<void> {
  const before = acknowledgedBy(clients);
  let isGone = false;
  server.ended.then(() => isGone = true);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let waited = 0; waited < 60_000 && acknowledgedBy(clients) === before && !isGone; waited += 20) await pause(20);
  for (let waited = 0; waited < ms && !isGone; waited += 20) await pause(20);
  if (!isGone) server.signal("SIGKILL");
  await server.ended;
}

testRow("T26", `${KILLS} kills of the server under ${CLIENTS} clients`, (measure) =>
  withFolder(async (folder) => {
    const random = seededRandom(Number(Deno.env.get("SEED") ?? 26));
    const picture = await fixture("quarters.png");
    const env = { DATA_DIR: folder, QUOTAS: "off", LOG_FORMAT: "json", GATE: "off" };
    let clients: Client[] = [];
    let key = "";
    const killedAt = new Map<string, number>();
    const wellMs: number[] = [];
    let orphans = 0;
    const look = async (server: TestServer, when: string) => {
      const world = { server, dataDir: folder, key, picture, clients };
      wellMs.push(await untilWell(world));
      orphans += (await assertInvariants(world, when)).orphans_removed;
    };
    for (let kill = 0; kill < KILLS; kill++) {
      const point = kill % 3 === 2 ? null : random.pick(KILL_POINTS);
      const server = await startServer(
        point === null ? env : { ...env, KILL_AT: `${point}:${random.integer(1, 12)}` },
        point === null ? undefined : PRELOAD,
      );
      if (clients.length === 0) {
        key = (await Deno.readTextFile(`${folder}/first-key`)).trim();
        clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, key, picture, seededRandom(n)));
      }
      await look(server, `after kill ${kill} (${[...killedAt.keys()].at(-1)})`);
      if (point !== null) server.signal("SIGUSR2");
      const working = clients.map((client) => client.work(server.url));
      await killWhenAtWork(server, clients, point === null ? random.integer(0, 1_500) : 4_000);
      await Promise.all(working);
      const name = point ?? "any time";
      killedAt.set(name, (killedAt.get(name) ?? 0) + 1);
      if ((kill + 1) % TELL_EVERY === 0) console.log(`${kill + 1} kills, ${acknowledgedBy(clients)} acknowledged`);
    }
    const last = await startServer(env);
    await look(last, "after the last kill");
    last.signal("SIGTERM");
    await last.ended;
    const acknowledged = acknowledgedBy(clients);
    assert(acknowledged > KILLS, "hardly anything was acknowledged");
    measure(
      `server: ${KILLS} kills (${[...killedAt].map(([name, n]) => `${name} ${n}`).join(", ")}), ${acknowledged} ` +
        `acknowledged changes: 0 lost; after each kill 0 faults found by admin verify, bytes read too; ${orphans} ` +
        `orphans swept; taking uploads at most ${Math.round(Math.max(...wellMs))} ms after it listens`,
    );
  }));

testRow(
  "F1",
  `an upload killed at each of ${KILL_POINTS.length} steps and sent again with its Idempotency-Key`,
  (measure) =>
    withFolder(async (folder) => {
      const env = { DATA_DIR: folder, QUOTAS: "off", LOG_FORMAT: "json", GATE: "off" };
      const picture = await fixture("quarters.png");
      let key = "";
      const fileOf = (point: string) => Uint8Array.from([...picture, ...new TextEncoder().encode(point)]);
      const send = async (origin: string, point: string): Promise<number | null> => {
        const body = new FormData();
        body.append("file", new File([fileOf(point)], `${point}.png`));
        const headers = { authorization: `Bearer ${key}`, "idempotency-key": point };
        try {
          const response = await fetch(`${origin}/api/v1/images`, { method: "POST", headers, body });
          await response.body?.cancel();
          return response.status;
        } catch {
          return null;
        }
      };
      const seen: string[] = [];
      let before: string | null = null;
      for (const point of [...KILL_POINTS, null]) {
        const server = await startServer(point === null ? env : { ...env, KILL_AT: `${point}:1` }, PRELOAD);
        if (key === "") key = (await Deno.readTextFile(`${folder}/first-key`)).trim();
        if (before !== null) assertEquals(await send(server.url, before), 201, `again after ${before}`);
        if (before !== null) assertEquals(await send(server.url, before), 201, `once more after ${before}`);
        before = point;
        if (point === null) {
          server.signal("SIGTERM");
          await server.ended;
          break;
        }
        server.signal("SIGUSR2");
        const status = await send(server.url, point);
        seen.push(`${point} ${status ?? "killed"}`);
        if (status !== null) server.signal("SIGKILL");
        await server.ended;
      }
      const last = await startServer(env);
      const headers = { authorization: `Bearer ${key}` };
      const { images, total } = await (await fetch(`${last.url}/api/v1/images?limit=100`, { headers })).json();
      assertEquals([total, new Set(images.map((i: { id: string }) => i.id)).size], [
        KILL_POINTS.length,
        KILL_POINTS.length,
      ]);
      for (const point of KILL_POINTS) {
        assertEquals(await stateOf(last.url, `${point}.png`), await sha256(fileOf(point)), point);
      }
      last.signal("SIGTERM");
      await last.ended;
      await runMain(["admin", "sweep", "--grace-minutes=0", "--json"], env);
      const verified = await runMain(["admin", "verify", "--bytes=yes", "--json"], env);
      assertEquals(verified.code, 0, verified.stdout);
      measure(`first answers: ${seen.join(", ")}; sent again: one picture each, 0 faults found by admin verify`);
    }),
);

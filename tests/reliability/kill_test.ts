/** T26, F1: kill -9 at named steps and at any time, under clients that keep a log of what was acknowledged. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { Client } from "./acknowledged.ts";
import { KILL_POINTS } from "./kill_points.ts";
import { testRow } from "./test_row.ts";

const KILLS = Number(Deno.env.get("KILLS") ?? 30);
const CLIENTS = 20;
const PRELOAD = new URL("./kill_points.ts", import.meta.url);

/** Kills a server some time after its first acknowledgement, if it has not killed itself by then. */
async function killWhenAtWork(server: TestServer, clients: readonly Client[], ms: number): Promise<void> {
  const count = () => clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const before = count();
  let isGone = false;
  server.ended.then(() => isGone = true);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let waited = 0; waited < 60_000 && count() === before && !isGone; waited += 20) await pause(20);
  for (let waited = 0; waited < ms && !isGone; waited += 20) await pause(20);
  if (!isGone) server.signal("SIGKILL");
  await server.ended;
}

testRow("T26", `${KILLS} kills under ${CLIENTS} clients`, (measure) =>
  withFolder(async (folder) => {
    const random = seededRandom(Number(Deno.env.get("SEED") ?? 26));
    const picture = await fixture("quarters.png");
    const env = { DATA_DIR: folder, QUOTAS: "off", LOG_FORMAT: "json", GATE: "off" };
    let clients: Client[] = [];
    const killedAt = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill++) {
      const point = kill % 3 === 2 ? null : random.pick(KILL_POINTS);
      const server = await startServer(
        point === null ? env : { ...env, KILL_AT: `${point}:${random.integer(1, 40)}` },
        point === null ? undefined : PRELOAD,
      );
      if (clients.length === 0) {
        const key = (await Deno.readTextFile(`${folder}/first-key`)).trim();
        clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, key, picture, seededRandom(n)));
      }
      for (const client of clients) {
        assertEquals(await client.check(server.url), [], `after kill ${kill} (${[...killedAt.keys()].at(-1)})`);
      }
      if (point !== null) server.signal("SIGUSR2");
      const working = clients.map((client) => client.work(server.url));
      await killWhenAtWork(server, clients, point === null ? random.integer(0, 1_500) : 4_000);
      await Promise.all(working);
      const name = point ?? "any time";
      killedAt.set(name, (killedAt.get(name) ?? 0) + 1);
    }
    const last = await startServer(env);
    for (const client of clients) assertEquals(await client.check(last.url), []);
    last.signal("SIGTERM");
    await last.ended;
    const swept = await runMain(["admin", "sweep", "--grace-minutes=0", "--json"], env);
    assertEquals(swept.code, 0, swept.stderr);
    const verified = await runMain(["admin", "verify", "--bytes=yes", "--json"], env);
    assertEquals(verified.code, 0, verified.stdout);
    const again = await runMain(["admin", "sweep", "--grace-minutes=0", "--json"], env);
    const acknowledged = clients.reduce((sum, client) => sum + client.acknowledged, 0);
    assert(acknowledged > KILLS, "hardly anything was acknowledged");
    measure(
      `${KILLS} kills (${[...killedAt].map(([name, n]) => `${name} ${n}`).join(", ")}), ${acknowledged} acknowledged ` +
        `changes: 0 lost, 0 faults found by admin verify`,
    );
    measure(
      `swept once: ${swept.stdout.replaceAll(/\s+/g, " ").trim()}; again: ${
        again.stdout.replaceAll(/\s+/g, " ").trim()
      }`,
    );
  }));

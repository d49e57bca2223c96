/** F19: servers that are told to leave while they are at work. */
import { assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { statusOf, until, uploadTo, variantOf } from "../doubles/client.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { startDenokv } from "../servers/denokv.ts";
import { Client } from "./acknowledged.ts";
import { testRow } from "./test_row.ts";

const ROUNDS = Deno.env.get("SOAK") === "1" ? 100 : 4;
const CLIENTS = 8;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

testRow(
  "F19",
  `SIGTERM or SIGINT at ${ROUNDS} random times under ${CLIENTS} clients`,
  (measure) =>
    withFolder(async (folder) => {
      const random = seededRandom(19);
      const picture = await fixture("quarters.png");
      // The drain lets /ready be seen; everything else goes on meanwhile.
      const env = { DATA_DIR: folder, QUOTAS: "off", DRAIN_DELAY_MS: "500", LOG_FORMAT: "json" };
      let clients: Client[] = [];
      const leftMs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const server = await startServer(env);
        if (clients.length === 0) {
          const key = (await Deno.readTextFile(`${folder}/first-key`)).trim();
          clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, key, picture, seededRandom(n)));
        }
        for (const client of clients) assertEquals(await client.check(server.url), [], `round ${round}`);
        const working = clients.map((client) => client.work(server.url));
        await pause(random.integer(50, 900));
        const start = performance.now();
        server.signal(random.pick(["SIGTERM", "SIGINT"]));
        // Asked as a balancer does, until it is told or nobody answers.
        await until("/ready is not 200", async () => await statusOf(`${server.url}/ready`).catch(() => 0) !== 200);
        const { code } = await server.ended;
        leftMs.push(performance.now() - start);
        assertEquals(code, 0, server.output());
        await Promise.all(working);
      }
      const last = await startServer(env);
      for (const client of clients) assertEquals(await client.check(last.url), []);
      last.signal("SIGTERM");
      assertEquals((await last.ended).code, 0);
      // What was under way in the background when the time was up is swept later.
      await runMain(["admin", "sweep", "--grace-minutes=0", "--json"], env);
      const verified = await runMain(["admin", "verify", "--bytes=yes", "--json"], env);
      assertEquals(JSON.parse(verified.stdout).faults, []);
      const count = clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
      measure(
        `${ROUNDS} signals: all exits 0, gone after at most ${(Math.max(...leftMs) / 1e3).toFixed(1)} s, ` +
          `${count} acknowledged changes, 0 lost`,
      );
    }),
);

testRow("F19", "one of two servers after the other replaced under load", async (measure) => {
  await using kv = await startDenokv();
  if (kv === null) return measure("not measured: there is no denokv here");
  await withFolder(async (folder) => {
    const patience = { CODEC_DEADLINE_MS: "600000", CODEC_QUEUE_TIMEOUT_MS: "600000", SHUTDOWN_GRACE_MS: "60000" };
    const env = { DATA_DIR: folder, KV_URL: kv.url, KV_ACCESS_TOKEN: kv.accessToken, QUOTAS: "off", ...patience };
    const servers: TestServer[] = await Promise.all([startServer(env), startServer(env)]);
    const key = await Deno.readTextFile(`${folder}/shared/first-key`);
    const sample = await fixture("quarters.png");
    let [isOver, asked, retried] = [false, 0, 0];
    const failed: string[] = [];
    /** As a client that tries another server when a connection is refused or cut, or the server says that it leaves. */
    const ask = async (turn: number, send: (server: TestServer) => Promise<Response>) => {
      for (let tries = 0;; tries++) {
        try {
          const response = await send(servers[(turn + tries) % servers.length]!);
          if (response.status !== 503 || tries === 9) return response;
          await response.body?.cancel();
        } catch (error) {
          if (tries === 9) throw error;
        }
        retried++;
        await pause(20);
      }
    };
    assertEquals((await uploadTo(servers[0]!, key, sample, "p.png")).status, 201);
    const load = Array.from({ length: 6 }, async (_, client) => {
      for (let n = 0; !isOver; n++) {
        const [path, headers] = [`u${client}/${n}.png`, { "idempotency-key": `${client}-${n}` }];
        const send = n % 3 === 0
          ? (server: TestServer) => uploadTo(server, key, variantOf(sample, path), path, { headers })
          : (server: TestServer) => fetch(`${server.url}/i/owner/p.webp?w=${10 + n % 20}`);
        asked++;
        try {
          const response = await ask(client + n, send);
          await response.bytes();
          if (response.status !== 200 && response.status !== 201) failed.push(`${response.status}`);
        } catch (error) {
          failed.push(String(error));
        }
      }
    });
    try {
      for (let n = 0; n < 2; n++) {
        const [old] = servers.splice(n, 1, await startServer(env));
        old!.signal("SIGTERM");
        assertEquals((await old!.ended).code, 0, old!.output());
        await pause(300);
      }
    } finally {
      isOver = true;
      await Promise.all(load);
      for (const server of servers) server.signal("SIGKILL");
      await Promise.all(servers.map(({ ended }) => ended));
    }
    assertEquals(failed, [], `of ${asked}`);
    measure(`both of two servers replaced under load: 0 of ${asked} requests failed, ${retried} tried again`);
  });
});

/** T26: a KV server that carries commits out and whose answers are lost: its client sends them again. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { until } from "../doubles/client.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { startServer, withFolder } from "../doubles/server.ts";
import { startDenokv } from "../servers/denokv.ts";
import { startLossyKv } from "../servers/lossy_kv.ts";
import { Client } from "./acknowledged.ts";
import { assertInvariants } from "./invariants.ts";
import { testRow } from "./test_row.ts";

const CLIENTS = 10;
const CHANGES = 150;
/** An answer in so many is lost. */
const ONE_IN = 5;
const PATIENCE_MS = 60_000;

testRow("T26", `one in ${ONE_IN} answers of the KV server lost under ${CLIENTS} clients`, async (measure) => {
  await using kv = await startDenokv();
  if (kv === null) return measure("KV server: not measured, there is no denokv here");
  let isLossy = false;
  let commits = 0;
  await using proxy = startLossyKv(kv.url, () => isLossy && commits++ % ONE_IN === 0 ? "failed" : null);
  await withFolder(async (folder) => {
    const settings = { QUOTAS: "off", LOG_FORMAT: "json", GATE: "off", DATA_DIR: folder };
    const server = await startServer({ ...settings, KV_URL: proxy.url, KV_ACCESS_TOKEN: kv.accessToken });
    const dataDir = `${folder}/shared`;
    const key = (await Deno.readTextFile(`${dataDir}/first-key`)).trim();
    const picture = await fixture("quarters.png");
    const clients = Array.from({ length: CLIENTS }, (_, n) => new Client(`c${n}`, key, picture, seededRandom(n)));
    const acknowledged = () => clients.reduce((sum, client) => sum + client.acknowledged, 0);
    let isOver = false;
    try {
      isLossy = true;
      const working = clients.map((client) => client.work(server.url, () => isOver));
      await until("changes are acknowledged", () => acknowledged() >= CHANGES, PATIENCE_MS);
      isOver = true;
      assertEquals(await Promise.all(working), clients.map(() => false), "no connection of a client was cut");
      isLossy = false;
      await assertInvariants({ server, dataDir, key, picture, clients }, "after lost answers");
    } finally {
      isOver = true;
      server.signal("SIGTERM");
      await server.ended;
    }
    assertEquals((await server.ended).code, 0);
    assert(proxy.lost > CHANGES / ONE_IN / 2, `only ${proxy.lost} answers were lost`);
    measure(`${proxy.lost} answers to commits lost, ${acknowledged()} acknowledged changes: 0 lost, 0 faults`);
  });
});

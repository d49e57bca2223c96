/** F16: ten times as many requests as the server can serve. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { uploadTo, variantOf } from "../doubles/client.ts";
import { RawClient, rawGet } from "../doubles/raw_client.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { percentile } from "./corpus_over_http.ts";
import { testRow } from "./test_row.ts";

/** Clients that keep the codec processes of any machine at work, and are never refused. */
const PEAK_CLIENTS = 16;
const PHASE_MS = Number(Deno.env.get("OVERLOAD_MS") ?? 4_000);
const PICTURES = 40;

/** Requests come at ten times the rate that can be served, over so many connections. */
const [TIMES, CONNECTIONS] = [10, 200];

/** What came back in a while. */
interface Phase {
  readonly perSecond: number;
  readonly asked: number;
  readonly refused: number;
  readonly refusedP99Ms: number;
  readonly others: readonly string[];
}

/**
 * Clients who ask for one new derivative after the other.
 *
 * @param periodMs of each client from one request to the next, where the answer is there by then; 0 = at once
 */
async function load(server: TestServer, clients: number, periodMs: number, nextPath: () => string): Promise<Phase> {
  const { hostname, port, host } = new URL(server.url);
  const [refusals, others]: [number[], string[]] = [[], []];
  let [good, asked] = [0, 0];
  const opened = await Promise.all(Array.from({ length: clients }, () => RawClient.open(hostname, Number(port))));
  const start = performance.now();
  await Promise.all(opened.map(async (client, n) => {
    for (let dueMs = periodMs * n / clients; dueMs < PHASE_MS;) {
      const waitMs = start + dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const askedMs = performance.now();
      asked++;
      const { status, head } = await client.ask(rawGet(host, nextPath()));
      if (status === 200) good++;
      else if (status === 503 || status === 429) {
        refusals.push(performance.now() - askedMs);
        if (!/\r\nretry-after: \d/i.test(head)) others.push("no Retry-After");
      } else others.push(String(status));
      dueMs = Math.max(dueMs + periodMs, performance.now() - start);
    }
    client[Symbol.dispose]();
  }));
  const seconds = (performance.now() - start) / 1_000;
  const refusedP99Ms = percentile(refusals, 0.99);
  return { perSecond: good / seconds, asked, refused: refusals.length, refusedP99Ms, others };
}

/** Of a process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const [, pages] = (await Deno.readTextFile(`/proc/${pid}/statm`)).split(" ");
  return Number(pages) * 4_096;
}

testRow(
  "F16",
  `${TIMES} times as many requests as can be served, over ${CONNECTIONS} connections`,
  (measure) =>
    withFolder(async (folder) => {
      const server = await startServer({
        DATA_DIR: folder,
        QUOTAS: "off",
        // As many as there are cores, as it is without a setting.
        CODEC_PROCESSES: "0",
        DERIVATIVE_MAX_PER_IMAGE: "2000",
      });
      const key = await Deno.readTextFile(`${folder}/first-key`);
      const sample = await fixture("sample.jpg");
      for (let n = 0; n < PICTURES; n++) {
        const response = await uploadTo(server, key, variantOf(sample, n), `${n}.jpg`);
        await response.body?.cancel();
        assertEquals(response.status, 201);
      }
      let asked = 0;
      const nextPath = () => `/i/owner/${asked % PICTURES}.jpg?w=${100 + Math.floor(asked++ / PICTURES)}`;
      await load(server, PEAK_CLIENTS, 0, nextPath);
      const peak = await load(server, PEAK_CLIENTS, 0, nextPath);
      const before = await residentBytes(server.pid);
      const over = await load(server, CONNECTIONS, 1_000 * CONNECTIONS / (TIMES * peak.perSecond), nextPath);
      const after = await residentBytes(server.pid);
      const start = performance.now();
      const again = await fetch(`${server.url}${nextPath()}`);
      await again.bytes();
      const recoveredMs = performance.now() - start;
      assertEquals([again.status, peak.others, over.others], [200, [], []]);
      assert(over.perSecond > 0 && peak.perSecond > 0);
      assert(over.refused > 0, "some are refused");
      assert(after - before < 256 * 2 ** 20, `${before} bytes before, ${after} after`);
      server.signal("SIGTERM");
      assertEquals((await server.ended).code, 0);
      measure(
        `peak ${peak.perSecond.toFixed(0)}/s; asked for ${(1_000 * over.asked / PHASE_MS).toFixed(0)}/s goodput is ` +
          `${
            Math.round(100 * over.perSecond / peak.perSecond)
          } % of that, ${over.refused} refused with Retry-After, p99 ` +
          `of those ${Math.round(over.refusedP99Ms)} ms; resident ${Math.round(before / 2 ** 20)} → ` +
          `${Math.round(after / 2 ** 20)} MB; the next request ${Math.round(recoveredMs)} ms`,
      );
    }),
  { ignore: Deno.build.os !== "linux" },
);

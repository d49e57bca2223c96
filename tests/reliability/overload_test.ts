/** F16: ten times as many clients as the server has room for. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { uploadTo, variantOf } from "../doubles/client.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { percentile } from "./corpus_over_http.ts";
import { testRow } from "./test_row.ts";

const QUEUE = 6;
/** A codec process and what may wait for it. */
const CAPACITY = 1 + QUEUE;
const PHASE_MS = Number(Deno.env.get("OVERLOAD_MS") ?? 4_000);
const PICTURES = 40;

/** What came back in a while. */
interface Phase {
  readonly perSecond: number;
  readonly refused: number;
  readonly refusedP99Ms: number;
  readonly others: readonly string[];
}

/** Clients who ask for one new derivative after the other, and wait a little when they are refused. */
async function load(server: TestServer, clients: number, nextUrl: () => string): Promise<Phase> {
  const [refusals, others]: [number[], string[]] = [[], []];
  let good = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() - start < PHASE_MS) {
      const askedMs = performance.now();
      const response = await fetch(server.url + nextUrl());
      await response.bytes();
      if (response.status === 200) good++;
      else if (response.status === 503 || response.status === 429) {
        refusals.push(performance.now() - askedMs);
        if (!response.headers.has("retry-after")) others.push("no Retry-After");
        await new Promise((resolve) => setTimeout(resolve, 100));
      } else others.push(String(response.status));
    }
  }));
  const seconds = (performance.now() - start) / 1_000;
  return { perSecond: good / seconds, refused: refusals.length, refusedP99Ms: percentile(refusals, 0.99), others };
}

/** Of a process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const [, pages] = (await Deno.readTextFile(`/proc/${pid}/statm`)).split(" ");
  return Number(pages) * 4_096;
}

testRow("F16", `${10 * CAPACITY} clients where ${CAPACITY} have room`, (measure) =>
  withFolder(async (folder) => {
    const server = await startServer({
      DATA_DIR: folder,
      QUOTAS: "off",
      CODEC_QUEUE_MAX: String(QUEUE),
      DERIVATIVE_MAX_PER_IMAGE: "2000",
      GATE: "off",
    });
    const key = await Deno.readTextFile(`${folder}/first-key`);
    const sample = await fixture("sample.jpg");
    for (let n = 0; n < PICTURES; n++) {
      const response = await uploadTo(server, key, variantOf(sample, n), `${n}.jpg`);
      await response.body?.cancel();
      assertEquals(response.status, 201);
    }
    let asked = 0;
    const nextUrl = () => `/i/owner/${asked % PICTURES}.jpg?w=${100 + Math.floor(asked++ / PICTURES)}`;
    await load(server, 2, nextUrl);
    const peak = await load(server, 2, nextUrl);
    const before = await residentBytes(server.pid);
    const over = await load(server, 10 * CAPACITY, nextUrl);
    const after = await residentBytes(server.pid);
    const start = performance.now();
    const again = await fetch(server.url + nextUrl());
    await again.bytes();
    const recoveredMs = performance.now() - start;
    assertEquals([again.status, peak.others, over.others], [200, [], []]);
    assert(over.perSecond > 0 && peak.perSecond > 0);
    assert(over.refused > 0, "some are refused");
    assert(after - before < 256 * 2 ** 20, `${before} bytes before, ${after} after`);
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
    measure(
      `goodput ${Math.round(100 * over.perSecond / peak.perSecond)} % of the peak of ${peak.perSecond.toFixed(0)}/s ` +
        `(clients on the same two cores), ${over.refused} refused with Retry-After, p99 of those ` +
        `${Math.round(over.refusedP99Ms)} ms; resident ${Math.round(before / 2 ** 20)} → ` +
        `${Math.round(after / 2 ** 20)} MB; the next request ${Math.round(recoveredMs)} ms`,
    );
  }), { ignore: Deno.build.os !== "linux" });

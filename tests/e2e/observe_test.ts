/** The program under the eyes of its operators: spans, metrics, readiness. */
import { assert, assertEquals } from "@std/assert";
import { type CollectedSpan, startCollector } from "../doubles/collector.ts";
import { parseMetrics } from "../doubles/metrics.ts";
import { until } from "../doubles/client.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { freePort } from "../servers/listening.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);

async function upload(server: TestServer, dataDir: string): Promise<void> {
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  const headers = { authorization: `Bearer ${await Deno.readTextFile(`${dataDir}/first-key`)}` };
  const response = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
  assertEquals(response.status, 201, await response.text());
}

Deno.test("OTEL_DENO=true sends spans of KV, blobs and codec stages below the request's", () =>
  withFolder(async (folder) => {
    await using collector = startCollector();
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, ...collector.env });
    await upload(server, dataDir);
    await (await fetch(`${server.url}/i/owner/sample.webp?w=90`)).arrayBuffer();
    const named = (name: string) => collector.spans.find((span) => span.name === name);
    await until("the spans are there", () => named("encode") !== undefined && named("GET /i/*") !== undefined);
    const request = named("GET /i/*")!;
    const render = collector.spans.find((s) => s.name === "codec render")!;
    assertEquals([render.traceId, render.parentSpanId], [request.traceId, request.spanId]);
    const below = (parent: CollectedSpan) =>
      collector.spans.filter((span) => span.parentSpanId === parent.spanId).map((span) => span.name);
    const stages = below(render);
    for (const stage of ["decode", "resize", "encode"]) assert(stages.includes(stage), `${stage} in ${stages}`);
    const calls = below(request);
    for (const call of ["kv get", "kv commit", "blob get"]) assert(calls.includes(call), `${call} in ${calls}`);
    for (const span of collector.spans) {
      assert(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), span.name);
    }
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
  }));

Deno.test("METRICS_PORT opens metrics, life and readiness on a port of their own", () =>
  withFolder(async (folder) => {
    const port = freePort();
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, METRICS_PORT: String(port) });
    await upload(server, dataDir);
    const own = `http://127.0.0.1:${port}`;
    const samples = parseMetrics(await (await fetch(`${own}/metrics`)).text());
    assert(samples.get("process_resident_memory_bytes")! > 1e7);
    assert(samples.get("imgsrc_event_loop_delay_seconds_count")! > 0);
    assert(samples.get("imgsrc_codec_queue_seconds_count")! > 0);
    assertEquals(samples.get('imgsrc_http_requests_total{method="POST",route="/api/v1/images",status="201"}'), 1);
    const ready = await fetch(`${own}/ready`);
    assertEquals(await ready.json(), { status: "ready", checks: { kv: "ok", blobs: "ok", codecs: "ok" } });
    const outside = await fetch(`${server.url}/metrics`);
    assertEquals(outside.status, 404);
    await outside.body?.cancel();
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
  }));

Deno.test("from SIGTERM on /ready is a 503, while pictures are still served for DRAIN_DELAY_MS", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, DRAIN_DELAY_MS: "600000", SHUTDOWN_GRACE_MS: "600000" });
    await upload(server, dataDir);
    assertEquals((await fetch(`${server.url}/ready`)).status, 200);
    server.signal("SIGTERM");
    await until("it stops", () => server.events("stopping").length > 0);
    const ready = await fetch(`${server.url}/ready`);
    const { status, checks } = await ready.json();
    assertEquals([ready.status, status, checks.server], [503, "not_ready", "Server is shutting down"]);
    assertEquals((await fetch(`${server.url}/health`)).status, 200);
    const picture = await fetch(`${server.url}/i/owner/sample.webp?w=80`);
    assertEquals(picture.status, 200);
    await picture.body?.cancel();
    // Whoever signals twice does not want to wait.
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 130);
  }));

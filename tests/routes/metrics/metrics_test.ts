import { assert, assertEquals } from "@std/assert";
import { BlobError } from "../../../kv/blobs/blobs.ts";
import { MemoryBlobs } from "../../../kv/blobs/memory.ts";
import { QuotaError } from "../../../kv/quota_error.ts";
import { type GateReadings, Metrics } from "../../../routes/_metrics/metrics.ts";
import { createMetricsApp } from "../../../routes/app.ts";
import { errorOf, fixture, startTestApp, type TestApp } from "../../doubles/app.ts";
import { parseMetrics } from "../../doubles/metrics.ts";
import { START_MS } from "../../doubles/state.ts";

const TOKEN = "token-of-metrics";
const AUTH = { authorization: `Bearer ${TOKEN}` };

async function withApp(run: (app: TestApp) => Promise<void>, env: Readonly<Record<string, string>> = {}) {
  const app = await startTestApp({ env: { METRICS_TOKEN: TOKEN, ...env } });
  try {
    await run(app);
  } finally {
    await app.close();
  }
}

async function metricsOf(app: TestApp): Promise<Map<string, number>> {
  const response = await app.request("/metrics", { headers: AUTH });
  assertEquals(response.status, 200);
  return parseMetrics(await response.text());
}

Deno.test("/metrics needs the token, and is not there without one", async () => {
  await withApp(async (app) => {
    for (const headers of [{}, { authorization: "Bearer other" }, { authorization: `bearer ${TOKEN}x` }]) {
      const response = await app.request("/metrics", { headers });
      assertEquals([response.status, (await errorOf(response)).code], [401, "UNAUTHORIZED"]);
    }
    const response = await app.request("/metrics", { headers: AUTH });
    assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    await response.body?.cancel();
  });
  await withApp(async (app) => {
    const response = await app.request("/metrics", { headers: { authorization: "Bearer " } });
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }, { METRICS_TOKEN: "" });
});

Deno.test("the port of its own has /metrics, /health and /ready; the public one then has no /metrics", () =>
  withApp(async (app) => {
    const operators = createMetricsApp(app.deps);
    const status = async (path: string, headers = {}) => {
      const response = await operators(new Request(`http://localhost:9000${path}`, { headers }));
      await response.body?.cancel();
      return response.status;
    };
    assertEquals([await status("/metrics"), await status("/metrics", AUTH)], [401, 200]);
    assertEquals([await status("/health"), await status("/ready"), await status("/api/v1/usage")], [200, 200, 404]);
    const outside = await app.request("/metrics", { headers: AUTH });
    assertEquals(outside.status, 404);
    await outside.body?.cancel();
  }, { METRICS_PORT: "9000" }));

Deno.test("an upload, a miss, a hit, a 304 and refusals are all in the metrics, under patterns of routes", () =>
  withApp(async (app) => {
    const john = await app.addUser("john");
    assertEquals((await app.upload(john, await fixture("sample.jpg"), "a.jpg")).status, 201);
    const url = "/i/john/a.webp?w=100";
    const miss = await app.request(url);
    const bytes = (await miss.arrayBuffer()).byteLength;
    await (await app.request(url)).arrayBuffer();
    await app.request(url, { headers: { "if-none-match": miss.headers.get("etag")! } });
    for (const path of ["/i/john/none-1.webp", "/nothing/1", "/nothing/2", "/api/v1/images/0123456789abcdef"]) {
      await (await app.request(path, { headers: john.auth })).body?.cancel();
    }
    const brewed = await app.request("/", { method: "BREW" });
    await brewed.body?.cancel();
    await app.settled();
    const samples = await metricsOf(app);
    const get = (name: string) => samples.get(name);
    assertEquals(get('imgsrc_http_requests_total{method="POST",route="/api/v1/images",status="201"}'), 1);
    assertEquals(get('imgsrc_http_requests_total{method="GET",route="/i/*",status="200"}'), 2);
    assertEquals(get('imgsrc_http_requests_total{method="GET",route="/i/*",status="304"}'), 1);
    assertEquals(get('imgsrc_http_requests_total{method="GET",route="/i/*",status="404"}'), 1);
    assertEquals(get('imgsrc_http_requests_total{method="GET",route="none",status="404"}'), 2);
    assertEquals(get('imgsrc_http_requests_total{method="other",route="none",status="405"}'), 1);
    assertEquals(get('imgsrc_http_requests_total{method="GET",route="/api/v1/images/:id",status="404"}'), 1);
    assertEquals(get('imgsrc_http_request_seconds_count{route="/i/*"}'), 4);
    for (const [source, count] of [["made", 1], ["memory", 1], ["not_modified", 1]]) {
      assertEquals(get(`imgsrc_deliveries_total{source="${source}"}`), Number(count), String(source));
    }
    assertEquals(get("imgsrc_delivered_bytes_total"), 2 * bytes);
    for (const stage of ["decode", "resize", "encode"]) {
      assert(get(`imgsrc_codec_stage_seconds_count{stage="${stage}"}`)! >= 1, stage);
    }
    assertEquals(get('imgsrc_codec_seconds_count{operation="render"}'), 1);
    for (const operation of ["get", "commit", "list"]) {
      assert(get(`imgsrc_kv_seconds_count{operation="${operation}"}`)! > 0, operation);
    }
    for (const operation of ["get", "put"]) {
      assert(get(`imgsrc_blob_seconds_count{operation="${operation}"}`)! > 0, operation);
    }
    assertEquals(get("process_resident_memory_bytes"), 1);
    assert(get("imgsrc_codec_queue_length") === 0 && get("imgsrc_codec_jobs_total")! >= 2);
    assert([...samples.keys()].every((key) => !/john|0123456789abcdef|nothing|BREW/.test(key)));
  }));

Deno.test("quotas and rates that are reached are counted by limit", () =>
  withApp(async (app) => {
    const ann = await app.addUser("ann", "free");
    for (let n = 0; n < 101; n++) await (await app.request("/api/v1/usage", { headers: ann.auth })).body?.cancel();
    for (let n = 0; n < 101; n++) await (await app.request("/api/v1/usage", {}, "10.0.0.9")).body?.cancel();
    assertEquals((await metricsOf(app)).get('imgsrc_rejections_total{limit="rate"}'), 2);
    const bob = await app.addUser("bob", "free");
    app.deps.quota.spend = () => Promise.reject(new QuotaError("transformations", 1_000, 1_000, 0));
    assertEquals((await app.upload(bob, await fixture("sample.jpg"), "b.jpg")).status, 403);
    assertEquals((await metricsOf(app)).get('imgsrc_rejections_total{limit="transformations"}'), 1);
  }));

Deno.test("a blob store that fails is counted by operation and code", async () => {
  const blobs = new MemoryBlobs(() => START_MS);
  blobs.put = () => Promise.reject(new BlobError("full", "No room"));
  const app = await startTestApp({ env: { METRICS_TOKEN: TOKEN }, blobs });
  try {
    const john = await app.addUser("john");
    assertEquals((await app.upload(john, await fixture("sample.jpg"), "a.jpg")).status, 507);
    assertEquals((await metricsOf(app)).get('imgsrc_blob_errors_total{operation="put",error="full"}'), 1);
  } finally {
    await app.close();
  }
});

Deno.test("the gate's connections are told where there is a gate", () => {
  const pool = { idle: 0, busy: 0, queued: 0, jobs: 0, replaced: 0 };
  const text = (gate: GateReadings | null) =>
    new Metrics().text({ pool, gate, residentBytes: 1, heapUsedBytes: 1, startedAtMs: 0 });
  assert(!text(null).includes("imgsrc_gate"));
  const lines = text({ open: 3, refused: 2, closed: 7 }).split("\n").filter((line) => line.startsWith("imgsrc_gate"));
  assertEquals(lines, ["imgsrc_gate_connections 3", "imgsrc_gate_refused_total 2", "imgsrc_gate_closed_total 7"]);
});

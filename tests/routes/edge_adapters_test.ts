import { assertEquals } from "@std/assert";
import { edgeOf, tagEdge } from "../../routes/_services/edge_adapters.ts";
import type { Log } from "../../routes/deps.ts";
import { ConfigError, loadConfig } from "../../routes/config.ts";

/** One call as the stub saw it. */
interface Seen {
  readonly path: string;
  readonly authorization: string | null;
  readonly tags: readonly string[];
}

/** An HTTP server that takes purges and answers them as told. */
function startEdge(answer: (call: number) => Response | Promise<Response>) {
  const seen: Seen[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { tags } = await request.json();
    const path = `${request.method} ${new URL(request.url).pathname}`;
    seen.push({ path, authorization: request.headers.get("authorization"), tags });
    return await answer(seen.length);
  });
  return { seen, url: `http://127.0.0.1:${server.addr.port}/purge?zone=1`, server };
}

function createLog(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  return { errors, log: { info: () => {}, error: (event) => errors.push(event) } };
}

const configOf = (env: Record<string, string>) => loadConfig((name) => env[name]);
const ok = () => new Response("{}");

Deno.test("edgeOf() says that there is no edge, and calls nobody, when none is set", async () => {
  const { log } = createLog();
  const fetch = () => Promise.reject(new Error("Nobody may be called"));
  assertEquals(await edgeOf(configOf({}), { fetch, log }).purge(["a"]), "none");
});

Deno.test("edgeOf() asks Deno Deploy's cache as its reference says", async () => {
  const calls: [string, RequestInit][] = [];
  const { log } = createLog();
  const fetch = (url: string, init: RequestInit) => {
    calls.push([url, init]);
    return Promise.resolve(ok());
  };
  assertEquals(await edgeOf(configOf({ EDGE_PURGE: "deno" }), { fetch, log }).purge(["a", "b", "a"]), "purged");
  const [[url, init]] = calls as [[string, RequestInit]];
  assertEquals([url, init.method, init.body], [
    "http://cache.localhost/invalidate/http",
    "POST",
    '{"tags":["a","b"]}',
  ]);
});

Deno.test("edgeOf() sends every tag once to the webhook, with its token, in calls of at most 30", async () => {
  const edge = startEdge(ok);
  const { log } = createLog();
  const env = { EDGE_PURGE: "webhook", EDGE_PURGE_URL: edge.url, EDGE_PURGE_TOKEN: "secret" };
  const tags = Array.from({ length: 75 }, (_, n) => `t${n}`);
  assertEquals(await edgeOf(configOf(env), { fetch, log }).purge(tags), "purged");
  assertEquals(edge.seen.map((call) => call.tags.length).sort(), [15, 30, 30]);
  assertEquals(edge.seen.flatMap((call) => call.tags).sort(), tags.toSorted());
  for (const call of edge.seen) assertEquals([call.path, call.authorization], ["POST /purge", "Bearer secret"]);
  await edge.server.shutdown();
});

Deno.test("purge() tries once more after a fault that passes, and no more", async () => {
  const target = (url: string) => ({ url, token: "", tagsPerCall: 30 });
  const { log, errors } = createLog();
  const cases = [
    { statuses: [503, 200], result: "purged", calls: 2 },
    { statuses: [429, 204], result: "purged", calls: 2 },
    { statuses: [500, 502, 200], result: "failed", calls: 2 },
    // Not its fault: another try would be the same.
    { statuses: [401, 200], result: "failed", calls: 1 },
    { statuses: [302, 200], result: "failed", calls: 1 },
  ];
  for (const { statuses, result, calls } of cases) {
    const edge = startEdge((call) => {
      const status = statuses[call - 1]!;
      const headers = status === 302 ? { location: "/elsewhere" } : undefined;
      return new Response(status === 204 ? null : "{}", { status, ...(headers && { headers }) });
    });
    assertEquals(await tagEdge(target(edge.url), { fetch, log }).purge(["a"]), result, String(statuses));
    assertEquals(edge.seen.length, calls, String(statuses));
    assertEquals(edge.seen[0]!.authorization, null);
    await edge.server.shutdown();
  }
  assertEquals(errors.length, 3);
});

Deno.test("purge() fails, and does not throw, when the edge is silent, or not there at all", async () => {
  const { log, errors } = createLog();
  const silent = Promise.withResolvers<Response>();
  const edge = startEdge(() => silent.promise);
  const target = { url: edge.url, token: "", tagsPerCall: 30 };
  assertEquals(await tagEdge(target, { fetch, log }, 200).purge(["a"]), "failed");
  silent.resolve(ok());
  await edge.server.shutdown();
  assertEquals(await tagEdge(target, { fetch, log }).purge(["a"]), "failed");
  assertEquals(errors, ["edge_purge_failed", "edge_purge_failed"]);
});

Deno.test("purge() calls nobody when there is no tag", async () => {
  const { log } = createLog();
  const fetch = () => Promise.reject(new Error("Nobody may be called"));
  assertEquals(await tagEdge({ url: "http://x", token: "", tagsPerCall: 30 }, { fetch, log }).purge([]), "purged");
});

Deno.test("loadConfig() wants an address where a webhook purges", () => {
  try {
    configOf({ EDGE_PURGE: "webhook" });
    throw new Error("It was taken");
  } catch (error) {
    assertEquals(error instanceof ConfigError && error.faults.length === 1, true, String(error));
    assertEquals((error as ConfigError).faults[0]!.startsWith("EDGE_PURGE_URL"), true);
  }
});

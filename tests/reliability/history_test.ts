/** F22: random interleavings of uploads (replacing each other), deletes, changes of visibility and reads, over two servers; the history must be linearizable. */
import { assert, assertEquals } from "@std/assert";
import { imageIdOfHash } from "../../kv/ids.ts";
import { fixture } from "../doubles/app.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { startDenokv } from "../servers/denokv.ts";
import { sha256, stateOf } from "./acknowledged.ts";
import { isLinearizable, type Operation } from "./linearize.ts";
import { testRow } from "./test_row.ts";

const CALLS = Number(Deno.env.get("HISTORY_CALLS") ?? 600);
const CLIENTS = 6;
/** So short that the search stays small; each round has paths of its own. */
const CALLS_A_ROUND = 60;
const PATHS = 3;
/** What docs/many_instances.md allows: what another instance changed may be seen so much later, in ms. */
const STALE_MS = 1_000;

const read = (value: string | null, calledAt: number, answeredAt: number): Operation => ({
  kind: "read",
  value,
  calledAt,
  answeredAt,
});
const write = (value: string | null, calledAt: number, answeredAt: number): Operation => ({
  kind: "write",
  value,
  calledAt,
  answeredAt,
});

const hide = (value: string, isFound: boolean, calledAt: number, answeredAt: number): Operation => ({
  kind: "hide",
  value,
  isFound,
  calledAt,
  answeredAt,
});

Deno.test("isLinearizable() tells orders that can be from those that can't", () => {
  assert(isLinearizable([]));
  assert(isLinearizable([write("a", 0, 1), read("a", 2, 3)]));
  assert(isLinearizable([write("a", 0, 9), read(null, 1, 2), read("a", 3, 4)]), "in the middle of a write");
  assert(isLinearizable([write("a", 0, Infinity), read(null, 5, 6), read("a", 7, 8)]), "no answer, but it happened");
  assert(isLinearizable([write("a", 0, Infinity), read(null, 5, 6)]), "no answer, and it did not happen");
  assert(!isLinearizable([write("a", 0, 1), read(null, 2, 3)]), "lost");
  assert(!isLinearizable([write("a", 0, 9), read("a", 1, 2), read(null, 3, 4)]), "seen, then not");
  assert(!isLinearizable([write("a", 0, 1), write(null, 2, 3), read("a", 4, 5)]), "risen from the dead");
  assert(!isLinearizable([read("b", 0, 1)]), "out of nothing");
  assert(
    isLinearizable([write("a", 0, 1), hide("a", true, 2, 3), read(null, 4, 5), {
      ...hide("a", true, 6, 7),
      kind: "show",
    }, read("a", 8, 9)]),
  );
  assert(isLinearizable([write("a", 0, 1), write("b", 2, 3), hide("a", false, 4, 5), read("b", 6, 7)]), "another one");
  assert(!isLinearizable([write("a", 0, 1), hide("a", true, 2, 3), read("a", 4, 5)]), "hidden, but seen");
  assert(!isLinearizable([write("a", 0, 1), hide("a", false, 2, 3)]), "there, but not found");
  assert(!isLinearizable([write("a", 0, 1), write("b", 2, 3), hide("a", true, 4, 5)]), "found, but gone");
});

/** What a call was about, on which server. */
interface Call extends Operation {
  readonly path: string;
  readonly server: number;
}

interface World {
  readonly servers: readonly TestServer[];
  readonly key: string;
  readonly picture: Uint8Array<ArrayBuffer>;
}

/** A picture that a client has uploaded in this round: each has bytes of its own and one path. */
interface Uploaded {
  readonly hash: string;
  readonly path: string;
}

/** One client's calls of a round. @param uploaded by all of them so far */
async function work(
  world: World,
  random: SeededRandom,
  round: string,
  client: number,
  uploaded: Uploaded[],
): Promise<Call[]> {
  const calls: Call[] = [];
  const headers = { authorization: `Bearer ${world.key}` };
  for (let n = 0; n < CALLS_A_ROUND / CLIENTS; n++) {
    const path = `h/${round}/p${random.integer(0, PATHS - 1)}.png`;
    const server = random.integer(0, world.servers.length - 1);
    const origin = world.servers[server]!.url;
    const calledAt = performance.now();
    const done = (kind: "read" | "write", value: string | null, isAnswered = true) =>
      calls.push({ kind, value, path, server, calledAt, answeredAt: isAnswered ? performance.now() : Infinity });
    const kind = random.integer(0, 9);
    if (kind <= 2) {
      const bytes = Uint8Array.from([...world.picture, ...new TextEncoder().encode(`${round} ${client} ${n}`)]);
      const body = new FormData();
      body.append("file", new File([bytes], "p.png"));
      body.append("path", path);
      const response = await fetch(`${origin}/api/v1/images`, { method: "POST", headers, body });
      await response.body?.cancel();
      const answeredAt = performance.now();
      const hash = await sha256(bytes);
      if (response.status === 201) {
        calls.push({ kind: "write", value: hash, path, server, calledAt, answeredAt });
        uploaded.push({ hash, path });
      } else if (response.status >= 500) done("write", hash, false);
    } else if (kind <= 4 && uploaded.length > 0) {
      // One of the latest: older ones are mostly replaced.
      const { hash, path } = uploaded[Math.max(0, uploaded.length - 1 - random.integer(0, PATHS))]!;
      const change = random.integer(0, 1) === 0 ? "hide" : "show";
      const body = JSON.stringify({ visibility: change === "hide" ? "private" : "public" });
      const json = { ...headers, "content-type": "application/json" };
      const response = await fetch(`${origin}/api/v1/images/${imageIdOfHash(hash)}/visibility`, {
        method: "PUT",
        headers: json,
        body,
      });
      await response.body?.cancel();
      assert(response.ok || response.status === 404 || response.status >= 500, `visibility: ${response.status}`);
      const answeredAt = response.status >= 500 ? Infinity : performance.now();
      calls.push({ kind: change, value: hash, isFound: response.status !== 404, path, server, calledAt, answeredAt });
    } else if (kind === 5) {
      const response = await fetch(`${origin}/api/v1/images/path/owner/${path}`, { method: "DELETE", headers });
      await response.body?.cancel();
      if (response.ok) done("write", null);
      // What is not there can't be deleted: that is a read.
      else if (response.status === 404) done("read", null);
      else if (response.status >= 500) done("write", null, false);
    } else done("read", await stateOf(origin, path));
  }
  return calls;
}

/** Reads may show what was true a moment ago, since another server may have changed it. */
const withStaleness = (calls: readonly Call[]): Operation[] =>
  calls.map((call) => call.kind === "read" ? { ...call, calledAt: call.calledAt - STALE_MS } : call);

async function histories(world: World, isOne: boolean): Promise<{ calls: number; paths: number }> {
  const random = seededRandom(22);
  let [calls, paths] = [0, 0];
  for (let round = 0; calls < CALLS; round++) {
    const uploaded: Uploaded[] = [];
    const clients = Array.from(
      { length: CLIENTS },
      (_, n) => work(world, seededRandom(random.integer(0, 1e9)), `${round}`, n, uploaded),
    );
    const made = (await Promise.all(clients)).flat();
    for (const [path, history] of Map.groupBy(made, (call) => call.path)) {
      const shown = history.map((c) => ({ ...c, value: c.value?.slice(0, 8) ?? null })).sort((a, b) =>
        a.calledAt - b.calledAt
      );
      const operations = isOne ? history : withStaleness(history);
      assert(isLinearizable(operations), `${path} can't have been so: ${JSON.stringify(shown)}`);
      paths++;
    }
    calls += made.length;
  }
  return { calls, paths };
}

async function withServers(count: number, env: Record<string, string>, run: (world: World) => Promise<void>) {
  await withFolder(async (folder) => {
    const base = { DATA_DIR: `${folder}/data`, QUOTAS: "off", ...env };
    const servers: TestServer[] = [];
    try {
      for (let n = 0; n < count; n++) servers.push(await startServer(base));
      const place = "KV_URL" in env ? "data/shared" : "data";
      const key = (await Deno.readTextFile(`${folder}/${place}/first-key`)).trim();
      await run({ servers, key, picture: await fixture("quarters.png") });
    } finally {
      for (const server of servers) server.signal("SIGTERM");
      await Promise.all(servers.map(({ ended }) => ended));
    }
  });
}

testRow("F22", "six clients on one server", (measure) =>
  withServers(1, {}, async (world) => {
    const { calls, paths } = await histories(world, true);
    measure(`${calls} calls on ${paths} paths: every history linearizable`);
  }));

const kv = await startDenokv();
testRow("F22", "six clients on two servers and one KV server", async (measure) => {
  try {
    const env = { KV_URL: kv!.url, KV_ACCESS_TOKEN: kv!.accessToken };
    await withServers(2, env, async (world) => {
      const { calls, paths } = await histories(world, false);
      assertEquals(world.servers.length, 2);
      measure(`${calls} calls on ${paths} paths: every history linearizable, reads up to ${STALE_MS} ms old`);
    });
  } finally {
    await kv![Symbol.asyncDispose]();
  }
}, { ignore: kv === null, sanitizeResources: false, sanitizeOps: false });

/** Three processes on one KV server and one store of blobs, as one service. */
import { assert, assertEquals } from "@std/assert";
import { type ImageId, sha256Hex, type UserId } from "../../kv/ids.ts";
import { usageKey } from "../../kv/keys.ts";
import { PLANS } from "../../kv/plans.ts";
import { monthOf } from "../../kv/usage.ts";
import { fixture } from "../doubles/app.ts";
import { until } from "../doubles/client.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { type KvServer, startDenokv } from "../servers/denokv.ts";
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";

const INSTANCES = 3;
const TRIES = 5;

/** A service of three instances, and a client that asks them in turn. */
interface Service {
  readonly servers: TestServer[];
  readonly env: Readonly<Record<string, string>>;
  readonly kv: KvServer;
  readonly folder: string;
  readonly key: string;
  start(): Promise<TestServer>;
  /** Asks the next one; another one where a connection is refused or cut before an answer, as a balancer does. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  upload(file: Uint8Array<ArrayBuffer>, path: string): Promise<{ id: ImageId; purged: { instances: number } | null }>;
}

async function withService(run: (service: Service) => Promise<void>): Promise<void> {
  await using kv = await startDenokv();
  if (kv === null) return;
  await using bucket = HAS_VERSITYGW ? await startVersitygw() : null;
  await withFolder(async (folder) => {
    const blobs = bucket === null ? {} : bucket.environment(await bucket.addBucket());
    // A machine that runs ten test files at once is slow, which is not what is looked at here.
    const patience = { CODEC_DEADLINE_MS: "600000", CODEC_QUEUE_TIMEOUT_MS: "600000", SHUTDOWN_GRACE_MS: "60000" };
    const env = { DATA_DIR: folder, KV_URL: kv.url, KV_ACCESS_TOKEN: kv.accessToken, ...patience, ...blobs };
    const start = () => startServer(env);
    const servers = await Promise.all(Array.from({ length: INSTANCES }, start));
    const key = await Deno.readTextFile(`${folder}/shared/first-key`);
    let turn = 0;
    const ask = async (path: string, init: RequestInit = {}) => {
      for (let tries = 1;; tries++) {
        const { url } = servers[turn++ % servers.length]!;
        try {
          return await fetch(url + path, init);
        } catch (error) {
          if (tries === TRIES) throw error;
        }
      }
    };
    const upload = async (file: Uint8Array<ArrayBuffer>, path: string) => {
      const body = new FormData();
      body.append("file", new File([file], "p.png"));
      body.append("path", path);
      const headers = { authorization: `Bearer ${key}` };
      const response = await ask("/api/v1/images", { method: "POST", headers, body });
      const answer = await response.json();
      assertEquals(response.status, 201, JSON.stringify(answer));
      return answer;
    };
    try {
      await run({ servers, env, kv, folder, key, start, ask, upload });
    } finally {
      for (const server of servers) server.signal("SIGKILL");
      await Promise.all(servers.map(({ ended }) => ended));
    }
  });
}

const auth = ({ key }: Service) => ({ authorization: `Bearer ${key}` });

async function statusesOf({ servers }: Service, path: string): Promise<number[]> {
  return await Promise.all(servers.map(async ({ url }) => {
    const response = await fetch(url + path);
    await response.body?.cancel();
    return response.status;
  }));
}

function assertHeard(instances: number | undefined): void {
  assert(instances !== undefined && instances >= 1 && instances <= INSTANCES, `${instances} instances`);
}

const all = (status: number) => Array.from({ length: INSTANCES }, () => status);

/** A picture of its own: bytes behind its end are nobody's business. */
async function picture(n: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fixture("quarters.png");
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  new DataView(out.buffer).setUint32(bytes.length, n);
  return out;
}

async function listed(service: Service): Promise<number[]> {
  return await Promise.all(service.servers.map(async ({ url }) => {
    const response = await fetch(`${url}/api/v1/images?limit=1`, { headers: auth(service) });
    return (await response.json()).total;
  }));
}

async function leaveTransformations({ kv, key }: Service, left: number): Promise<void> {
  const handle = await kv.open();
  const pointer = (await handle.get<{ user: UserId }>(["api_key_by_hash", await sha256Hex(key)])).value!;
  const { transformations } = PLANS.pro.limits;
  // The next month's, too, where this runs over the end of one.
  for (const nowMs of [Date.now(), Date.now() + 3_600_000]) {
    const counter = usageKey(pointer.user, monthOf(nowMs), "transformations");
    await handle.set(counter, new Deno.KvU64(BigInt(transformations! - left)));
  }
  handle.close();
}

Deno.test("three processes are one service: what one is told, all of them say", () =>
  withService(async (service) => {
    const { ask, upload, folder, env, servers } = service;
    assertEquals((await Array.fromAsync(Deno.readDir(`${folder}/shared/instances`))).length, INSTANCES);
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      ids.push((await upload(await picture(n), `a/${n}.png`)).id);
      assertEquals(await listed(service), all(n + 1), "every list has it as soon as its upload is answered");
      assertEquals(await statusesOf(service, `/i/owner/a/${n}.png`), all(200));
    }
    const made = await Promise.all(Array.from({ length: 9 }, () => ask("/i/owner/a/0.webp?w=7")));
    const bodies = new Set(
      await Promise.all(made.map(async (r) => await sha256Hex(new Uint8Array(await r.arrayBuffer())))),
    );
    assertEquals([bodies.size, new Set(made.map(({ status }) => status))], [1, new Set([200])]);
    // Each has a second to say that it has forgotten, and is not waited for beyond that: a busy machine may take longer.
    let last = 99;
    await until(
      "all three say that they have forgotten",
      async () => (await upload(await picture(++last), "a/0.png")).purged?.instances === INSTANCES,
    );
    const etags = await Promise.all(servers.map(async ({ url }) => {
      const response = await fetch(`${url}/i/owner/a/0.png`);
      await response.body?.cancel();
      return response.headers.get("etag");
    }));
    assertEquals(new Set(etags), new Set([`"${await sha256Hex(await picture(last))}"`]));
    const removal = await ask(`/api/v1/images/${ids[1]}`, { method: "DELETE", headers: auth(service) });
    assertHeard((await removal.json()).purged.instances);
    assertEquals(await statusesOf(service, "/i/owner/a/1.png"), all(404));
    assertEquals(await statusesOf(service, "/i/owner/a/1.webp?w=7"), all(404));
    assertEquals(await listed(service), all(5));
    const { code, stdout } = await runMain(["admin", "user", "list"], env);
    assertEquals(code, 0);
    assert(stdout.includes("owner"));
  }));

Deno.test("three processes with ten transformations left make ten of two hundred that are asked for at once", () =>
  withService(async (service) => {
    await service.upload(await fixture("quarters.png"), "p.png");
    await leaveTransformations(service, 10);
    const answers = await Promise.all(Array.from({ length: 200 }, async (_, n) => {
      const response = await service.ask(`/i/owner/p.webp?w=${n + 1}`);
      await response.body?.cancel();
      return response.status;
    }));
    assertEquals(answers.filter((status) => status === 200).length, 10);
    assertEquals(answers.filter((status) => status === 403).length, 190);
  }));

Deno.test("a process that is killed, and a restart of one after the other, fail no request", () =>
  withService(async (service) => {
    const { servers, ask, upload, start, folder } = service;
    for (let n = 0; n < 4; n++) await upload(await picture(n), `${n}.png`);
    let isOver = false;
    const failed: string[] = [];
    let asked = 0;
    const load = Array.from({ length: 3 }, async (_, client) => {
      for (let n = client; !isOver; n++) {
        const response = await ask(`/i/owner/${n % 4}.webp?w=${1 + n % 9}`).catch((error) => String(error));
        asked++;
        if (typeof response === "string") failed.push(response);
        else if (response.status !== 200) failed.push(`${response.status} ${await response.text()}`);
        else await response.arrayBuffer().catch((error) => failed.push(String(error)));
      }
    });
    // The balancer's own list: who is down is taken out, who is up is put in.
    servers[0]!.signal("SIGKILL");
    await servers[0]!.ended;
    assertEquals((await upload(await picture(50), "while-one-is-down.png")).purged, null);
    servers[0] = await start();
    for (let n = 1; n < INSTANCES; n++) {
      const [old] = servers.splice(n, 1, await start());
      old!.signal("SIGTERM");
      assertEquals((await old!.ended).code, 0, old!.output());
    }
    isOver = true;
    await Promise.all(load);
    assertEquals(failed, [], `${asked} requests`);
    assert(asked > 0);
    assertEquals(await listed(service), all(5));
    const folders = await Array.fromAsync(Deno.readDir(`${folder}/shared/instances`), ({ name }) => name);
    assert(folders.length <= INSTANCES + 1, `numbers are used again: ${folders.join()}`);
  }));

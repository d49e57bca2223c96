/** F9, F10, F11, F15: codec processes that trap, hang or run out of memory, and ten thousand who want one picture. */
import { assert, assertEquals } from "@std/assert";
import type { PoolEvent } from "../../codec/pool.ts";
import { WASM_MAX_MEMORY_PAGES } from "../../codec/limits.ts";
import { errorOf, fixture, spawnTestProcess, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { until } from "../doubles/client.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { type Measure, testRow } from "./test_row.ts";

type Fault = "hang" | "trap" | "exit" | "grow";
/** More than a busy machine needs. */
const DEADLINE_MS = 60_000;

interface World {
  readonly app: TestApp;
  readonly john: TestUser;
  readonly events: PoolEvent[];
  /** Codec processes that live. */
  readonly pids: ReadonlySet<number>;
  /** The next renders that `chooses` says are this fault instead. */
  spoil(chooses: () => Fault | null): void;
  get(width: number): Promise<Response>;
}

async function withWorld(run: (world: World) => Promise<void>, hangMs = DEADLINE_MS): Promise<void> {
  const events: PoolEvent[] = [];
  const pids = new Set<number>();
  const spawn = () => {
    const process = spawnTestProcess();
    pids.add(process.pid);
    process.ended.then(() => pids.delete(process.pid));
    return process;
  };
  const app = await startTestApp({
    env: { QUOTAS: "off" },
    pool: {
      ...{ deadlineMs: DEADLINE_MS, queueMax: 20_000, queueTimeoutMs: 300_000 },
      ...{ spawn, onEvent: (event: PoolEvent) => events.push(event) },
    },
  });
  try {
    const john = await app.addUser("john");
    assertEquals((await app.upload(john, await fixture("quarters.jpg"), "p.jpg")).status, 201);
    const pool = app.deps.pool as unknown as { render: TestApp["deps"]["pool"]["render"] };
    const render = pool.render;
    let choose: () => Fault | null = () => null;
    pool.render = (job, bytes, options) => {
      const does = choose();
      if (does === null) return render(job, bytes, options);
      // Only what hangs is given up early: a picture takes its time on a busy machine.
      const deadlineMs = does === "hang" ? hangMs : DEADLINE_MS;
      return render({ kind: "test", does } as never, bytes, { ...options, deadlineMs });
    };
    await run({
      app,
      john,
      events,
      pids,
      spoil: (chooses) => choose = chooses,
      get: (width) => app.request(`/i/john/p.webp?w=${width}`),
    });
  } finally {
    await app.close();
  }
}

const WHOLE = 3;
/** Ms until the pool has all its processes again. */
const whole = ({ app: { deps: { pool } } }: World) =>
  until("the pool is whole", () => pool.stats.idle + pool.stats.busy === WHOLE && pool.stats.queued === 0, 60_000);

testRow(
  "F9",
  "a trap or an exit in every twentieth transform, eight at once",
  (measure) =>
    withWorld(async (world) => {
      const random = seededRandom(9);
      const spoilt = new Set<number>();
      let next = 10;
      const seen = { good: 0, bad: 0 };
      const ask = async () => {
        for (let width = next++; width < 210; width = next++) {
          const isSpoilt = width % 20 === 0;
          const response = await world.get(width);
          if (response.status === 200) {
            seen.good++;
            await response.body?.cancel();
          } else {
            assertEquals([response.status, (await errorOf(response)).code], [422, "UNPROCESSABLE_IMAGE"]);
            seen.bad++;
          }
          if (isSpoilt) spoilt.add(width);
        }
      };
      let renders = 0;
      world.spoil(() => ++renders % 20 === 0 ? random.pick(["trap", "exit"]) : null);
      await Promise.all(Array.from({ length: 8 }, ask));
      world.spoil(() => null);
      assertEquals([seen.bad, seen.good], [10, 190]);
      assertEquals(world.events.filter(({ kind }) => kind === "crashed").length, 10);
      const ms = await whole(world);
      assertEquals((await world.get(500)).status, 200);
      measure(`${seen.bad} of 200 broken: those are 422, ${seen.good} are 200; pool whole after ${Math.round(ms)} ms`);
    }),
);

testRow("F10", "twice as many hangs at once as there are processes", (measure) =>
  withWorld(async (world) => {
    await (await world.get(9)).body?.cancel();
    const start = performance.now();
    world.spoil(() => "hang");
    const times: number[] = [];
    const statuses = await Promise.all(Array.from({ length: 2 * WHOLE }, async (_, n) => {
      const response = await world.get(100 + n);
      times.push(performance.now() - start);
      assertEquals((await errorOf(response)).code, "TIMEOUT");
      return response.status;
    }));
    world.spoil(() => null);
    assertEquals(new Set(statuses), new Set([504]));
    assertEquals(world.events.filter(({ kind }) => kind === "killed").length, 2 * WHOLE);
    const ms = await whole(world);
    assertEquals((await world.get(100)).status, 200, "the failure was not kept");
    measure(
      `${2 * WHOLE} hangs with a deadline of 2 s: all 504, the last after ${
        (Math.max(...times) / 1e3).toFixed(1)
      } s; ` +
        `pool whole ${Math.round(ms)} ms later`,
    );
  }, 2_000));

/** Resident bytes of this test's codec processes; other test files have theirs below the same process. */
async function residentBytes({ pids }: World): Promise<number> {
  const pages = await Promise.all([...pids].map(async (pid) => {
    const statm = await Deno.readTextFile(`/proc/${pid}/statm`).catch(() => "0 0");
    return Number(statm.split(" ")[1]);
  }));
  return pages.reduce((sum, count) => sum + count * 4_096, 0);
}

testRow(
  "F11",
  "transforms that ask for more memory than there is, again and again",
  (measure) =>
    withWorld(async (world) => {
      for (let n = 0; n < 6; n++) await (await world.get(10 + n)).body?.cancel();
      await whole(world);
      const before = await residentBytes(world);
      world.spoil(() => "grow");
      for (let n = 0; n < 20; n++) {
        const response = await world.get(200 + n);
        assertEquals([response.status, (await errorOf(response)).code], [422, "UNPROCESSABLE_IMAGE"]);
      }
      world.spoil(() => null);
      for (let n = 0; n < 6; n++) assertEquals((await world.get(300 + n)).status, 200);
      await whole(world);
      const after = await residentBytes(world);
      assert(after < before * 1.5, `${before} before, ${after} after`);
      const mb = (bytes: number) => Math.round(bytes / 2 ** 20);
      measure(
        `20 that pass ${WASM_MAX_MEMORY_PAGES * 64 / 1024} MB: all 422; processes ${mb(before)} MB before, ` +
          `${mb(after)} MB after`,
      );
    }),
  { ignore: Deno.build.os !== "linux" },
);

async function manyAtOnce(world: World, count: number, width: number): Promise<{ statuses: number[]; bodies: number }> {
  const hashes = new Set<string>();
  const statuses = await Promise.all(Array.from({ length: count }, async () => {
    const response = await world.get(width);
    const bytes = await response.bytes();
    if (response.status === 200) {
      hashes.add(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());
    }
    return response.status;
  }));
  return { statuses, bodies: hashes.size };
}

/** All clients share a thread with the server: ten thousand starve it for seconds on a busy machine. */
const CROWD = Deno.env.get("SOAK") === "1" ? 10_000 : 1_000;

testRow("F15", `${CROWD} at once for one new derivative`, (measure: Measure) =>
  withWorld(async (world) => {
    const before = world.app.transforms();
    const { statuses, bodies } = await manyAtOnce(world, CROWD, 77);
    assertEquals([new Set(statuses), bodies], [new Set([200]), 1]);
    assertEquals(world.app.transforms() - before, 1);
    measure(`${CROWD} at once: 1 transform, ${CROWD} equal bodies`);
  }));

testRow("F15", "the first of many goes away; the first of many fails", (measure) =>
  withWorld(async (world) => {
    const leaving = new AbortController();
    const leader = world.app.request("/i/john/p.webp?w=78", { signal: leaving.signal }).catch(() => null);
    const others = manyAtOnce(world, 200, 78);
    leaving.abort();
    await (await leader)?.body?.cancel();
    const { statuses, bodies } = await others;
    assertEquals([new Set(statuses), bodies], [new Set([200]), 1]);
    let renders = 0;
    world.spoil(() => renders++ === 0 ? "trap" : null);
    const failed = await manyAtOnce(world, 200, 79);
    assertEquals(new Set(failed.statuses).has(422), true);
    const again = await manyAtOnce(world, 50, 79);
    assertEquals([new Set(again.statuses), again.bodies], [new Set([200]), 1]);
    measure("the first of 200 goes away: 199 get it; one that fails is made anew for the next");
  }));

/** T17, T18, F6, F23: what is counted, while many ask at once. */
import { assert, assertEquals } from "@std/assert";
import { PLANS } from "../../kv/plans.ts";
import { totalKey, usageKey } from "../../kv/keys.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { Store } from "../../kv/store.ts";
import { monthOf } from "../../kv/usage.ts";
import { call } from "../doubles/api.ts";
import { fixture, startTestApp, type TestApp, type TestAppOptions, type TestUser } from "../doubles/app.ts";
import { variantOf } from "../doubles/client.ts";
import { PATIENT_STORE, START_MS } from "../doubles/state.ts";
import { percentile } from "./corpus_over_http.ts";
import { testRow } from "./test_row.ts";

const now = () => START_MS;
const AT_ONCE = 200;

async function withApp(run: (app: TestApp, pro: TestUser) => Promise<void>, options: TestAppOptions = {}) {
  const app = await startTestApp({ now, ...options });
  try {
    await run(app, await app.addUser("peter", "pro"));
  } finally {
    await app.close();
  }
}

/** Two servers on one KV and one store of blobs. */
async function withTwo(run: (apps: readonly TestApp[], store: Store) => Promise<void>, options: TestAppOptions = {}) {
  const store = new Store(await Deno.openKv(":memory:"), PATIENT_STORE);
  const shared = { store, blobs: new MemoryBlobs(now), now, ...options };
  const apps = [await startTestApp(shared), await startTestApp(shared)];
  try {
    await run(apps, store);
  } finally {
    for (const app of apps) await app.close();
    store.close();
  }
}

const setUsed = async (store: Store, { user }: TestUser, metric: "uploads" | "transformations", count: number) =>
  void await store.commit(
    store.atomic().set(usageKey(user.id, monthOf(START_MS), metric), new Deno.KvU64(BigInt(count))),
  );

/** Counters against what the records say. */
async function assertSums(app: TestApp, by: TestUser): Promise<{ images: number; bytes: number }> {
  const records = await app.deps.images.all(by.user.id);
  const sums = { images: records.length, bytes: records.reduce((sum, { size }) => sum + size, 0) };
  assertEquals(await app.deps.images.totals(by.user.id), sums);
  return sums;
}

function counts(statuses: readonly number[]): Record<number, number> {
  const seen: Record<number, number> = {};
  for (const status of statuses) seen[status] = (seen[status] ?? 0) + 1;
  return seen;
}

async function uploadMany(apps: readonly TestApp[], by: TestUser, count: number): Promise<number[]> {
  const file = await fixture("quarters.jpg");
  return await Promise.all(Array.from({ length: count }, async (_, n) => {
    const response = await apps[n % apps.length]!.upload(by, variantOf(file, n), `${n}.jpg`);
    await response.body?.cancel();
    return response.status;
  }));
}

testRow(
  "T17",
  `${AT_ONCE / 2} uploads at once with ten left of the month, and as many with room for ten files`,
  (measure) =>
    withApp(async (app) => {
      const [monthly, stored] = [await app.addUser("monthly", "free"), await app.addUser("stored", "free")];
      await setUsed(app.store, monthly, "uploads", PLANS.free.limits.uploads! - 10);
      assertEquals(counts(await uploadMany([app], monthly, AT_ONCE / 2)), { 201: 10, 403: AT_ONCE / 2 - 10 });
      assertEquals((await assertSums(app, monthly)).images, 10);
      const size = variantOf(await fixture("quarters.jpg"), 10).length;
      // As if the rest were full: ten of the longest names fit, one byte less would not.
      const before = PLANS.free.limits.storage_bytes! - 10 * size;
      await app.store.commit(app.store.atomic().set(totalKey(stored.user.id, "bytes"), new Deno.KvU64(BigInt(before))));
      const file = await fixture("quarters.jpg");
      const answers = await Promise.all(Array.from({ length: AT_ONCE / 2 }, async (_, n) => {
        const response = await app.upload(stored, variantOf(file, 10 + n % 90), `${n}.jpg`);
        await response.body?.cancel();
        return response.status;
      }));
      const { images, bytes } = await app.deps.images.totals(stored.user.id);
      const distinct = (await app.deps.images.all(stored.user.id)).reduce((sum, { size }) => sum + size, 0);
      assertEquals([images, bytes - before, distinct], [10, 10 * size, 10 * size]);
      assert(answers.every((status) => [201, 403].includes(status)));
      measure(
        `${AT_ONCE / 2} at once with 10 uploads left: 10 × 201; with 10 files of room left: 10 stored, sums equal`,
      );
    }, { pool: { queueMax: 1_000 } }),
);

testRow(
  "T17",
  `${AT_ONCE} uploads at once with ten left`,
  (measure) =>
    withApp(async (app, pro) => {
      const { uploads } = PLANS.pro.limits;
      const limited = uploads === null ? await app.addUser("frida", "free") : pro;
      await setUsed(app.store, limited, "uploads", (uploads ?? PLANS.free.limits.uploads!) - 10);
      const seen = counts(await uploadMany([app], limited, AT_ONCE));
      assertEquals([seen[201], (seen[403] ?? 0) + (seen[429] ?? 0)], [10, AT_ONCE - 10], JSON.stringify(seen));
      assertEquals((await assertSums(app, limited)).images, 10);
      measure(`${AT_ONCE} at once with 10 left: exactly 10 × 201, counter = sum of records`);
    }, { pool: { queueMax: 1_000 }, env: {} }),
);

testRow("T18", "ten times the limit, from forged addresses too", (measure) =>
  withApp(async (app) => {
    const user = await app.addUser("frida", "free");
    const LIMIT = 100;
    const ask = async (n: number) => {
      const headers = { ...user.auth, "x-forwarded-for": `6.6.${n >> 8}.${n & 255}`, "x-real-ip": `7.7.7.${n & 255}` };
      const response = await app.request("/api/v1/settings", { headers }, `8.8.${n >> 8}.${n & 255}`);
      await response.body?.cancel();
      if (response.status === 429) assert(/^\d+$/.test(response.headers.get("retry-after") ?? ""), "Retry-After");
      return response.status;
    };
    const keyed = counts(await Promise.all(Array.from({ length: 10 * LIMIT }, (_, n) => ask(n))));
    assertEquals(Object.keys(keyed), ["200", "429"]);
    assert(keyed[200]! <= LIMIT * 1.05, `${keyed[200]}`);
    const nobody = { authorization: `Bearer imgsrc_${"A".repeat(48)}` };
    const strange = counts(
      await Promise.all(Array.from({ length: 10 * LIMIT }, async (_, n) => {
        const headers = { ...nobody, "x-forwarded-for": `6.6.${n >> 8}.${n & 255}`, forwarded: `for=5.5.5.${n & 255}` };
        const response = await app.request("/api/v1/settings", { headers }, "9.9.9.9");
        await response.body?.cancel();
        return response.status;
      })),
    );
    assert(strange[401]! <= LIMIT * 1.05, `${strange[401]}`);
    measure(
      `of ${10 * LIMIT} with a key from as many addresses ${keyed[200]} admitted, of ${10 * LIMIT} without one from ` +
        `one address with forged headers ${strange[401]} answered 401; the limit is ${LIMIT}`,
    );
  }));

testRow("T18", "ten times the limit over two servers", (measure) =>
  withTwo(async (apps) => {
    const user = await apps[0]!.addUser("peter", "pro");
    const LIMIT = 500;
    const seen = counts(
      await Promise.all(Array.from({ length: 10 * LIMIT }, async (_, n) => {
        const response = await apps[n % 2]!.request("/api/v1/settings", { headers: user.auth });
        await response.body?.cancel();
        return response.status;
      })),
    );
    assert(seen[200]! <= LIMIT * 1.05, JSON.stringify(seen));
    measure(`over two servers ${seen[200]} of ${10 * LIMIT} admitted, the limit is ${LIMIT}`);
  }));

testRow("F6", `${AT_ONCE} clients who change one picture at once`, (measure) =>
  withApp(async (app, pro) => {
    const { id } = await (await app.upload(pro, await fixture("quarters.png"), "p.png", { path: "p.png" })).json();
    const times: number[] = [];
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, async (_, n) => {
      const start = performance.now();
      const answer = await call(app, pro, "POST", `/api/v1/images/${id}/paths`, { path: `alias/${n}.png` });
      times.push(performance.now() - start);
      return answer.status;
    }));
    const { paths } = (await app.deps.images.get(pro.user.id, id as never))!;
    const taken = statuses.filter((status) => status < 300).length;
    assert(statuses.every((status) => status < 300 || status === 503), JSON.stringify(counts(statuses)));
    assertEquals(paths.length, taken + 1, "no update is lost");
    await assertSums(app, pro);
    measure(
      `${taken} of ${AT_ONCE} aliases of one picture taken and kept, p99 ${Math.round(percentile(times, 0.99))} ms`,
    );
  }, { env: { QUOTAS: "off" } }));

testRow("F6", `${AT_ONCE} clients over two servers who add to one number`, (measure) =>
  withTwo(async (_, store) => {
    const times: number[] = [];
    let conflicts = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      const start = performance.now();
      try {
        await store.transact(async () => {
          const entry = await store.get<number>(["number"]);
          return { commit: store.atomic().check(entry).set(["number"], (entry.value ?? 0) + 1), result: null };
        });
      } catch {
        conflicts++;
      }
      times.push(performance.now() - start);
    }));
    assertEquals((await store.get<number>(["number"])).value, AT_ONCE - conflicts);
    measure(
      `${AT_ONCE} read-and-write of one key: sum exact, ${conflicts} given up, ` +
        `p99 ${Math.round(percentile(times, 0.99))} ms`,
    );
  }));

testRow(
  "F23",
  `${AT_ONCE} uploads and ${AT_ONCE} transforms over two servers with ten left`,
  (measure) =>
    withTwo(async (apps, store) => {
      const [one, two] = apps as [TestApp, TestApp];
      const frida = await one.addUser("frida", "free");
      await one.upload(frida, await fixture("quarters.png"), "p.png");
      await setUsed(store, frida, "uploads", PLANS.free.limits.uploads! - 10);
      await setUsed(store, frida, "transformations", PLANS.free.limits.transformations! - 10);
      const uploads = counts(await uploadMany(apps, frida, AT_ONCE / 2));
      assertEquals(uploads[201], 10, JSON.stringify(uploads));
      const made = counts(
        await Promise.all(Array.from({ length: AT_ONCE }, async (_, n) => {
          const response = await apps[n % 2]!.request(`/i/frida/p.webp?w=${n + 1}`);
          await response.body?.cancel();
          return response.status;
        })),
      );
      assertEquals(made[200], 10, JSON.stringify(made));
      assertEquals(one.transforms() + two.transforms(), 10);
      await assertSums(one, frida);
      measure(`over two servers with 10 left: 10 uploads and 10 transforms pass, counter = sum of records`);
    }, { pool: { queueMax: 1_000 } }),
);

testRow(
  "F23",
  "one new derivative, asked of two servers a hundred times at once",
  (measure) =>
    withTwo(async (apps) => {
      const [one, two] = apps as [TestApp, TestApp];
      const john = await one.addUser("john");
      await one.upload(john, await fixture("sample.jpg"), "s.jpg");
      const bodies = await Promise.all(Array.from({ length: 100 }, async (_, n) => {
        const response = await apps[n % 2]!.request("/i/john/s.webp?w=77");
        assertEquals(response.status, 200);
        return (await response.bytes()).toHex();
      }));
      assertEquals(new Set(bodies).size, 1);
      const transforms = one.transforms() + two.transforms();
      assert(transforms <= 2, `${transforms}`);
      measure(`100 at once of two servers: ${transforms} transform, equal bodies`);
    }, { env: { QUOTAS: "off" } }),
);

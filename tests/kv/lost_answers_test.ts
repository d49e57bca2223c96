import { assert, assertEquals, assertRejects } from "@std/assert";
import { addTo, Store, StoreError, toCount } from "../../kv/store.ts";
import { PATIENT_STORE } from "../doubles/state.ts";
import { startDenokv } from "../servers/denokv.ts";
import { type Loss, startLossyKv } from "../servers/lossy_kv.ts";

/** Runs with a store whose KV server loses the answers to commits. */
async function withLossyStore(lossOf: () => Loss | null, run: (store: Store) => Promise<void>): Promise<void> {
  await using server = await startDenokv();
  if (server === null) return;
  await using proxy = startLossyKv(server.url, lossOf);
  Deno.env.set("DENO_KV_ACCESS_TOKEN", server.accessToken);
  const store = new Store(await Deno.openKv(proxy.url), { ...PATIENT_STORE, newCommitId: () => crypto.randomUUID() });
  try {
    await run(store);
    assert(proxy.lost > 0);
  } finally {
    store.close();
  }
}

for (const loss of ["failed", "cut"] as const) {
  const oneIn = (n: number) => {
    let commits = 0;
    return () => commits++ % n === 0 ? loss : null;
  };

  Deno.test(`commit() whose answer is lost (${loss}) has happened, once`, () =>
    withLossyStore(oneIn(2), async (store) => {
      for (let n = 0; n < 6; n++) {
        const entry = await store.get<number>(["n"]);
        const operation = store.atomic().check(entry).set(["n"], n);
        addTo(operation, ["sum"], 1);
        assertEquals(await store.commit(operation), true);
        assertEquals(await store.commit(store.atomic().check(entry).set(["n"], -1)), false);
      }
      assertEquals((await store.get<number>(["n"])).value, 5);
      assertEquals(toCount(await store.get<Deno.KvU64>(["sum"])), 6);
    }));

  Deno.test(`transact() whose answer is lost (${loss}) gives the result of what was committed`, () =>
    withLossyStore(oneIn(2), async (store) => {
      for (let n = 0; n < 6; n++) {
        const result = await store.transact(async () => {
          const entry = await store.get<number>(["n"]);
          return { commit: store.atomic().check(entry).set(["n"], (entry.value ?? 0) + 1), result: entry.value ?? 0 };
        });
        assertEquals(result, n);
      }
    }));
}

Deno.test("commit() whose answers are all lost is a time-out: it may have happened", () =>
  withLossyStore(() => "cut", async (store) => {
    const error = await assertRejects(() => store.commit(store.atomic().set(["n"], 1)), StoreError);
    assertEquals(error.code, "timeout");
    assertEquals((await store.get<number>(["n"])).value, 1);
  }));

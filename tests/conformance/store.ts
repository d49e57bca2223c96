/**
 * What every KV must do for the state layer, whatever is behind it.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { addTo, MAX_CHECKS, Store, StoreError, toCount } from "../../kv/store.ts";
import { PATIENT_STORE } from "../doubles/state.ts";

/** A KV under test, empty. */
export interface KvUnderTest extends AsyncDisposable {
  readonly kv: Deno.Kv;
  /** Opens it once more, as another process would. */
  again(): Promise<Deno.Kv>;
}

const RACERS = 200;
/** Beside the mark of the commit itself. */
const MAX_MUTATIONS = 999;
const MAX_VALUE_BYTES = 65_000;
const MAX_KEY_CHARS = 2_030;

/** Registers the suite. @param open null = it is not to be had here; the reason was printed */
export function testStore(name: string, open: () => Promise<KvUnderTest | null>): void {
  const test = (title: string, run: (store: Store, other: Store) => Promise<void>) =>
    Deno.test(`${name}: ${title}`, async () => {
      await using under = await open();
      if (under === null) return;
      const deps = { ...PATIENT_STORE, newCommitId: () => crypto.randomUUID() };
      const other = new Store(await under.again(), deps);
      try {
        await run(new Store(under.kv, deps), other);
      } finally {
        other.close();
      }
    });

  test("what one handle commits, another one reads at once", async (store, other) => {
    for (let n = 0; n < 20; n++) {
      assert(await store.commit(store.atomic().set(["n"], n)));
      assertEquals((await other.get<number>(["n"])).value, n);
    }
  });

  test("commit() says whether the checks held, and writes all or nothing", async (store, other) => {
    const entry = await store.get(["a"]);
    assertEquals(await store.commit(store.atomic().check(entry).set(["a"], 1).set(["b"], 1)), true);
    assertEquals(await other.commit(other.atomic().check(entry).set(["a"], 2).set(["b"], 2)), false);
    assertEquals((await store.getMany([["a"], ["b"]])).map(({ value }) => value), [1, 1]);
  });

  test("transact() of two handles loses no update when 200 race for one key, in bounded time", async (store, other) => {
    const add = (store: Store) =>
      store.transact(async () => {
        const entry = await store.get<number>(["n"]);
        return { commit: store.atomic().check(entry).set(["n"], (entry.value ?? 0) + 1), result: true };
      });
    const outcomes = await Promise.allSettled(Array.from({ length: RACERS }, (_, n) => add(n % 2 ? store : other)));
    const done = outcomes.filter(({ status }) => status === "fulfilled").length;
    for (const outcome of outcomes) assert(outcome.status === "fulfilled" || outcome.reason instanceof StoreError);
    assertEquals([(await store.get<number>(["n"])).value, done], [RACERS, RACERS]);
  });

  test("sums of two handles add up, negative ones too", async (store, other) => {
    const add = (store: Store, delta: number) => {
      const operation = store.atomic();
      addTo(operation, ["sum"], delta);
      return store.commit(operation);
    };
    await Promise.all(Array.from({ length: 60 }, (_, n) => add(n % 2 ? store : other, n % 3 === 0 ? -1 : 2)));
    assertEquals(toCount(await store.get<Deno.KvU64>(["sum"])), 40 * 2 - 20);
  });

  test("list() walks pages forwards, backwards, limited and between two keys", async (store) => {
    for (let n = 0; n < 130; n++) await store.commit(store.atomic().set(["n", n], n));
    await store.commit(store.atomic().set(["o"], -1));
    const all = Array.from({ length: 130 }, (_, n) => n);
    const walk = async (selector: Deno.KvListSelector, options?: Deno.KvListOptions) =>
      (await Array.fromAsync(store.list<number>(selector, options))).map(({ value }) => value);
    assertEquals(await walk({ prefix: ["n"] }), all);
    assertEquals(await walk({ prefix: ["n"] }, { reverse: true }), all.toReversed());
    assertEquals(await walk({ prefix: ["n"] }, { limit: 75 }), all.slice(0, 75));
    assertEquals(await walk({ start: ["n", 20], end: ["n", 90] }), all.slice(20, 90));
  });

  test("keys keep the order of their parts: texts by their bytes, then numbers", async (store) => {
    const keys = [["k", "A"], ["k", "a"], ["k", "a", 1], ["k", "é"], ["k", "😀"], ["k", 2], ["k", 10]];
    for (const key of keys.toReversed()) await store.commit(store.atomic().set(key, 0));
    assertEquals(await Array.fromAsync(store.list({ prefix: ["k"] }), ({ key }) => key), keys);
  });

  test("values come back as they went in", async (store) => {
    const values = [0, "ü😀", null, true, 5n, [1, { a: [] }], new Uint8Array([1, 2]), new Deno.KvU64(7n), {
      a: undefined,
    }];
    for (const [n, value] of values.entries()) await store.commit(store.atomic().set(["v", n], value));
    const read = await store.getMany(values.map((_, n) => ["v", n]));
    assertEquals(read.map(({ value }) => value), values);
  });

  test("a commit takes as much as we ever put into one", async (store) => {
    const entries = await store.getMany(Array.from({ length: MAX_CHECKS }, (_, n) => ["c", n]));
    const checked = store.atomic().check(...entries);
    for (let n = 0; n < MAX_MUTATIONS; n++) checked.set(["c", n], n);
    assert(await store.commit(checked));
    const large = store.atomic();
    for (let n = 0; n < 12; n++) large.set(["l", n], new Uint8Array(MAX_VALUE_BYTES));
    assert(await store.commit(large));
    assertEquals((await Array.fromAsync(store.list({ prefix: ["l"] }, { batchSize: 16 }))).length, 12);
    assert(await store.commit(store.atomic().set(["k".repeat(MAX_KEY_CHARS)], 1)));
    await store.deleteAll(["c"]);
    assertEquals(await Array.fromAsync(store.list({ prefix: ["c"] })), []);
  });

  test("what is too large is refused, and the store goes on", async (store) => {
    await assertRejects(() =>
      Promise.resolve().then(() => store.commit(store.atomic().set(["v"], new Uint8Array(70_000))))
    );
    assert(await store.commit(store.atomic().set(["v"], 1)));
  });

  test("watch() tells of a change through another handle", async (store, other) => {
    const reader = store.watch(["w"]).getReader();
    assertEquals((await reader.read()).value![0]!.value, null);
    await other.commit(other.atomic().set(["w"], 1));
    assertEquals((await reader.read()).value![0]!.value, 1);
    await reader.cancel();
  });

  test("an entry that has expired may still be there, and a fresh one is", async (store) => {
    await store.commit(store.atomic().set(["e"], 1, { expireIn: 60_000 }));
    assertEquals((await store.get(["e"])).value, 1);
  });
}

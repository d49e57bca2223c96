import { assert, assertEquals, assertRejects } from "@std/assert";
import { addTo, Store, StoreError, toCount } from "../../kv/store.ts";
import { openState } from "../doubles/state.ts";

// deno-lint-ignore style/error-message -- SQLite words it so
const BUSY = () => new Error("database is locked");

/** A KV whose calls fail as a locked file does, whenever `fails` says so. */
function flakyKv(kv: Deno.Kv, fails: (call: string) => boolean): Deno.Kv {
  const guard = (call: string) => {
    if (fails(call)) throw BUSY();
  };
  const flakyList = (selector: Deno.KvListSelector, options: Deno.KvListOptions) => {
    guard("open");
    const iterator = kv.list(selector, options);
    return {
      get cursor() {
        return iterator.cursor;
      },
      // As an async generator does it: one that has thrown is finished.
      isBroken: false,
      async next() {
        if (this.isBroken) return { done: true, value: undefined };
        this.isBroken = fails("next");
        if (this.isBroken) throw BUSY();
        return await iterator.next();
      },
    };
  };
  return new Proxy(kv, {
    get(target, name) {
      if (name === "list") return flakyList;
      const member = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (name === "get" || name === "getMany") guard(name);
        return member.apply(target, args);
      };
    },
  });
}

const noSleep = { sleep: () => Promise.resolve(), random: () => 0.5 };

Deno.test("get() gives the entry, or null without a versionstamp", async () => {
  using state = await openState();
  assertEquals((await state.store.get(["a"])).value, null);
  await state.kv.set(["a"], 5);
  assertEquals((await state.store.get<number>(["a"])).value, 5);
});

Deno.test("getMany() gives any number of entries in order", async () => {
  using state = await openState();
  for (let n = 0; n < 25; n += 2) await state.kv.set(["n", n], n);
  for (const count of [0, 1, 10, 11, 20, 25]) {
    const keys = Array.from({ length: count }, (_, n) => ["n", n]);
    const values = (await state.store.getMany<number>(keys)).map((e) => e.value);
    assertEquals(values, keys.map((_, n) => n % 2 === 0 ? n : null));
  }
});

Deno.test("list() walks a prefix over several pages, forwards, backwards and limited", async () => {
  using state = await openState();
  for (let n = 0; n < 130; n++) await state.kv.set(["n", n], n);
  await state.kv.set(["o"], -1);
  const walk = async (options?: Deno.KvListOptions) =>
    (await Array.fromAsync(state.store.list<number>({ prefix: ["n"] }, options))).map((e) => e.value);
  const all = Array.from({ length: 130 }, (_, n) => n);
  assertEquals(await walk(), all);
  assertEquals(await walk({ reverse: true }), all.toReversed());
  assertEquals(await walk({ limit: 75 }), all.slice(0, 75));
  assertEquals(await walk({ limit: 0 }), []);
  assertEquals(await walk({ limit: 500 }), all);
});

Deno.test("list() goes on where it stood when the file is locked in between, nothing twice, nothing left out", async () => {
  using state = await openState();
  for (let n = 0; n < 130; n++) await state.kv.set(["n", n], n);
  let calls = 0;
  const store = new Store(flakyKv(state.kv, () => ++calls % 3 === 0), noSleep);
  for (const options of [{}, { reverse: true }, { limit: 71 }, { limit: 71, reverse: true }]) {
    const plain = (await Array.fromAsync(state.store.list<number>({ prefix: ["n"] }, options))).map((e) => e.value);
    const flaky = (await Array.fromAsync(store.list<number>({ prefix: ["n"] }, options))).map((e) => e.value);
    assertEquals(flaky, plain, JSON.stringify(options));
  }
});

Deno.test("get() tries again when the file is locked, and gives up as busy", async () => {
  using state = await openState();
  await state.kv.set(["a"], 5);
  let left = 7;
  const lucky = new Store(flakyKv(state.kv, () => left-- > 0), noSleep);
  assertEquals((await lucky.get<number>(["a"])).value, 5);
  const waits: number[] = [];
  const unlucky = new Store(flakyKv(state.kv, () => true), {
    sleep: (ms) => (waits.push(ms), Promise.resolve()),
    random: () => 0.5,
  });
  const error = await assertRejects(() => unlucky.get(["a"]), StoreError);
  assertEquals(error.code, "busy");
  assertEquals(waits, waits.toSorted((a, b) => a - b));
  assert(waits.length === 7 && waits[0]! > 0);
});

Deno.test("get() passes other failures on at once", async () => {
  using state = await openState();
  const kv = new Proxy(state.kv, { get: () => () => Promise.reject(new TypeError("Key is empty")) });
  await assertRejects(() => new Store(kv, noSleep).get(["a"]), TypeError, "Key is empty");
});

Deno.test("get() fails as timeout when KV gives no answer", async () => {
  using state = await openState();
  const kv = new Proxy(state.kv, { get: () => () => new Promise(() => {}) });
  const error = await assertRejects(() => new Store(kv, { ...noSleep, callTimeoutMs: 20 }).get(["a"]), StoreError);
  assertEquals([error.code, error.message], ["timeout", "KV get gave no answer within 20 ms"]);
});

Deno.test("commit() says whether the checks held", async () => {
  using state = await openState();
  const entry = await state.store.get(["a"]);
  assertEquals(await state.store.commit(state.store.atomic().check(entry).set(["a"], 1)), true);
  assertEquals(await state.store.commit(state.store.atomic().check(entry).set(["a"], 2)), false);
  assertEquals((await state.store.get<number>(["a"])).value, 1);
});

Deno.test("transact() loses no update when 40 run at once", async () => {
  using state = await openState();
  const results = await Promise.all(Array.from({ length: 40 }, () =>
    state.store.transact(async () => {
      const entry = await state.store.get<number>(["n"]);
      const next = (entry.value ?? 0) + 1;
      return { commit: state.store.atomic().check(entry).set(["n"], next), result: next };
    })));
  assertEquals((await state.store.get<number>(["n"])).value, 40);
  assertEquals(results.toSorted((a, b) => a - b), Array.from({ length: 40 }, (_, n) => n + 1));
});

Deno.test("transact() gives a result without a commit back at once", async () => {
  using state = await openState();
  let attempts = 0;
  const result = await state.store.transact(() => Promise.resolve({ result: ++attempts }));
  assertEquals([result, attempts], [1, 1]);
});

Deno.test("transact() gives up as conflict when it loses every race", async () => {
  using state = await openState();
  const store = new Store(state.kv, noSleep);
  let attempts = 0;
  const losing = store.transact(async () => {
    attempts++;
    const entry = await store.get(["a"]);
    await state.kv.set(["a"], attempts);
    return { commit: store.atomic().check(entry).set(["a"], -1), result: null };
  });
  assertEquals((await assertRejects(() => losing, StoreError)).code, "conflict");
  assertEquals((await store.get<number>(["a"])).value, attempts);
});

Deno.test("addTo() adds and takes away, toCount() reads 0 where there is nothing", async () => {
  using state = await openState();
  const key = ["sum"];
  assertEquals(toCount(await state.store.get<Deno.KvU64>(key)), 0);
  for (const delta of [5, -3, 1_000_000_000_000, 0, -2]) {
    const operation = state.store.atomic();
    addTo(operation, key, delta);
    await state.store.commit(operation);
  }
  assertEquals(toCount(await state.store.get<Deno.KvU64>(key)), 1_000_000_000_000);
});

Deno.test("deleteAll() deletes everything under a prefix and nothing beside it", async () => {
  using state = await openState();
  for (let n = 0; n < 95; n++) await state.kv.set(["a", n], n);
  for (const key of [["a"], ["b", 1], ["a b", 1]]) await state.kv.set(key, 0);
  await state.store.deleteAll(["a"]);
  const left = await Array.fromAsync(state.kv.list({ prefix: [] }), ({ key }) => key);
  assertEquals(left, [["a"], ["a b", 1], ["b", 1]]);
  await state.store.deleteAll(["nothing"]);
});

import { assert, assertEquals } from "@std/assert";
import { Lru } from "../../kv/lru.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

Deno.test("Lru.set() forgets what was used longest ago when the weight is past the bound", () => {
  const lru = new Lru<string, number>(3);
  for (const key of ["a", "b", "c"]) lru.set(key, 1);
  lru.get("a");
  lru.set("d", 1);
  assertEquals(["a", "b", "c", "d"].map((k) => lru.get(k)), [1, undefined, 1, 1]);
});

Deno.test("Lru.set() does not keep an item heavier than the bound, nor what it replaces", () => {
  const lru = new Lru<string, string>(10);
  lru.set("a", "old", 4);
  lru.set("b", "stays", 4);
  lru.set("a", "new", 11);
  assertEquals([lru.get("a"), lru.get("b"), lru.weight], [undefined, "stays", 4]);
});

Deno.test("Lru.set() keeps nothing when the bound is 0", () => {
  const lru = new Lru<string, number>(0);
  lru.set("a", 1, 1);
  assertEquals([lru.get("a"), lru.weight], [undefined, 0]);
});

Deno.test("Lru.deleteWhere() forgets exactly what is picked", () => {
  const lru = new Lru<string, number>(10);
  for (const key of ["a1", "a2", "b1"]) lru.set(key, 1, 2);
  lru.deleteWhere((key) => key.startsWith("a"));
  assertEquals([lru.get("a1"), lru.get("a2"), lru.get("b1"), lru.weight], [undefined, undefined, 1, 2]);
});

Deno.test("Lru agrees with a list that is searched from one end through a random history", () => {
  const random = seededRandom(60);
  const [lru, bound] = [new Lru<number, number>(50), 50];
  let model: { key: number; value: number; weight: number }[] = [];
  for (let step = 0; step < 10_000; step++) {
    const key = random.integer(0, 20);
    const found = model.find((m) => m.key === key);
    const without = model.filter((m) => m.key !== key);
    const act = random.integer(0, 9);
    if (act < 4) {
      assertEquals(lru.get(key), found?.value);
      if (found !== undefined) model = [...without, found];
    } else if (act < 9) {
      const item = { key, value: step, weight: random.integer(1, random.pick([5, 60])) };
      lru.set(key, item.value, item.weight);
      model = item.weight > bound ? without : [...without, item];
      while (model.reduce((sum, m) => sum + m.weight, 0) > bound) model.shift();
    } else {
      lru.delete(key);
      model = without;
    }
    assertEquals(lru.weight, model.reduce((sum, m) => sum + m.weight, 0));
    assert(lru.weight <= bound);
  }
});
